"""Report whether all of it works, and with which settings."""
