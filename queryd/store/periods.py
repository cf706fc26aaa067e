"""Cut a range of time into the periods that roll-ups are kept for, as few as there can be.

In: minutes since the epoch, UTC. Out: spans, each of whole periods of one level, and for a chart
the size of its buckets. Weeks begin on Monday.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

MINUTE_MS: Final = 60_000
PERIODS: Final = (1, 60, 1_440, 10_080, 40_320)
"""Minutes of a period of each level: a minute, an hour, a day, a week, four weeks."""
DAY: Final = 1_440
MONDAY: Final = 4 * DAY
"""The first Monday; hours and days come out the same counted from it."""
MOST_POINTS: Final = 62
BUCKETS: Final = (1, 2, 5, 10, 15, 60, 180, 360, DAY, 7 * DAY, 28 * DAY, 84 * DAY, 364 * DAY)
"""Sizes of a chart's buckets: none between a quarter and an hour, for those would read a whole day
by minutes."""


class Span(msgspec.Struct, frozen=True):
    """Name whole periods of one level: from minute `first` to before minute `end`."""

    level: int
    first: int
    end: int


def floor_to(minute: int, size: int) -> int:
    """Return the beginning of the period or bucket of this size that a minute lies in."""
    return minute - (minute - MONDAY) % size


def spans(first: int, end: int, levels: Sequence[int], newest: int) -> list[Span]:
    """Return the minutes from first to before end as spans of these levels, in order.

    Level 0 is one of them. Of the others only periods are used that ended before the newest minute.
    """
    if first >= end:
        return []
    *lower, level = levels
    if level == 0:
        return [Span(0, first, end)]
    size = PERIODS[level]
    inner_first = floor_to(first + size - 1, size)
    inner_end = floor_to(min(end, newest), size)
    if inner_first >= inner_end:
        return spans(first, end, lower, newest)
    return [
        *spans(first, inner_first, lower, newest),
        Span(level, inner_first, inner_end),
        *spans(inner_end, end, lower, newest),
    ]


def bucket_for(first: int, end: int) -> int:
    """Return the minutes of a bucket, so that a range has some 24 to 62 of them."""
    for size in BUCKETS:
        if buckets_of(first, end, size) <= MOST_POINTS:
            return size
    largest = BUCKETS[-1]
    return largest * -(-(end - first) // (largest * (MOST_POINTS - 1)))


def buckets_of(first: int, end: int, size: int) -> int:
    """Return how many buckets of a size a range touches."""
    return (floor_to(end - 1, size) - floor_to(first, size)) // size + 1


def level_within(bucket: int) -> int:
    """Return the largest level whose periods make up a bucket."""
    return max(level for level, size in enumerate(PERIODS) if bucket % size == 0)
