"""Read a range of time out of a request: a named one up to now, or two ends.

In: query parameters. Out: ms since the epoch. An impossible one is refused.
"""

import time
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, Literal

from litestar.params import QueryParameter

from queryd.http.errors import conflict

HOUR_MS: Final = 3_600_000
RANGES_MS: Final = {
    "1h": HOUR_MS,
    "24h": 24 * HOUR_MS,
    "7d": 7 * 24 * HOUR_MS,
    "30d": 30 * 24 * HOUR_MS,
}
END_MS: Final = round((datetime.max.replace(tzinfo=UTC) - timedelta(days=2)).timestamp()) * 1000
"""Where figures end: what is later has no date in any time zone."""

RangeName = Literal["1h", "24h", "7d", "30d", "all"]
Range = Annotated[
    RangeName | None,
    QueryParameter(description="The time up to now; 24h without since and until."),
]


def bounds(name: RangeName | None, since: int | None, until: int | None) -> tuple[int | None, int]:
    """Return the first and the last ms of a range; None: from the first that is known."""
    if name is not None and (since is not None or until is not None):
        raise conflict("range", "not together with since or until")
    now = now_ms()
    if name == "all":
        return None, now
    if since is None and until is None:
        return now - RANGES_MS[name or "24h"], now
    until = max(since or 0, now) if until is None else until
    if since is not None and since > until:
        raise conflict("since", "later than until")
    return None if since is None else min(since, END_MS), min(until, END_MS)


def now_ms() -> int:
    """Return the time, in ms since the epoch."""
    return time.time_ns() // 1_000_000
