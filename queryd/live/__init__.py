"""Follow the log and stream its new events."""
