"""Answer with the timeline: `/api/timeline`.

In: a range and filters. Out: a lane a session, with the states it was in and its tool calls, and in
each the lanes of its subagents. SQL stays in `views`.
"""

import time
from collections.abc import Sequence
from typing import Annotated, Final

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from queryd.http.errors import conflict
from queryd.http.openapi import REFUSED
from queryd.http.parameters import MAX_VALUES, Time, Values
from queryd.sessions.lane_rows import Lane, LaneFilter, Span
from queryd.sessions.read import Place
from queryd.sessions.read_timeline import HOUR_MS, lanes_page, life_of
from queryd.sessions.routes import Cursor, place_of, written
from queryd.store.fact import Status
from queryd.store.readers import Readers
from queryd.store.store import ViewReader

DEFAULT_MS: Final = 3 * HOUR_MS
LONGEST_MS: Final = 31 * 24 * HOUR_MS
LANES: Final = 200


class Timeline(msgspec.Struct, frozen=True):
    """Show what was in which state when; times are ms since the epoch."""

    since: int
    until: int
    """The last ms of the range."""
    now: int
    """When this was so: spans without an end last until then."""
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
    """Return the sessions that were alive in a range, with their states and calls.

    Without `since` it starts three hours before its end; with neither `since` nor `until`, but one
    `session_id`, it is that session's whole life. It spans 31 days at most; of one session, any
    time.
    """
    wanted = LaneFilter(
        session_id=tuple(session_id or ()),
        source_app=tuple(source_app or ()),
        model_name=tuple(model_name or ()),
        status=tuple(status or ()),
    )
    _refuse_impossible(since, until, wanted)
    after, now = place_of(cursor), time.time_ns() // 1_000_000

    def read(views: ViewReader) -> Timeline:
        span = _span(views, since, until, wanted, now)
        lanes, place = lanes_page(views, span, wanted, limit=limit, after=after, now=now)
        return Timeline(span.since, span.until, now, lanes, _cursor(place))

    return await readers.views(read)


def _refuse_impossible(since: int | None, until: int | None, wanted: LaneFilter) -> None:
    if since is None:
        return
    end = max(since, time.time_ns() // 1_000_000) if until is None else until
    if end < since:
        raise conflict("until", "it is before since")
    if end - since > LONGEST_MS and len(wanted.session_id) != 1:
        raise conflict("since", "it is over 31 days before until")


def _span(
    views: ViewReader, since: int | None, until: int | None, wanted: LaneFilter, now: int
) -> Span:
    if since is None and until is None and len(wanted.session_id) == 1:
        life = life_of(views, wanted.session_id[0], now=now)
        if life is not None:
            return life
    end = max(since or 0, now) if until is None else until
    return Span(max(0, end - DEFAULT_MS) if since is None else since, end)


def _cursor(place: Place | None) -> str | None:
    return None if place is None else written(place)
