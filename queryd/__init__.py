"""Serve the log: a stream, a REST API and the dashboard."""
