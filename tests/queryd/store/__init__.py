"""Test the views' file and its roll-ups."""
