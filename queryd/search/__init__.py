"""Search events: the full-text index, the query language, snippets."""
