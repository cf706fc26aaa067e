"""Test what every route shares."""
