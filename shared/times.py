"""Decide which times an event may have.

In: a time in ms since the epoch, and when ingestd received it. Out: whether an event may have
happened then. Everything that stores, shows or deletes events by their time uses this rule.
"""

from typing import Final

EARLIEST_MS: Final = 978_307_200_000
"""2001-01-01. Claude Code is younger; and what is given in seconds is below this."""
AHEAD_MS: Final = 86_400_000
"""How far a sender's clock may be ahead of ours: a wrong time zone is, a wrong unit is not."""


def is_plausible(timestamp: float, received_at: int) -> bool:
    """Return whether an event that was received then may have happened at that time."""
    return EARLIEST_MS <= timestamp <= received_at + AHEAD_MS


def doubt(timestamp: float, received_at: int) -> str:
    """Return why a time is not plausible, with the unit it seems to be in."""
    for unit, factor in _UNITS.items():
        if is_plausible(timestamp * factor, received_at):
            return f"expected milliseconds since the epoch, these look like {unit}"
    wrong = "is before 2001" if timestamp < EARLIEST_MS else "is more than a day ahead of the clock"
    return f"expected milliseconds since the epoch, this {wrong}"


_UNITS: Final = {"seconds": 1e3, "microseconds": 1e-3, "nanoseconds": 1e-6}
