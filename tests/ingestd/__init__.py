"""Test the ingest daemon's parts, without a socket."""
