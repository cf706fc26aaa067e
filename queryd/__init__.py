"""Follow the log and feed it to people: a stream, a REST API, the dashboard."""
