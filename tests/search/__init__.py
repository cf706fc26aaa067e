"""Hold the search to its rules: what is searched, what a query means, nothing missed."""
