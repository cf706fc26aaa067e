"""Test the running daemons, killed and starved."""
