"""One device's conversation, both ends of it, without I/O: messages, sessions, what is in flight."""
