"""Test sessions, subagents, turns and the timeline."""
