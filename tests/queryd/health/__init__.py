"""Test what Health shows."""
