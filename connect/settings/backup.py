"""Keep private copies of settings files from before we changed them: the newest ten of each.

A copy's name holds the time, and a number that only grows.
"""

from __future__ import annotations

import os
import re
import time
from typing import TYPE_CHECKING, NamedTuple

from connect.errors import CliError
from connect.settings.files import UNCHANGED

if TYPE_CHECKING:
    from pathlib import Path

    from connect.settings.files import SettingsFile

MAX_BACKUPS = 10
TIME_FORMAT = "%Y%m%d-%H%M%S"
MODE = 0o600
"""Whatever the file's own mode: settings may hold keys."""


def back_up_settings(file: SettingsFile, folder: Path, name: str) -> Path | None:
    """Copy a file as it was read and return the copy; None when there was no file."""
    if file.text is None:
        return None
    try:
        copy = _write_copy(folder, name, file.text.encode())
    except OSError as error:
        reason = error.strerror or str(error)
        raise CliError(f"cannot write a backup to {folder}: {reason}. {UNCHANGED}") from None
    for old in _backups(folder, name)[:-MAX_BACKUPS]:
        old.path.unlink(missing_ok=True)  # another run may have removed it
    return copy


class _Copy(NamedTuple):
    """Fields in the order by which copies are sorted, oldest first."""

    number: int
    time: str
    path: Path


def _write_copy(folder: Path, name: str, data: bytes) -> Path:
    """Write a copy under a name that no other copy has or had.

    Its number is higher than all others, whatever the clock shows. The highest is never removed, so
    no number is used again.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    while True:
        number = _highest_number(folder, name) + 1
        copy = folder / f"{name}.hookwatch-{time.strftime(TIME_FORMAT)}-{number:04}.bak"
        try:
            descriptor = os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE)
        except FileExistsError:
            continue  # another run took that number
        with os.fdopen(descriptor, "wb") as new:
            new.write(data)
        if _highest_number(folder, name) == number:
            return copy
        # Other runs wrote higher numbers meanwhile: one may have used this name and removed it.
        copy.unlink(missing_ok=True)


def _highest_number(folder: Path, name: str) -> int:
    return max((copy.number for copy in _backups(folder, name)), default=0)


def _backups(folder: Path, name: str) -> list[_Copy]:
    """Return our copies of a file, oldest first. Those of early versions have no number."""
    pattern = re.compile(re.escape(name) + r"\.hookwatch-(\d{8}-\d{6})(?:-(\d+))?\.bak")
    matches = ((pattern.fullmatch(path.name), path) for path in folder.iterdir())
    return sorted(_Copy(int(it[2] or 0), it[1], path) for it, path in matches if it)
