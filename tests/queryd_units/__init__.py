"""Test the parts of the query service that frame, hold and stream events."""
