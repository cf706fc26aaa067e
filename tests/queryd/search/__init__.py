"""Test search over the log."""
