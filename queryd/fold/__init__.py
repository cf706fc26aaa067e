"""Fold the log into the views."""
