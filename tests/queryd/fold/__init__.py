"""Test folding events into views."""
