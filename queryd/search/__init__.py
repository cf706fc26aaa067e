"""Search events: what is searched of each, what a query means, and where it is found."""
