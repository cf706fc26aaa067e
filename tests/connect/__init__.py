"""Test the Claude Code side."""
