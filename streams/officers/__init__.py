"""The officers whom this process decides for: where they are, what they do, and on which shift."""
