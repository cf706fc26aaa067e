"""Test what becomes of the bytes of an event."""
