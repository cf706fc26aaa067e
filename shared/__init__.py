"""Hold what both daemons and the Claude Code side agree on: events, the log, settings, errors."""

__version__ = "0.1.0"
