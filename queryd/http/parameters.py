"""Read what a request asks for out of its query string; refuse what is impossible.

In: query parameters. Out: a Filter, and the types of the others for handlers and OpenAPI.
Names that no route has are refused before (`parameter_check`).
"""

from typing import Annotated, Final

from litestar import Request
from litestar.datastructures import State
from litestar.params import QueryParameter

from queryd.store.fact import MAX_ID
from shared.filter import Filter

LATEST_MS: Final = 8_640_000_000_000_000
"""The last moment that JavaScript's dates know, and that ingestd takes."""
AT_LEAST_ZERO: Final = {"minimum": 0}
"""Litestar checks `ge=0` and leaves it out of the document."""
MOST_VALUES: Final = 100
"""SQLite's expressions are at most 1,000 deep."""

Plain = Request[None, None, State]
Values = Annotated[
    list[str] | None,
    QueryParameter(
        max_items=MOST_VALUES, description="Any of these values; repeat it for several."
    ),
]
Without = Annotated[
    list[str] | None,
    QueryParameter(
        max_items=MOST_VALUES, description="None of these values; repeat it for several."
    ),
]
Time = Annotated[
    int | None,
    QueryParameter(
        ge=0,
        le=LATEST_MS,
        schema_extra=AT_LEAST_ZERO,
        description="ms since the epoch, included.",
    ),
]
RowId = Annotated[
    int | None,
    QueryParameter(ge=0, le=MAX_ID, schema_extra=AT_LEAST_ZERO, description="A rowid, excluded."),
]
Limit = Annotated[int, QueryParameter(ge=1, le=1000, description="How many at the most.")]


async def read_filter(
    session_id: Values = None,
    event_type: Values = None,
    tool_name: Values = None,
    source_app: Values = None,
    agent_id: Values = None,
    since: Time = None,
    until: Time = None,
) -> Filter:
    """Return the filter that a request's parameters spell."""
    return Filter(
        session_id=tuple(session_id or ()),
        event_type=tuple(event_type or ()),
        tool_name=tuple(tool_name or ()),
        source_app=tuple(source_app or ()),
        agent_id=tuple(agent_id or ()),
        since=since,
        until=until,
    )
