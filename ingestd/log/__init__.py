"""Write the log: commits, dedup, retention, checkpoints, the spool, recovery from damage."""
