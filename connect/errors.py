"""The error that ends a command."""


class CliError(Exception):
    """End a command with one line on the terminal and exit code 2; nothing is left half done."""
