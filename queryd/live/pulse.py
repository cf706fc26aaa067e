"""Measure how many events come and how late they are, over the last minutes.

In: each event's moment of arrival, as it is passed on. Out: a rate, a series for a chart, and the
lag's quantiles. It is all in memory and begins with the process.
"""

import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

MINUTE_S: Final = 60
SPAN_S: Final = 300
BUCKET_S: Final = 5
MOST_LAGS: Final = 10_000
"""Of the last minute; sorting so many takes a millisecond."""


class Lag(msgspec.Struct, frozen=True, kw_only=True):
    """Tell how long events took from ingestd's arrival stamp to here, over the last minute."""

    events: int
    """How many were measured."""
    p50_ms: int
    p99_ms: int
    max_ms: int


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """Tell how many events came; null for the time before this process was there."""

    last_minute: float | None
    """Events a second."""
    last_five_minutes: float | None
    bucket_ms: int
    start: int
    """When the first bucket of the series began, ms since the epoch; the last one is under way."""
    counts: Sequence[int | None]
    """Events of each bucket, oldest first."""


class Lags:
    """Hold the lags of the last minute; noted in any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lags: deque[tuple[float, int]] = deque(maxlen=MOST_LAGS)

    def note(self, received_at: int) -> None:
        """Measure an event that ingestd took at this time. A clock set back makes no lag of it."""
        lag = time.time_ns() // 1_000_000 - received_at
        self._lags.append((self._clock(), max(0, lag)))

    def lately(self) -> Lag | None:
        """Return the last minute's; None when nothing came."""
        since = self._clock() - MINUTE_S
        lags = sorted(lag for at, lag in self._lags.copy() if at >= since)
        if not lags:
            return None
        return Lag(
            events=len(lags),
            p50_ms=lags[(len(lags) - 1) // 2],
            p99_ms=lags[(len(lags) - 1) * 99 // 100],
            max_ms=lags[-1],
        )


class Pulse:
    """Count events by second."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began = clock()
        self._seconds: deque[tuple[int, int]] = deque(maxlen=SPAN_S + BUCKET_S)
        self.lags = Lags(clock)

    def beat(self, received_at: int) -> None:
        """Count an event that ingestd took at this time."""
        second, count = int(self._clock()), 1
        if self._seconds and self._seconds[-1][0] == second:
            count += self._seconds.pop()[1]
        self._seconds.append((second, count))
        self.lags.note(received_at)

    def rate(self) -> Rate:
        """Return the rates and the series."""
        now = self._clock()
        last = int(now) // BUCKET_S
        first = last - SPAN_S // BUCKET_S + 1
        counts: list[int | None] = [
            None if (first + index + 1) * BUCKET_S <= self._began else 0
            for index in range(last - first + 1)
        ]
        for second, count in self._seconds:
            index = second // BUCKET_S - first
            if index >= 0:
                counts[index] = (counts[index] or 0) + count
        ago_ms = int((now - first * BUCKET_S) * 1000)
        return Rate(
            last_minute=self._over(now, MINUTE_S),
            last_five_minutes=self._over(now, SPAN_S),
            bucket_ms=BUCKET_S * 1000,
            start=time.time_ns() // 1_000_000 - ago_ms,
            counts=counts,
        )

    def _over(self, now: float, span_s: int) -> float | None:
        """Return events a second over the last whole seconds, as many as this process saw."""
        end = int(now)
        seen = min(span_s, end - int(self._began))
        if seen <= 0:
            return None
        counted = sum(count for second, count in self._seconds if end - seen <= second < end)
        return round(counted / seen, 2)
