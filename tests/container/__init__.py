"""Hold the container's files to what the documents promise of it."""
