"""People at the other end: a handset over a real socket, in a terminal or played by the machine, and how they move."""
