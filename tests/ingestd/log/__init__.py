"""Test how the log is written, kept, checked and recovered."""
