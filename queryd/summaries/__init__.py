"""Summarise in one line what an event is about, for the API, the stream and the page alike."""
