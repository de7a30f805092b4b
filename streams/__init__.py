"""Which officers need to know, how much, and did it reach them: matching, relevance, noise, sessions, delivery."""
