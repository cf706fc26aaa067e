"""DDSketch: many durations, in whole ms, in few bytes that can be merged.

Quantiles are within 1 % of the exact ones.

After Masson, Rim and Lee, "DDSketch: a fast and fully-mergeable quantile sketch with
relative-error guarantees" (VLDB 2019). Bucket 0 counts durations of 0 ms; bucket i, from 1 on,
counts those in (GAMMA ** (i - 2), GAMMA ** (i - 1)]. Packed, a sketch is the buckets in use, in
order, as 16-bit numbers, and then their counts as 32-bit numbers, both in the machine's byte order.
"""

from array import array
from bisect import bisect_left
from itertools import accumulate
from math import ceil, floor, log
from operator import add
from struct import Struct
from typing import Final

import msgspec

ERROR: Final = 0.01
GAMMA: Final = (1 + ERROR) / (1 - ERROR)
_LOG_GAMMA: Final = log(GAMMA)
BUCKETS: Final = 1_424
"""The last one counts everything from 70 years."""
_ONE: Final = Struct("=HI")
_PACKED_BYTES: Final = _ONE.size


class HistogramBar(msgspec.Struct, frozen=True):
    """The number of durations with from_ms <= duration < to_ms."""

    from_ms: int
    to_ms: int
    count: int


class Sketch:
    """A mutable sum of sketches."""

    def __init__(self) -> None:
        self.max_ms: int | None = None
        self.counts = [0] * BUCKETS
        """How many durations each bucket counts."""

    def add(self, packed: bytes | None, max_ms: int | None) -> None:
        """Add a packed sketch and its exact maximum; None adds nothing."""
        if packed is None or max_ms is None:
            return
        self.max_ms = max_ms if self.max_ms is None else max(self.max_ms, max_ms)
        counts = self.counts
        for bucket, count in zip(*_arrays(packed), strict=True):
            counts[bucket] += count

    def count(self, duration_ms: int) -> None:
        """Add one duration."""
        self.max_ms = max(duration_ms, self.max_ms or 0)
        self.counts[bucket_of(duration_ms)] += 1

    def include(self, other: "Sketch") -> None:
        """Add another sum."""
        if other.max_ms is not None:
            self.max_ms = max(other.max_ms, self.max_ms or 0)
            self.counts = list(map(add, self.counts, other.counts))

    def quantiles(self, *fractions: float) -> tuple[int | None, ...]:
        """Return, for each fraction of 0 to 1, the duration of that rank; None without any.

        Ranks are rounded up: the p99 of less than a hundred durations is the longest. Exact below
        50 ms; above, within 1 % and rounded to whole ms.
        """
        below = list(accumulate(self.counts))
        if self.max_ms is None:
            return (None,) * len(fractions)
        ranks = (max(1, ceil(fraction * below[-1])) for fraction in fractions)
        found = (bisect_left(below, rank) for rank in ranks)
        return tuple(min(round(_middle(bucket)), self.max_ms) for bucket in found)

    def bars(self, limit: int) -> list[HistogramBar]:
        """Return a histogram of at most `limit` bars of equal width on a log scale."""
        used = [bucket for bucket, count in enumerate(self.counts) if count]
        if not used:
            return []
        width = ceil((used[-1] + 1 - used[0]) / limit)
        starts = range(used[0], used[-1] + 1, width)
        return [bar for start in starts if (bar := self._bar(start, start + width)) is not None]

    def _bar(self, start: int, end: int) -> HistogramBar | None:
        """Return the bar of some buckets; None if they contain no whole number of ms."""
        from_ms, to_ms = _least(start), _least(end)
        return (
            HistogramBar(from_ms, to_ms, sum(self.counts[start:end])) if from_ms < to_ms else None
        )


def bucket_of(duration_ms: int) -> int:
    """Return the bucket that counts a duration; a negative one counts as 0 ms."""
    if duration_ms <= 0:
        return 0
    return min(ceil(log(duration_ms) / _LOG_GAMMA) + 1, BUCKETS - 1)


def pack(counts: dict[int, int]) -> bytes | None:
    """Return the sketch that counts so many durations in each bucket; None without any."""
    if len(counts) == 1:
        return _ONE.pack(*next(iter(counts.items())))
    buckets = sorted(counts)
    amounts = array("I", [counts[bucket] for bucket in buckets])
    return array("H", buckets).tobytes() + amounts.tobytes() if buckets else None


def unpack(packed: bytes | None) -> dict[int, int]:
    """Return how many durations a sketch counts in each bucket."""
    if packed is None:
        return {}
    if len(packed) == _PACKED_BYTES:
        return dict((_ONE.unpack(packed),))
    return dict(zip(*_arrays(packed), strict=True))


def merged(into: bytes | None, new: bytes | None) -> bytes | None:
    """Return the sum of two packed sketches; the time depends on the size of the second.

    The same durations give the same bytes in any order.
    """
    if into is None or new is None:
        return new if into is None else into
    keys, counts = _arrays(into)
    for bucket, count in zip(*_arrays(new), strict=True):
        place = bisect_left(keys, bucket)
        if place < len(keys) and keys[place] == bucket:
            counts[place] += count
        else:
            keys.insert(place, bucket)
            counts.insert(place, count)
    return keys.tobytes() + counts.tobytes()


def _arrays(packed: bytes) -> tuple["array[int]", "array[int]"]:
    middle = len(packed) // _PACKED_BYTES * 2
    return array("H", packed[:middle]), array("I", packed[middle:])


def _middle(bucket: int) -> float:
    """Return the duration that is within ERROR of all durations of a bucket."""
    return 2 * GAMMA ** (bucket - 1) / (GAMMA + 1) if bucket else 0.0


def _least(bucket: int) -> int:
    """Return the least whole number of ms in a bucket, or the next above it."""
    return floor(GAMMA ** (bucket - 2)) + 1 if bucket > 1 else bucket
