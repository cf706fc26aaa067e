"""The `hookwatch` command: one file per subcommand.

Each has `register(commands)`, which adds its parser and sets `run`; `run` takes the parsed options
and returns the exit code.
"""
