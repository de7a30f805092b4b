"""One file a revision, frozen once it is released."""
