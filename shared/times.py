"""Decide which times of events are plausible; used wherever events are handled by their time."""

from typing import Final

EARLIEST_MS: Final = 978_307_200_000
"""2001-01-01. Claude Code is younger; and a time in seconds is below this."""
AHEAD_MS: Final = 86_400_000
"""How far a sender's clock may be ahead: allows a wrong time zone, not a wrong unit."""


def is_plausible(timestamp: float, received_at: int) -> bool:
    """Return whether an event may have happened at `timestamp`; both in ms since the epoch."""
    return EARLIEST_MS <= timestamp <= received_at + AHEAD_MS


def doubt(timestamp: float, received_at: int) -> str:
    """Return why a time is not plausible, with its likely unit."""
    for unit, factor in _UNITS.items():
        if is_plausible(timestamp * factor, received_at):
            return f"expected milliseconds since the epoch, these look like {unit}"
    wrong = "is before 2001" if timestamp < EARLIEST_MS else "is more than a day ahead of the clock"
    return f"expected milliseconds since the epoch, this {wrong}"


_UNITS: Final = {"seconds": 1e3, "microseconds": 1e-3, "nanoseconds": 1e-6}
