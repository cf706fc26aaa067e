"""Test queryd over real files and over HTTP."""
