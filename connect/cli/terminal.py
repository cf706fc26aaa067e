"""Show a change of settings as a diff, and ask for confirmation."""

from __future__ import annotations

import difflib
import os
import sys
from typing import TYPE_CHECKING

from connect.errors import CliError
from connect.settings.json.layout import readable_lines
from connect.settings.locations import display_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from connect.settings.change import SettingsChange

COLOURS = {"+": "\x1b[32m", "-": "\x1b[31m", "@": "\x1b[36m"}
RESET = "\x1b[0m"
CROWDED_RATIO = 2
"""A line this many times longer than necessary holds more than one entry."""


def use_colour() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def show_change(change: SettingsChange) -> None:
    """Print a unified diff. A file on one long line is laid out first, to be readable."""
    texts = (change.file.text, change.new_text)
    layouts = (
        [(text or "").splitlines() for text in texts],
        [readable_lines(text or "") for text in texts],
    )
    lines, readable = ([*_diff(change, *layout)] for layout in layouts)
    is_crowded = _longest(lines) > CROWDED_RATIO * _longest(readable)
    for line in readable if is_crowded else lines:
        colour = COLOURS.get(line[0]) if use_colour() and line else None
        print(f"{colour}{line}{RESET}" if colour else line)
    if is_crowded:
        print("Note: formatting here differs from the file.")


def confirm(question: str, *, dry_run: bool, yes: bool) -> bool:
    """Return whether to go on; raise CliError when the user declines or cannot be asked."""
    if dry_run:
        print("Dry run. Nothing was changed.")
        return False
    if yes:
        return True
    if not sys.stdin.isatty():
        raise CliError("no terminal to confirm. Run again with --yes. Nothing was changed.")
    try:
        answer = input(f"{question} [y/N] ")
    except EOFError:
        answer = ""
    if answer.strip().lower() not in {"y", "yes"}:
        raise CliError("Nothing was changed.")
    return True


def _diff(change: SettingsChange, before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    name = display_path(change.location.path)
    return difflib.unified_diff(
        before,
        after,
        name if change.file.text is not None else "/dev/null",
        name if change.new_text is not None else "/dev/null",
        lineterm="",
    )


def _longest(lines: Iterable[str]) -> int:
    return max((len(line) for line in lines if line[:1] in {"+", "-"}), default=0)
