"""The route of the timeline: `/api/timeline`."""

from collections.abc import Sequence
from typing import Annotated, Final

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from queryd.http.errors import conflict
from queryd.http.openapi import REFUSED
from queryd.http.parameters import MAX_VALUES, Time, Values
from queryd.http.time_ranges import now_ms
from queryd.sessions.lane_rows import Lane, LaneFilter, TimeRange
from queryd.sessions.paging import cursor_of, position_of
from queryd.sessions.read_timeline import lanes_page, lifetime_of
from queryd.sessions.routes import Cursor
from queryd.store.fact import Status
from queryd.store.periods import HOUR_MS
from queryd.store.readers import Readers
from queryd.store.store import ViewReader

DEFAULT_RANGE_MS: Final = 3 * HOUR_MS
MAX_RANGE_MS: Final = 31 * 24 * HOUR_MS
LANES: Final = 200


class Timeline(msgspec.Struct, frozen=True):
    """The status of sessions over time; times are ms since the epoch."""

    since: int
    until: int
    """The last ms of the range."""
    now: int
    """The time of this answer: spans without an end last until then."""
    lanes: Sequence[Lane]
    """The last seen first."""
    next: str | None
    """The cursor of the next page; null at the end."""


@get("/api/timeline", responses=REFUSED)
async def show_timeline(
    readers: NamedDependency[Readers],
    since: Time = None,
    until: Time = None,
    session_id: Values = None,
    source_app: Values = None,
    model_name: Values = None,
    status: Annotated[
        list[Status] | None,
        QueryParameter(
            max_items=MAX_VALUES,
            description="In any of these at any time in the range; repeatable.",
        ),
    ] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=500, description="How many lanes.")] = LANES,
    cursor: Cursor = None,
) -> Timeline:
    """Return the sessions that were active in a range, with their statuses and calls.

    `since` defaults to three hours before the end; without `since` and `until`, a single
    `session_id` selects the whole session. The range is at most 31 days, unless there is a single
    `session_id`.
    """
    filters = LaneFilter(
        session_id=tuple(session_id or ()),
        source_app=tuple(source_app or ()),
        model_name=tuple(model_name or ()),
        status=tuple(status or ()),
    )
    _check_range(since, until, filters)
    after, now = position_of(cursor), now_ms()

    def read(views: ViewReader) -> Timeline:
        time_range = _range_of(views, since, until, filters, now)
        lanes, position = lanes_page(views, time_range, filters, limit=limit, after=after, now=now)
        return Timeline(time_range.since, time_range.until, now, lanes, cursor_of(position))

    return await readers.views(read)


def _check_range(since: int | None, until: int | None, filters: LaneFilter) -> None:
    if since is None:
        return
    end = max(since, now_ms()) if until is None else until
    if end < since:
        raise conflict("until", "it is before since")
    if end - since > MAX_RANGE_MS and len(filters.session_id) != 1:
        raise conflict("since", "it is over 31 days before until")


def _range_of(
    views: ViewReader, since: int | None, until: int | None, filters: LaneFilter, now: int
) -> TimeRange:
    if since is None and until is None and len(filters.session_id) == 1:
        lifetime = lifetime_of(views, filters.session_id[0], now=now)
        if lifetime is not None:
            return lifetime
    end = max(since or 0, now) if until is None else until
    return TimeRange(max(0, end - DEFAULT_RANGE_MS) if since is None else since, end)
