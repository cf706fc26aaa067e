"""Keep copies of settings files from before we changed them.

In: a file as it was read, the folder for copies. Out: a private copy whose name says of what and
when, with a number that only grows; of one file the newest ten of ours stay.
"""

from __future__ import annotations

import os
import re
import time
from typing import TYPE_CHECKING, NamedTuple

from connect.errors import Cannot

if TYPE_CHECKING:
    from pathlib import Path

    from connect.settings.files import SettingsFile

MOST = 10
TIME = "%Y%m%d-%H%M%S"
MODE = 0o600
"""Whatever the file's own: settings hold keys."""


def keep(file: SettingsFile, folder: Path, name: str) -> Path | None:
    """Copy a file as it was read and return the copy; None where there was no file."""
    if file.text is None:
        return None
    try:
        copy = _write_new(folder, name, file.text.encode())
    except OSError as error:
        why = error.strerror or str(error)
        raise Cannot(f"{folder}: no backup can be written: {why}. Nothing was changed.") from None
    for old in _copies(folder, name)[:-MOST]:
        old.path.unlink(missing_ok=True)  # another run may have removed it
    return copy


class _Copy(NamedTuple):
    """A copy of ours; the order of its fields is the order in which copies are made."""

    number: int
    time: str
    path: Path


def _write_new(folder: Path, name: str, data: bytes) -> Path:
    """Write a copy under a name that no copy has or had.

    Its number is higher than every other, whatever the clock says. The highest is never removed,
    so a removed number is never given again.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    while True:
        number = _highest(folder, name) + 1
        copy = folder / f"{name}.hookwatch-{time.strftime(TIME)}-{number:04}.bak"
        try:
            descriptor = os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE)
        except FileExistsError:
            continue  # another run took that number
        with os.fdopen(descriptor, "wb") as new:
            new.write(data)
        if _highest(folder, name) == number:
            return copy
        # Others went past since the look above: they may have given this very name, and removed it.
        copy.unlink(missing_ok=True)


def _highest(folder: Path, name: str) -> int:
    return max((copy.number for copy in _copies(folder, name)), default=0)


def _copies(folder: Path, name: str) -> list[_Copy]:
    """Return our copies of a file, the oldest first. Those of earlier versions have no number."""
    ours = re.compile(re.escape(name) + r"\.hookwatch-(\d{8}-\d{6})(?:-(\d+))?\.bak")
    found = ((ours.fullmatch(path.name), path) for path in folder.iterdir())
    return sorted(_Copy(int(it[2] or 0), it[1], path) for it, path in found if it)
