"""Hold the tree to its own rules."""
