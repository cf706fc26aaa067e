"""Write a session, or one turn of it, as a file: Markdown, HTML, JSONL, or a trace."""
