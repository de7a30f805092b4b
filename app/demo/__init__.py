"""The demo: a real police file against officers on real sockets, live in a terminal."""
