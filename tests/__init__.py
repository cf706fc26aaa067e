"""Test Hookwatch: real files, real processes, a real browser."""
