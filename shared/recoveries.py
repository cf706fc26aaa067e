"""What a log knows of damaged logs before it."""

from pathlib import Path
from typing import Any, Final

import apsw
import msgspec

from shared.schema import RECOVERIES_SINCE, version_of


class Recovery(msgspec.Struct, frozen=True, kw_only=True):
    """Describe what became of one damaged log; times are ms since the epoch."""

    number: int = 0
    found_at: int
    reason: str
    set_aside: str
    """The damaged file's name, in the folder of the log."""
    last_id: int | None
    """The highest id that was given in it; null when that is not known."""
    floor: int
    """No id past this was given in it."""
    carried_to: int
    """All that could be read from this id on is in the new log."""
    rows_carried: int = 0
    rows_lost: int | None = None
    """At most, for a duplicate may have used up an id; null while it is not known, or for good
    where the damaged log's end could not be read."""
    done_at: int | None = None


def journal_of(path: Path) -> Path:
    """Return where the journal of a log is, while there is one."""
    return path.with_name(path.name + "-recovery")


def recoveries_of(connection: apsw.Connection) -> list[Recovery]:
    """Return the recoveries that a log knows of, the newest first."""
    if version_of(connection) < RECOVERIES_SINCE:
        return []
    rows = connection.execute(
        f"SELECT {', '.join(RECOVERY_FIELDS)} FROM recoveries ORDER BY number DESC"
    )
    found: list[tuple[Any, ...]] = rows.fetchall()
    return [Recovery(**dict(zip(RECOVERY_FIELDS, row, strict=True))) for row in found]


RECOVERY_FIELDS: Final = tuple(Recovery.__struct_fields__)
