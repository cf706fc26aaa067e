"""Test one line per event."""
