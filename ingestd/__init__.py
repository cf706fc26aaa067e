"""Take events over HTTP and append them to the log; nothing else is on that path."""
