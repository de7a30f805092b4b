"""What the noise filter should do, in a sergeant's words: scenarios with their reasons, run through the one path."""
