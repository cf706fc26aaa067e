"""Damage one page of a log, and read from ingestd's health how far its recovery is."""

import os
import random
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import apsw
import msgspec

PAGE_BYTES: Final = 4096


class RecoveryStatus(msgspec.Struct, frozen=True):
    recoveries: int
    is_running: bool
    lost_events: int | None
    """At most; None while it is not known."""


def recovery_status(health: dict[str, Any]) -> RecoveryStatus:
    found = health["damage"]["recoveries"]
    lost = [it["rows_lost"] for it in found]
    return RecoveryStatus(
        recoveries=len(found),
        is_running=any(it["done_at"] is None for it in found),
        lost_events=None if None in lost else sum(lost),
    )


def damage_page(log: Path, rng: random.Random) -> int:
    """Write garbage over a page of the events or their indexes; return its number.

    Neither over the first, nor over one that is free: of those nothing would be missed. The log may
    not be written meanwhile; its WAL is moved into it before, for what stands there would be read
    in place of the page.
    """
    with closing(apsw.Connection(os.fspath(log))) as connection:
        connection.set_busy_timeout(10_000)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        rows: list[tuple[Any, ...]] = connection.execute(_PAGES).fetchall()
    page = int(rng.choice(rows)[0])
    with log.open("r+b") as file:
        file.seek((page - 1) * PAGE_BYTES)
        file.write(rng.randbytes(PAGE_BYTES))
    return page


_PAGES: Final = """
    SELECT pageno FROM dbstat JOIN sqlite_schema USING (name)
    WHERE tbl_name = 'events' AND pagetype != 'overflow' ORDER BY pageno
"""
