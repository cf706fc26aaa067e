"""Test the export of sessions."""
