"""Test tokens, costs, limits and API errors."""
