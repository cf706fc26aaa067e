"""Test what the measurements rest on."""
