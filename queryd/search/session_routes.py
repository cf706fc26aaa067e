"""Serve the search of sessions: `/api/sessions/search`."""

from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from queryd.http.openapi import REFUSED
from queryd.http.parameters import MAX_VALUES, Limit, RowId, Time, Values, Without
from queryd.http.time_ranges import now_ms
from queryd.search.find import END
from queryd.search.find_sessions import SessionMatchPage, find_sessions, parse_session_query
from queryd.search.query import QUERY_CHARS
from queryd.sessions.read import SessionFilter
from queryd.store.fact import Status
from queryd.store.readers import Readers
from shared.errors import Refusal


@get("/api/sessions/search", responses=REFUSED)
async def search_sessions(
    readers: NamedDependency[Readers],
    q: Annotated[
        str,
        QueryParameter(
            min_length=1,
            max_length=QUERY_CHARS,
            description="Search terms as for `/api/events`; words are looked for in prompts and"
            " answers.",
        ),
    ],
    status: Annotated[
        list[Status] | None,
        QueryParameter(max_items=MAX_VALUES, description="Any of these; repeat it for several."),
    ] = None,
    source_app: Values = None,
    without_source_app: Without = None,
    model_name: Values = None,
    since: Time = None,
    until: Time = None,
    limit: Limit = 20,
    before: RowId = None,
) -> SessionMatchPage:
    """Return the sessions whose prompts or answers match, the newest match first.

    `since` and `until` bound the time of the match.
    """
    if not q.strip():
        raise Refusal(400, "invalid_query", "q: nothing to search for", "q")
    query = parse_session_query(q)
    filters = SessionFilter(
        status=tuple(status or ()),
        source_app=tuple(source_app or ()),
        without_source_app=tuple(without_source_app or ()),
        model_name=tuple(model_name or ()),
        since=since,
        until=until,
    )
    now = now_ms()
    return await readers.search(
        lambda log, views, text: find_sessions(
            log,
            views,
            text,
            query,
            filters,
            limit=limit,
            before=END if before is None else before,
            now=now,
        )
    )
