"""Write a planned change: the file with its record and a backup, or nothing at all."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from connect.settings.backup import back_up_settings
from connect.settings.files import SettingsFile, replace_file
from connect.settings.undo import remove_ours

if TYPE_CHECKING:
    from pathlib import Path

    from connect.settings.locations import SettingsLocation
    from connect.settings.record import RecordStore, SettingsRecord


class SettingsChange(msgspec.Struct, frozen=True):
    location: SettingsLocation
    file: SettingsFile
    new_text: str | None
    """None: the file is removed."""
    record: SettingsRecord | None
    """None: nothing of ours remains in it."""


def write_change(change: SettingsChange, records: RecordStore, connect_folder: Path) -> Path | None:
    """Write the file and its record; return the backup when there is one."""
    path = change.location.path
    old = records.load(path)
    holds_only_ours = remove_ours(change.file.text, old) is None
    backup = None if holds_only_ours else _back_up(change, connect_folder)
    # The record first: one that does not fit its file does no harm.
    records.save(path, change.record or old)
    try:
        replace_file(change.file, change.new_text)
    except BaseException:
        records.save(path, old)
        raise
    if change.record is None:
        records.save(path, None)
        if old is not None and old.made_folder and change.new_text is None:
            with suppress(OSError):  # it holds other files by now
                path.parent.rmdir()
    return backup


def _back_up(change: SettingsChange, connect_folder: Path) -> Path | None:
    path = change.location.path
    if change.location.scope == "user":
        return back_up_settings(change.file, path.parent, path.name)
    # Not inside a project: the next `git add` would commit it.
    project = hashlib.sha256(str(path).encode()).hexdigest()[:8]
    return back_up_settings(change.file, connect_folder / "backups", f"{project}-{path.name}")
