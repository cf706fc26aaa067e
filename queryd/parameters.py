"""Read what a request asks for out of its query string; refuse what is unknown or impossible.

In: query parameters. Out: a Filter, a Query, and the types of the others for handlers and OpenAPI.
"""

from collections.abc import Iterable
from typing import Annotated, Final

from litestar import Request
from litestar.datastructures import State
from litestar.params import QueryParameter

from queryd.search.query import Query, parse
from shared.errors import Refusal
from shared.filter import Filter

MAX_ID: Final = 2**63 - 1
FILTERS: Final = frozenset(Filter.__struct_fields__)
SEARCH: Final = FILTERS | {"q"}

Plain = Request[None, None, State]
Values = Annotated[
    list[str] | None, QueryParameter(description="Any of these values; repeat it for several.")
]
Without = Annotated[
    list[str] | None,
    QueryParameter(description="None of these values; repeat it for several."),
]
Time = Annotated[
    int | None, QueryParameter(ge=0, le=MAX_ID, description="ms since the epoch, included.")
]
RowId = Annotated[int | None, QueryParameter(ge=0, le=MAX_ID, description="A rowid, excluded.")]
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


async def read_query(
    q: Annotated[
        str | None,
        QueryParameter(
            description='What to search for: words, "some words", pre*, -not, and fields: '
            "tool: session: type: project: agent: (that very value, or the beginning of one*), "
            "prompt: command: path: output: error: answer: other: (words of that text). "
            "All of it must be met."
        ),
    ] = None,
) -> Query:
    """Return the query that the parameter `q` spells; a blank one asks for nothing."""
    return parse(q or "")


def refuse_others(request: Plain, known: Iterable[str]) -> None:
    """Refuse what nobody reads: a misspelt filter that did nothing would look like an answer."""
    for name in request.query_params:
        if name not in known:
            raise Refusal(400, "unknown_parameter", f"{name}: no such parameter", name)
