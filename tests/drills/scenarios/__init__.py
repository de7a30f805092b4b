"""The drills, by what is done to the deployment."""
