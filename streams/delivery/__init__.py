"""The sessions of this process: how what is owed reaches devices, and what comes back reaches the store."""
