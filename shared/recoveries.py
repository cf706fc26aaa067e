"""Read a log's record of damaged logs before it."""

from pathlib import Path
from typing import Any, Final

import apsw
import msgspec

from shared.schema import RECOVERIES_SINCE, version_of


class Recovery(msgspec.Struct, frozen=True, kw_only=True):
    """Describe the recovery of one damaged log; times are ms since the epoch."""

    number: int = 0
    found_at: int
    reason: str
    set_aside: str
    """The damaged file's name, in the folder of the log."""
    last_id: int | None
    """The highest id given in it; null when unknown."""
    floor: int
    """An upper bound of the ids given in it."""
    carried_to: int
    """Every readable row from this id on is in the new log."""
    rows_carried: int = 0
    rows_lost: int | None = None
    """At most, for a duplicate may have used an id; null until known, or for ever if the damaged
    log's end could not be read."""
    done_at: int | None = None


def journal_of(path: Path) -> Path:
    """Return the path of a log's journal, which may not exist."""
    return path.with_name(path.name + "-recovery")


def recoveries_of(connection: apsw.Connection) -> list[Recovery]:
    """Return a log's recoveries, the newest first."""
    if version_of(connection) < RECOVERIES_SINCE:
        return []
    rows = connection.execute(
        f"SELECT {', '.join(RECOVERY_FIELDS)} FROM recoveries ORDER BY number DESC"
    )
    found: list[tuple[Any, ...]] = rows.fetchall()
    return [Recovery(**dict(zip(RECOVERY_FIELDS, row, strict=True))) for row in found]


RECOVERY_FIELDS: Final = tuple(Recovery.__struct_fields__)
