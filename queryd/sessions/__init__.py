"""Follow sessions and subagents: state, turns, timeline."""
