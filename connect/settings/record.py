"""Remember, for each settings file, what it was before ours was put in.

In: a record. Out: a private file of it in `<data>/connect/records`, and back. What is ours is known
by its own form, so without a record too exactly that is taken out; a record holds what no form can
tell: which containers were there empty, which variables were the user's already.
"""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Literal

import msgspec

from shared.files import make_folder

if TYPE_CHECKING:
    from pathlib import Path


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """Keep what a file was, as far as the file itself cannot tell any more."""

    path: str
    origin: Literal["absent", "blank", "object"] = "object"
    blank: str = ""
    """The white space that was all of a blank file."""
    empty: dict[str, str] = {}
    """The containers that were there without anything in them, and their white space."""
    env: dict[str, str] = {}
    """The variables that we added."""
    status_line: str | None = None
    """The user's command as the file had it, escapes and all."""
    made_folder: bool = False
    """The file's folder was made by us."""


class Records:
    """Hold the records of one data folder."""

    def __init__(self, connect_folder: Path) -> None:
        self._folder = connect_folder / "records"

    def load(self, path: Path) -> Record | None:
        """Return a file's record; None where there is none that can be read."""
        try:
            found = msgspec.json.decode(self._file(path).read_bytes(), type=Record)
        except (OSError, msgspec.DecodeError):
            return None
        return found if found.path == str(path) else None

    def save(self, path: Path, record: Record | None) -> None:
        """Replace a file's record, at once or not at all; None forgets it."""
        file = self._file(path)
        if record is None:
            file.unlink(missing_ok=True)
            return
        make_folder(self._folder)
        beside = file.with_suffix(".new")
        beside.unlink(missing_ok=True)
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as new:
            new.write(msgspec.json.encode(record))
            new.flush()
            os.fsync(new.fileno())
        beside.replace(file)

    def any(self) -> bool:
        """Tell whether any file is known to have ours in it."""
        return any(self._folder.glob("*.json"))

    def _file(self, path: Path) -> Path:
        return self._folder / f"{hashlib.sha256(str(path).encode()).hexdigest()[:24]}.json"
