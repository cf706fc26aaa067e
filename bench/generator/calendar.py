"""Plan when sessions start and how many events each has.

Days have working hours and nights, weeks have ends, and most sessions are short.
"""

from random import Random
from typing import Final

import msgspec

from bench.generator.outcomes import LogNormal
from bench.generator.sessions import MIN_EVENTS

EVENTS_A_SESSION: Final = 27.4
SESSIONS_A_DAY: Final = 500
HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
ALIVE_MS: Final = 300_000
"""The last session starts this long before the end, so that it has time for its events."""


class Plan(msgspec.Struct, frozen=True):
    start_ms: int
    events: int


def plans(rng: Random, events: int, *, end_ms: int, days: float | None = None) -> list[Plan]:
    """Plan sessions of so many events in all, up to the end: 500 a day, or over so many days."""
    lengths = _lengths(rng, events)
    starts = _starts(rng, len(lengths), end_ms, days or len(lengths) / SESSIONS_A_DAY)
    return [Plan(start_ms, length) for start_ms, length in zip(starts, lengths, strict=True)]


def _lengths(rng: Random, events: int) -> list[int]:
    """Draw lengths, and stretch or cut them until they sum up."""
    sessions = max(round(events / EVENTS_A_SESSION), 1)
    lengths = [EVENTS.draw(rng) for _ in range(sessions)]
    missing = events - sum(lengths)
    while missing:
        at = int(rng.random() * sessions)
        step = 1 if missing > 0 else -1
        if lengths[at] + step >= MIN_EVENTS or sessions == 1:
            lengths[at] += step
            missing -= step
    return lengths


def _starts(rng: Random, sessions: int, end_ms: int, days: float) -> list[int]:
    hours = max(round(days * 24), 1)
    first_ms = end_ms - hours * HOUR_MS
    weights = [_weight(first_ms + hour * HOUR_MS) for hour in range(hours)]
    chosen = rng.choices(range(hours), weights, k=sessions)
    return sorted(
        min(first_ms + int((hour + rng.random()) * HOUR_MS), end_ms - ALIVE_MS) for hour in chosen
    )


def _weight(at_ms: int) -> float:
    """Return how busy an hour is; the epoch started on a Thursday, all are in one time zone."""
    weekend = (at_ms // DAY_MS + 3) % 7 >= 5
    return BUSY[at_ms % DAY_MS // HOUR_MS] * (0.3 if weekend else 1)


EVENTS: Final = LogNormal(17, 0.98, least=MIN_EVENTS, most=900)
BUSY: Final = (1, 1, 1, 1, 1, 2, 4, 8, 18, 26, 28, 24, 16, 24, 28, 28, 26, 20, 12, 9, 8, 6, 4, 2)
