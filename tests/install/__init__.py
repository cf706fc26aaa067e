"""Test the wheel as its users get it: built, installed and run elsewhere."""
