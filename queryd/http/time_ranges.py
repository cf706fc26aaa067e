"""Read a time range from a request: a named one up to now, or two ends, as ms since the epoch."""

import time
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, Literal

from litestar.params import QueryParameter

from queryd.http.errors import conflict
from queryd.store.periods import DAY_MS, HOUR_MS

RANGES_MS: Final = {
    "1h": HOUR_MS,
    "24h": DAY_MS,
    "7d": 7 * DAY_MS,
    "30d": 30 * DAY_MS,
}
END_MS: Final = round((datetime.max.replace(tzinfo=UTC) - timedelta(days=2)).timestamp()) * 1000
"""The latest time that has a date in every time zone."""

RangeName = Literal["1h", "24h", "7d", "30d", "all"]
Range = Annotated[
    RangeName | None,
    QueryParameter(description="A range up to now; defaults to 24h without since and until."),
]


def bounds(name: RangeName | None, since: int | None, until: int | None) -> tuple[int | None, int]:
    """Return the first and the last ms of a range; None for a range without a start."""
    if name is not None and (since is not None or until is not None):
        raise conflict("range", "cannot be combined with since or until")
    now = now_ms()
    if name == "all":
        return None, now
    if since is None and until is None:
        return now - RANGES_MS[name or "24h"], now
    until = max(since or 0, now) if until is None else until
    if since is not None and since > until:
        raise conflict("since", "must not be later than until")
    return None if since is None else min(since, END_MS), min(until, END_MS)


def now_ms() -> int:
    return time.time_ns() // 1_000_000
