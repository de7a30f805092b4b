"""What it takes and how fast: the figures of the README, each beside the limit of the machine it ran on."""
