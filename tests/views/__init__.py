"""The views against worked examples and against their laws."""
