"""Follow tool calls: their outcomes, times, files and errors."""
