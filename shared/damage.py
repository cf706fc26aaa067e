"""Know damage of the log from trouble that passes, and pass on that it was met.

In: what SQLite raised. Out: whether the file itself is broken; and a marker beside the log, which a
reader leaves and ingestd takes as the order to check the whole log at once.
"""

from contextlib import suppress
from pathlib import Path
from typing import Final

import apsw

from shared.files import create_private

DAMAGE: Final = (apsw.CorruptError, apsw.NotADBError)


class DamageFoundError(Exception):
    """Report that a check found the log damaged, and where."""


def suspect_marker(path: Path) -> Path:
    """Return the marker's place beside a log."""
    return path.with_name(path.name + "-suspect")


def report_damage(path: Path, error: Exception) -> None:
    """Leave the marker if an error means damage; that it cannot be left is no further error."""
    if isinstance(error, DAMAGE):
        with suppress(OSError):
            create_private(suspect_marker(path))


def take_report(path: Path) -> bool:
    """Tell whether a reader met damage since this was last asked."""
    try:
        suspect_marker(path).unlink()
    except OSError:
        return False
    return True
