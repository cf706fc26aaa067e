"""Cut a range of time into whole periods of several lengths, and into buckets of a chart.

Buckets are in minutes since the epoch, UTC; weeks start on Monday.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS
DAY_MS: Final = 24 * HOUR_MS
DAY: Final = 1_440
MONDAY: Final = 4 * DAY
"""The first Monday; hours and days counted from it are the same as from 0."""
MAX_POINTS: Final = 62
BUCKETS: Final = (1, 2, 5, 10, 15, 60, 180, 360, DAY, 7 * DAY, 28 * DAY, 84 * DAY, 364 * DAY)
"""Sizes of a chart's buckets: none between a quarter and an hour, which
would read days by minutes."""


class PeriodRun(NamedTuple):
    """Consecutive whole periods of one level, up to before `end`."""

    level: int | None
    """None: a part of the range that is no whole period of any level."""
    first: int
    end: int


def floor_to(time: int, size: int, origin: int = MONDAY) -> int:
    """Return the start of the period or bucket of this size that a time lies in."""
    return time - (time - origin) % size


def cut(
    first: int, end: int, sizes: Mapping[int, int], *, newest: int, origin: int = MONDAY
) -> list[PeriodRun]:
    """Return the times from first to before end as the fewest periods of these levels, in order.

    Periods of levels above 0 must have ended before the one of level 0 that starts at `newest`.
    """
    if first >= end:
        return []
    if not sizes:
        return [PeriodRun(None, first, end)]
    level = max(sizes)
    size = sizes[level]
    shorter = {each: sizes[each] for each in sizes if each != level}
    inner_first = floor_to(first + size - 1, size, origin)
    inner_end = floor_to(min(end, newest) if level else end, size, origin)
    if inner_first >= inner_end:
        return cut(first, end, shorter, newest=newest, origin=origin)
    return [
        *cut(first, inner_first, shorter, newest=newest, origin=origin),
        PeriodRun(level, inner_first, inner_end),
        *cut(inner_end, end, shorter, newest=newest, origin=origin),
    ]


def bucket_for(first: int, end: int) -> int:
    """Return the minutes of a bucket, so that a range has some 24 to 62 of them."""
    for size in BUCKETS:
        if buckets_of(first, end, size) <= MAX_POINTS:
            return size
    largest = BUCKETS[-1]
    return largest * -(-(end - first) // (largest * (MAX_POINTS - 1)))


def buckets_of(first: int, end: int, size: int) -> int:
    """Return how many buckets of a size a range touches."""
    return (floor_to(end - 1, size) - floor_to(first, size)) // size + 1
