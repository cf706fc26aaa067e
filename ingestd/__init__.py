"""Receive events over HTTP and append them to the log."""
