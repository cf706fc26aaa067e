"""Fold the log into what people ask about: sessions, turns, calls, files, figures, full text."""
