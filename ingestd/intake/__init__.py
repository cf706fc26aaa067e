"""Turn what was sent into events: decode them, name their project, redact their secrets."""
