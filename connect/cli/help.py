"""The layout of help texts."""

from __future__ import annotations

import argparse

COLUMN = 26


class HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Keep descriptions as written, and align the help of all options."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=COLUMN)
        # argparse ignores the indent of subcommands, and wraps the line of the longest.
        self._action_max_length = COLUMN - 2
