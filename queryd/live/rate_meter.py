"""Measure the rate and the lag of events over the last minutes, in memory."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from queryd.http.time_ranges import now_ms

MINUTE_S: Final = 60
SPAN_S: Final = 300
BUCKET_S: Final = 5
MAX_LAGS: Final = 10_000
"""Of the last minute; sorting them takes a millisecond."""


class Lag(msgspec.Struct, frozen=True, kw_only=True):
    """Time from ingestd's arrival stamp to this process, over the last minute."""

    events: int
    """How many events were measured."""
    p50_ms: int
    p99_ms: int
    max_ms: int


class EventRate(msgspec.Struct, frozen=True, kw_only=True):
    """Events received; null for the time before this process started."""

    last_minute: float | None
    """Events a second."""
    last_five_minutes: float | None
    bucket_ms: int
    start: int
    """Start of the first bucket, ms since the epoch; the last bucket is incomplete."""
    counts: Sequence[int | None]
    """Events of each bucket, oldest first."""


class LagMeter:
    """Keep the lags of the last minute; any thread may record one."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lags: deque[tuple[float, int]] = deque(maxlen=MAX_LAGS)

    def record(self, received_at: int) -> None:
        # Negative if the clock was set back.
        lag = now_ms() - received_at
        self._lags.append((self._clock(), max(0, lag)))

    def last_minute(self) -> Lag | None:
        """Return None if there was no event."""
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


class RateMeter:
    """Count events by second."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._started = clock()
        self._seconds: deque[tuple[int, int]] = deque(maxlen=SPAN_S + BUCKET_S)
        self.lags = LagMeter(clock)

    def record(self, received_at: int) -> None:
        """Count an event that ingestd received at this time."""
        second, count = int(self._clock()), 1
        if self._seconds and self._seconds[-1][0] == second:
            count += self._seconds.pop()[1]
        self._seconds.append((second, count))
        self.lags.record(received_at)

    def rate(self) -> EventRate:
        now = self._clock()
        last = int(now) // BUCKET_S
        first = last - SPAN_S // BUCKET_S + 1
        counts: list[int | None] = [
            None if (first + index + 1) * BUCKET_S <= self._started else 0
            for index in range(last - first + 1)
        ]
        for second, count in self._seconds:
            index = second // BUCKET_S - first
            if index >= 0:
                counts[index] = (counts[index] or 0) + count
        ago_ms = int((now - first * BUCKET_S) * 1000)
        return EventRate(
            last_minute=self._over(now, MINUTE_S),
            last_five_minutes=self._over(now, SPAN_S),
            bucket_ms=BUCKET_S * 1000,
            start=now_ms() - ago_ms,
            counts=counts,
        )

    def _over(self, now: float, span_s: int) -> float | None:
        """Return events a second over the last whole seconds of this process."""
        end = int(now)
        seconds = min(span_s, end - int(self._started))
        if seconds <= 0:
            return None
        counted = sum(count for second, count in self._seconds if end - seconds <= second < end)
        return round(counted / seconds, 2)
