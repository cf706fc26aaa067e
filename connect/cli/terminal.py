"""Show a change of settings as a diff, and ask for confirmation."""

from __future__ import annotations

import difflib
import os
import sys
from functools import partial
from typing import TYPE_CHECKING

from connect.errors import CliError
from connect.settings.json.layout import readable_lines
from connect.settings.locations import display_path

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from connect.settings.change import SettingsChange

COLOURS = {"+": "\x1b[32m", "-": "\x1b[31m", "@": "\x1b[36m"}
RESET = "\x1b[0m"
CROWDED_RATIO = 2
"""A line this many times longer than necessary holds more than one entry."""


def use_colour() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def show_change(change: SettingsChange) -> None:
    """Print a unified diff. A file on one long line is laid out first, to be readable."""
    lines, is_laid_out = diff_lines(change)
    for line in lines:
        colour = COLOURS.get(line[0]) if use_colour() and line else None
        print(f"{colour}{line}{RESET}" if colour else line)
    if is_laid_out:
        print("Note: formatting here differs from the file.")


def diff_lines(change: SettingsChange) -> tuple[list[str], bool]:
    """Return a unified diff, and whether its lines differ from the file's."""
    texts = (change.file.text, change.new_text)
    layouts = (
        [(text or "").splitlines() for text in texts],
        [readable_lines(text or "") for text in texts],
    )
    lines, readable = ([*_diff(change, *layout)] for layout in layouts)
    is_crowded = _longest(lines) > CROWDED_RATIO * _longest(readable)
    return (readable if is_crowded else lines), is_crowded


def ask(question: str) -> bool:
    """Ask until the answer is yes, the default, or no; raise EOFError at Ctrl-D."""
    while True:
        answer = input(f"{question} [Y/n] ").strip().lower()
        if answer in {"", "y", "yes"}:
            return True
        if answer in {"n", "no"}:
            return False
        print("Answer y or n.")


def confirm_change(question: str, change: SettingsChange, options: argparse.Namespace) -> bool:
    """Return whether to go on; the diff is shown on request.

    Raise CliError when the user declines or cannot be asked.
    """
    if options.diff or options.dry_run:
        show_change(change)
    if options.dry_run:
        print("Dry run. Nothing was changed.")
        return False
    confirm(
        f"{question} [y/N, d shows the diff]", yes=options.yes, on_diff=partial(show_change, change)
    )
    return True


def confirm(question: str, *, yes: bool, on_diff: Callable[[], None] | None = None) -> None:
    """Raise CliError when the user declines or cannot be asked; the answer `d` calls `on_diff`."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise CliError("no terminal to confirm. Run again with --yes. Nothing was changed.")
    while (answer := _input(question)) == "d" and on_diff is not None:
        on_diff()
    if answer not in {"y", "yes"}:
        raise CliError("Nothing was changed.")


def _input(question: str) -> str:
    try:
        return input(f"{question} ").strip().lower()
    except EOFError:
        return ""


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
