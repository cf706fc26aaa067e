"""What undoing a change needs and the file does not show.

Our entries are recognized by their form, so that they can be removed without a record too. The
record, in `<data>/connect/records`, adds what the form cannot show: which containers were empty
before, which variables we set.
"""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Literal

import msgspec

from shared.files import make_folder

if TYPE_CHECKING:
    from pathlib import Path


class SettingsRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Stored on the users' disks: fields are only added, with a default."""

    path: str
    origin: Literal["absent", "blank", "object"] = "object"
    blank: str = ""
    """All of a file that held only white space."""
    empty: dict[str, str] = {}
    """The containers that were empty before, and their white space."""
    env: dict[str, str] = {}
    """The variables that we added."""
    status_line: str | None = None
    """The user's command as JSON text, with the file's escapes."""
    made_folder: bool = False
    """We created the file's folder."""


class RecordStore:
    """The records of one data folder."""

    def __init__(self, connect_folder: Path) -> None:
        self._folder = connect_folder / "records"

    def load(self, path: Path) -> SettingsRecord | None:
        """Return a file's record; None when there is none, or none that can be read."""
        try:
            record = msgspec.json.decode(self._file(path).read_bytes(), type=SettingsRecord)
        except (OSError, msgspec.DecodeError):
            return None
        return record if record.path == str(path) else None

    def save(self, path: Path, record: SettingsRecord | None) -> None:
        """Replace a file's record atomically; None deletes it."""
        file = self._file(path)
        if record is None:
            file.unlink(missing_ok=True)
            return
        make_folder(self._folder)
        temporary = file.with_suffix(".new")
        temporary.unlink(missing_ok=True)
        with os.fdopen(
            os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb"
        ) as new:
            new.write(msgspec.json.encode(record))
            new.flush()
            os.fsync(new.fileno())
        temporary.replace(file)

    def is_empty(self) -> bool:
        return not any(self._folder.glob("*.json"))

    def _file(self, path: Path) -> Path:
        return self._folder / f"{hashlib.sha256(str(path).encode()).hexdigest()[:24]}.json"
