"""Test the stream and its follower."""
