"""Distinguish damage of the log from transient errors, and report it to ingestd.

In: an error of SQLite. Out: whether the file itself is damaged; and a marker beside the log, which
a reader creates and which makes ingestd check the whole log at once.
"""

from contextlib import suppress
from pathlib import Path
from typing import Final

import apsw

from shared.files import create_private

DAMAGE: Final = (apsw.CorruptError, apsw.NotADBError)


class DamageFoundError(Exception):
    """Report that a check found the log damaged, and where."""


def damage_marker(path: Path) -> Path:
    return path.with_name(path.name + "-suspect")


def report_damage(path: Path, error: Exception) -> None:
    """Create the marker if an error means damage; ignore that it cannot be created."""
    if isinstance(error, DAMAGE):
        with suppress(OSError):
            create_private(damage_marker(path))


def take_damage_report(path: Path) -> bool:
    """Delete the marker; return whether there was one."""
    try:
        damage_marker(path).unlink()
    except OSError:
        return False
    return True
