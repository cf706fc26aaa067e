"""Hold the figures about tools to the calls they are of."""
