"""Damage one page of a log, and read from ingestd's health how far its recovery is."""

import random
from pathlib import Path
from typing import Any, Final

import msgspec

PAGE_BYTES: Final = 4096


class Recovery(msgspec.Struct, frozen=True):
    """Say what ingestd did about damage, in the words of this measurement."""

    recoveries: int
    is_running: bool
    lost_events: int


def recovery_of(health: dict[str, Any]) -> Recovery | None:
    """Return ingestd's recoveries; None where this ingestd does not report any."""
    found = health.get("recovery")
    if not isinstance(found, dict):
        return None
    return Recovery(
        recoveries=int(found.get("recoveries", 0)),
        is_running=bool(found.get("running", False)),
        lost_events=int(found.get("lost_events", 0)),
    )


def damage_a_page(log: Path, rng: random.Random) -> int:
    """Write garbage over a page that is not the first; return its number. Nobody may write it."""
    pages = log.stat().st_size // PAGE_BYTES
    page = rng.randrange(1, pages)
    with log.open("r+b") as file:
        file.seek(page * PAGE_BYTES)
        file.write(rng.randbytes(PAGE_BYTES))
    return page + 1
