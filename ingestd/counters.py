"""Count what ingestd does, for `/health`, `/metrics` and rate-limited warnings in its log."""

import logging
import time
from bisect import bisect_left
from collections import Counter, deque
from itertools import accumulate
from typing import Final

RATE_SECONDS: Final = 10
COMMIT_BUCKETS_S: Final = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1.0)

_LOG: Final = logging.getLogger(__name__)


class Counters:
    """Hold the figures since this process started."""

    def __init__(self) -> None:
        self.events_stored = 0
        self.duplicates = 0
        self.rejected: Counter[str] = Counter()
        self.requests: Counter[int] = Counter()
        self.received: Counter[str] = Counter()
        self.ignored_headers = 0
        self.stray_times: Counter[str] = Counter()
        self.save_failures = 0
        self.retry_errors = 0
        self.set_aside = 0
        self.turned_away = 0
        self.spool_stored = 0
        self.spool_rejected = 0
        self.registry_records = 0
        self.checked_bytes = 0
        self.commits = 0
        self.commit_seconds = 0.0
        self._commits_within = [0] * len(COMMIT_BUCKETS_S)
        """Commits up to each bound that took longer than the bound before."""
        self._recent: deque[tuple[int, int]] = deque(maxlen=RATE_SECONDS + 1)
        self._muted_until: dict[str, float] = {}
        self._suppressed: Counter[str] = Counter()

    def stored(self, fresh: int, duplicates: int) -> None:
        self.events_stored += fresh
        self.duplicates += duplicates
        second = int(time.monotonic())
        if self._recent and self._recent[-1][0] == second:
            fresh += self._recent.pop()[1]
        self._recent.append((second, fresh))

    def committed(self, seconds: float) -> None:
        """Count a commit and how long it took."""
        self.commits += 1
        self.commit_seconds += seconds
        if (bucket := bisect_left(COMMIT_BUCKETS_S, seconds)) < len(COMMIT_BUCKETS_S):
            self._commits_within[bucket] += 1

    @property
    def commit_buckets(self) -> list[int]:
        """Return how many commits took no longer than each bound."""
        return list(accumulate(self._commits_within))

    def stray_time(self, source: str, given: object) -> None:
        """Count and log a reported time that is not plausible; the event gets another."""
        self.stray_times[source] += 1
        self.warn("replaced an event time that is not plausible (%s: %s)", source, given)

    def events_per_second(self) -> float:
        """Return the rate over the last whole seconds."""
        now = int(time.monotonic())
        counted = sum(count for second, count in self._recent if now - RATE_SECONDS <= second < now)
        return counted / RATE_SECONDS

    def warn(self, message: str, *values: object) -> None:
        """Log a warning of one kind at most once a second, with the number of those suppressed."""
        now = time.monotonic()
        if now < self._muted_until.get(message, 0.0):
            self._suppressed[message] += 1
            return
        suppressed = self._suppressed.pop(message, 0)
        self._muted_until[message] = now + 1.0
        _LOG.warning(message + (f" (and {suppressed} more like it)" if suppressed else ""), *values)
