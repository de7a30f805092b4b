"""What happened, where and when, and who may know: the domain, its index, its store. No framework, no network."""
