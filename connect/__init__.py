"""Connect Claude Code to Hookwatch: everything that runs on Claude Code's side."""
