"""What an officer is told of what matters, and how loudly: the rules that keep the noise away."""
