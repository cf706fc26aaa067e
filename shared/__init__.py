"""Define what the daemons and connect share: events, the log, settings, errors."""

__version__ = "0.2.0"
