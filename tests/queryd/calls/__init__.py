"""Test calls of tools."""
