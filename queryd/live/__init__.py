"""Follow the log and stream what it gets."""
