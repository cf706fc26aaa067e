"""What happened in a range of time, in total and by session."""
