"""Measure what DESIGN promises: `make bench` prints a table of figures, never a pass or fail."""
