"""The query parameters that routes share, as types for handlers and OpenAPI."""

from typing import Annotated, Final, Literal

from litestar import Request
from litestar.datastructures import State
from litestar.params import QueryParameter

from queryd.store.fact import MAX_ID
from shared.filter import Filter

LATEST_MS: Final = 8_640_000_000_000_000
"""The latest time of JavaScript's dates, and that ingestd accepts."""
AT_LEAST_ZERO: Final = {"minimum": 0}
"""Litestar checks `ge=0` and omits it from the document."""
OFFSET_STEP_MINUTES: Final = 15
"""Time zones differ from UTC by multiples of a quarter of an hour."""
MAX_VALUES: Final = 100
"""SQLite's expressions are at most 1,000 deep."""

Plain = Request[None, None, State]
Values = Annotated[
    list[str] | None,
    QueryParameter(
        max_items=MAX_VALUES, description="Any of these values; repeat the parameter for several."
    ),
]
Without = Annotated[
    list[str] | None,
    QueryParameter(
        max_items=MAX_VALUES, description="None of these values; repeat the parameter for several."
    ),
]
Time = Annotated[
    int | None,
    QueryParameter(
        ge=0,
        le=LATEST_MS,
        schema_extra=AT_LEAST_ZERO,
        description="ms since the epoch, inclusive.",
    ),
]
UtcOffset = Annotated[
    int,
    QueryParameter(
        ge=-14 * 60,
        le=14 * 60,
        multiple_of=OFFSET_STEP_MINUTES,
        description="By how much local time is ahead of UTC: days start at its midnight.",
    ),
]
RowId = Annotated[
    int | None,
    QueryParameter(ge=0, le=MAX_ID, schema_extra=AT_LEAST_ZERO, description="A rowid, exclusive."),
]
Fields = Annotated[
    Literal["all", "line"],
    QueryParameter(
        description="`line`: what a row shows of each event (`EventLine`), without its payload."
    ),
]
Limit = Annotated[int, QueryParameter(ge=1, le=1000, description="The maximum number of items.")]


async def read_filter(
    session_id: Values = None,
    event_type: Values = None,
    tool_name: Values = None,
    source_app: Values = None,
    agent_id: Values = None,
    since: Time = None,
    until: Time = None,
) -> Filter:
    return Filter(
        session_id=tuple(session_id or ()),
        event_type=tuple(event_type or ()),
        tool_name=tuple(tool_name or ()),
        source_app=tuple(source_app or ()),
        agent_id=tuple(agent_id or ()),
        since=since,
        until=until,
    )
