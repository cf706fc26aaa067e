"""Say in one line why a command cannot do what it was asked; `main` prints it and exits with 2."""


class Cannot(Exception):  # noqa: N818 - it is what the command says, as the line reads
    """Stop a command with one line for the terminal; nothing was half done."""
