"""Keep the views' database: its tables, its readers, and what a view is."""
