"""Build events from request bodies: decode them, name their project, redact their secrets."""
