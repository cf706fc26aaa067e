"""Test what the two daemons answer, over HTTP, byte for byte."""
