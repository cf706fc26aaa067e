"""Answer how much of the account's limits is used, and when they will be reached: `/api/limits`.

In: what status lines reported. Out: each limit as of now. Once its window has ended a limit is
`expired`: its use in the next window is unknown until the next report.

When a limit is reached is estimated from its recent rate in the current window:

    rate = (used at the last sample − used at the first) / the time between them
    full at = time of the last sample + (100 % − used) / rate

over the samples of the last hour for the 5-hour limit, of the last day for all others. It is null
with fewer than 3 samples, with samples that span less than a sixth of that time, when use did not
grow, and when the window ends before.
"""

from collections.abc import Sequence
from typing import Final

import msgspec
from litestar import get
from litestar.di import NamedDependency

from queryd.http.openapi import REFUSED
from queryd.http.time_ranges import now_ms
from queryd.store.periods import DAY_MS, HOUR_MS
from queryd.store.readers import Readers
from queryd.store.store import ViewReader
from queryd.usage.limits import Limit, read_limits

FIVE_HOUR: Final = "five_hour"
SEVEN_DAY: Final = "seven_day"
RATE_SPAN_MS: Final = {FIVE_HOUR: HOUR_MS}
MIN_SAMPLES: Final = 3
MIN_SPAN_SHARE: Final = 6
FULL_PERCENT: Final = 100.0


class LimitRow(msgspec.Struct, frozen=True, kw_only=True):
    """Show how much of a limit is used; times are ms since the epoch, null is unknown."""

    name: str
    used_percent: float | None
    resets_at: int | None
    expired: bool
    """Its window has ended; use in the next window is unknown."""
    as_of: int
    reaches_full_at: int | None
    """At the current rate; null when it resets before that, or with too few samples."""
    session_id: str
    """The session whose status line reported it."""
    used_usd: float | None
    limit_usd: float | None


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Show all limits of the account; null where no status line reported one."""

    five_hour: LimitRow | None
    seven_day: LimitRow | None
    other: Sequence[LimitRow]
    as_of: int | None
    session_id: str | None
    """The session whose status line reported last."""


@get("/api/limits", responses=REFUSED)
async def show_limits(readers: NamedDependency[Readers]) -> Limits:
    """Return how much of the account's limits is used, and when they will be reached."""
    return await readers.views(lambda views: limits(views, now=now_ms()))


def limits(views: ViewReader, *, now: int) -> Limits:
    """Return all limits as of a time."""
    stored = read_limits(views)
    rows = {limit.name: limit_row(limit, now=now) for limit in stored}
    newest = max(stored, key=lambda limit: limit.as_of, default=None)
    return Limits(
        five_hour=rows.pop(FIVE_HOUR, None),
        seven_day=rows.pop(SEVEN_DAY, None),
        other=list(rows.values()),
        as_of=None if newest is None else newest.as_of,
        session_id=None if newest is None else newest.session_id,
    )


def limit_row(limit: Limit, *, now: int) -> LimitRow:
    """Return one limit as of a time."""
    expired = limit.resets_at is not None and limit.resets_at <= now
    return LimitRow(
        name=limit.name,
        used_percent=None if expired else limit.used_percent,
        resets_at=limit.resets_at,
        expired=expired,
        as_of=limit.as_of,
        reaches_full_at=None if expired else reaches_full_at(limit),
        session_id=limit.session_id,
        used_usd=limit.used_usd,
        limit_usd=limit.limit_usd,
    )


def reaches_full_at(limit: Limit) -> int | None:
    """Return when a limit will be reached at its recent rate; null as described above."""
    if limit.used_percent >= FULL_PERCENT:
        return next(sample.at for sample in limit.samples if sample.used >= FULL_PERCENT)
    rate_span_ms = RATE_SPAN_MS.get(limit.name, DAY_MS)
    recent = [sample for sample in limit.samples if sample.at >= limit.as_of - rate_span_ms]
    if len(recent) < MIN_SAMPLES:
        return None
    span_ms, grown = limit.as_of - recent[0].at, limit.used_percent - recent[0].used
    if span_ms * MIN_SPAN_SHARE < rate_span_ms or grown <= 0:
        return None
    at = limit.as_of + round((FULL_PERCENT - limit.used_percent) * span_ms / grown)
    return None if limit.resets_at is not None and at >= limit.resets_at else at
