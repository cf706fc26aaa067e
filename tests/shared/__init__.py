"""Test what both daemons agree on."""
