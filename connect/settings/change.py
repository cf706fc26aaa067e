"""Show a change of settings, ask, and carry it out.

In: a file as it was read, what it is to become, its record. Out: the change on disk with a backup
beside it, or nothing at all.
"""

from __future__ import annotations

import difflib
import hashlib
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from connect.errors import Cannot
from connect.settings.backup import keep
from connect.settings.files import SettingsFile, replace_file
from connect.settings.json.layout import laid_out
from connect.settings.places import shown
from connect.settings.undo import without_ours

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from connect.settings.places import Place
    from connect.settings.record import Record, Records

COLOURS = {"+": "\x1b[32m", "-": "\x1b[31m", "@": "\x1b[36m"}
PLAIN = "\x1b[0m"
CROWDED = 2
"""A line this many times as long as it has to be holds more than one thing."""


class Change(msgspec.Struct, frozen=True):
    """Hold what a file is to become."""

    place: Place
    file: SettingsFile
    text: str | None
    """None: there is to be no file."""
    record: Record | None
    """None: nothing of ours is to be in it."""


def show(change: Change) -> None:
    """Print the change as a unified diff, in colours on a terminal.

    Where a file is one long line, both texts are laid out first: nobody can read that line.
    """
    texts = (change.file.text, change.text)
    pairs = [(text or "").splitlines() for text in texts], [laid_out(text or "") for text in texts]
    lines, readable = ([*_diff(change, *pair)] for pair in pairs)
    crowded = _longest(lines) > CROWDED * _longest(readable)
    coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    for line in readable if crowded else lines:
        colour = COLOURS.get(line[0]) if coloured and line else None
        print(f"{colour}{line}{PLAIN}" if colour else line)
    if crowded:
        print("Note: this is laid out to be read; in the file, what stands on one line stays so.")


def _diff(change: Change, before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    name = shown(change.place.path)
    return difflib.unified_diff(
        before,
        after,
        name if change.file.text is not None else "/dev/null",
        name if change.text is not None else "/dev/null",
        lineterm="",
    )


def _longest(lines: Iterable[str]) -> int:
    return max((len(line) for line in lines if line[:1] in {"+", "-"}), default=0)


def agreed(question: str, *, dry_run: bool, yes: bool) -> bool:
    """Ask on a terminal whether to go on; raise Cannot where nobody can be asked."""
    if dry_run:
        print("Nothing was changed: this was --dry-run.")
        return False
    if yes:
        return True
    if not sys.stdin.isatty():
        raise Cannot("nobody can be asked here: say --yes to write this. Nothing was changed.")
    try:
        answer = input(f"{question} [y/N] ")
    except EOFError:
        answer = ""
    if answer.strip().lower() not in {"y", "yes"}:
        raise Cannot("Nothing was changed.")
    return True


def carry_out(change: Change, records: Records, connect_folder: Path) -> Path | None:
    """Write the file and its record; return the backup where there is one."""
    path = change.place.path
    old = records.load(path)
    only_ours = without_ours(change.file.text, old) is None
    copy = None if only_ours else _backup(change, connect_folder)
    # First the record: of a file it does not fit it says nothing that does harm.
    records.save(path, change.record or old)
    try:
        replace_file(change.file, change.text)
    except BaseException:
        records.save(path, old)
        raise
    if change.record is None:
        records.save(path, None)
        if old is not None and old.made_folder and change.text is None:
            with suppress(OSError):  # there is more in it by now
                path.parent.rmdir()
    return copy


def _backup(change: Change, connect_folder: Path) -> Path | None:
    path = change.place.path
    if change.place.scope == "user":
        return keep(change.file, path.parent, path.name)
    # Not in a project: it would be committed with the next `git add`.
    project = hashlib.sha256(str(path).encode()).hexdigest()[:8]
    return keep(change.file, connect_folder / "backups", f"{project}-{path.name}")
