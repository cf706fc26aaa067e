"""Lay out help texts: paragraphs and examples as they are written, options beside their words."""

from __future__ import annotations

import argparse

COLUMN = 26


class Help(argparse.RawDescriptionHelpFormatter):
    """Keep descriptions as written, and the words of every option in one column."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=COLUMN)
        # argparse forgets that subcommands are indented, and breaks the line of the longest.
        self._action_max_length = COLUMN - 2
