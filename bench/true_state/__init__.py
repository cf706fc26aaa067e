"""Run the real Claude Code in a terminal, do what no hook reports, and look at its row."""
