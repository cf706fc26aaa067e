"""Keep copies of settings files from before we changed them.

In: a file as it was read, the folder for copies. Out: a private copy whose name says of what and
when; of one file the newest ten of ours stay.
"""

from __future__ import annotations

import os
import re
import time
from typing import TYPE_CHECKING

from connect.errors import Cannot

if TYPE_CHECKING:
    from pathlib import Path

    from connect.settings.file import SettingsFile

MOST = 10
MODE = 0o600
"""Whatever the file's own: settings hold keys."""


def keep(file: SettingsFile, folder: Path, name: str) -> Path | None:
    """Copy a file as it was read and return the copy; None where there was no file."""
    if file.text is None:
        return None
    stem = f"{name}.hookwatch-{time.strftime('%Y%m%d-%H%M%S')}"
    try:
        copy = _write_new(folder, stem, file.text.encode())
    except OSError as error:
        why = error.strerror or str(error)
        raise Cannot(f"{folder}: no backup can be written: {why}. Nothing was changed.") from None
    _forget_old(folder, name)
    return copy


def _write_new(folder: Path, stem: str, data: bytes) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for again in range(1000):
        copy = folder / (f"{stem}-{again}.bak" if again else f"{stem}.bak")
        try:
            descriptor = os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE)
        except FileExistsError:
            continue
        with os.fdopen(descriptor, "wb") as new:
            new.write(data)
        return copy
    raise FileExistsError(f"{stem}.bak")


def _forget_old(folder: Path, name: str) -> None:
    ours = re.compile(re.escape(name) + r"\.hookwatch-\d{8}-\d{6}(?:-\d+)?\.bak")
    copies = [path for path in folder.iterdir() if ours.fullmatch(path.name)]
    for old in sorted(copies, key=lambda path: path.stat().st_mtime_ns)[:-MOST]:
        old.unlink()
