"""Summarise each event in one line, for the API, the stream and the page."""
