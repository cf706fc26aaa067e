"""Test that every event says in one line what happened."""
