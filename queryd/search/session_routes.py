"""Serve the search of sessions: `/api/sessions/search`."""

from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from queryd.http.openapi import REFUSED
from queryd.http.parameters import Limit, RowId
from queryd.http.time_ranges import now_ms
from queryd.search.find import END
from queryd.search.find_sessions import SessionMatchPage, find_sessions, parse_session_query
from queryd.search.query import QUERY_CHARS
from queryd.sessions.read import SessionFilter
from queryd.store.readers import Readers
from shared.errors import Refusal


@get("/api/sessions/search", responses=REFUSED)
async def search_sessions(
    readers: NamedDependency[Readers],
    session_filter: NamedDependency[SessionFilter],
    q: Annotated[
        str,
        QueryParameter(
            min_length=1,
            max_length=QUERY_CHARS,
            description="Search terms as for `/api/events`; words are looked for in prompts and"
            " answers.",
        ),
    ],
    limit: Limit = 20,
    before: RowId = None,
) -> SessionMatchPage:
    """Return the sessions whose prompts or answers match, the newest match first.

    `since` and `until` bound the time of the match.
    """
    if not q.strip():
        raise Refusal(400, "invalid_query", "q: nothing to search for", "q")
    query = parse_session_query(q)
    now = now_ms()
    return await readers.search(
        lambda log, views, text: find_sessions(
            log,
            views,
            text,
            query,
            session_filter,
            limit=limit,
            before=END if before is None else before,
            now=now,
        )
    )
