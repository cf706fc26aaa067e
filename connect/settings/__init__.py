"""Change Claude Code's settings: put ours in, take exactly ours out, and leave the rest alone."""
