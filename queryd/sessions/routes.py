"""The routes of sessions: `/api/sessions`, `/active`, `/{id}` and what one holds."""

from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from queryd.http.openapi import MISSING, REFUSED
from queryd.http.parameters import (
    AT_LEAST_ZERO,
    LATEST_MS,
    MAX_VALUES,
    Limit,
    RowId,
    Values,
    Without,
)
from queryd.http.time_ranges import now_ms
from queryd.sessions.overview import SessionOverview, session_overview
from queryd.sessions.paging import CURSOR, PagePosition, cursor_of, position_of
from queryd.sessions.read import SessionFilter, active_sessions, one_session, sessions_page
from queryd.sessions.read_contents import (
    CallFilter,
    CallKind,
    CallKindCounts,
    agents_page,
    call_kind_counts,
    calls_page,
    files_page,
    turns_page,
)
from queryd.sessions.rows import AgentRow, CallRow, FileRow, SessionRow, TurnRow
from queryd.store.fact import CallOutcome
from queryd.store.readers import Readers
from queryd.store.store import ViewReader
from shared.errors import Refusal

T = TypeVar("T")

Cursor = Annotated[
    str | None,
    QueryParameter(
        schema_extra={"pattern": CURSOR.pattern},
        description="`next` of the previous page.",
    ),
]
PathCursor = Annotated[
    str | None,
    QueryParameter(description="`next` of the previous page.", max_length=5_000),
]


CallSince = Annotated[
    int | None,
    QueryParameter(
        ge=0,
        le=LATEST_MS,
        schema_extra=AT_LEAST_ZERO,
        description="Calls that ran at or after this time, ms since the epoch.",
    ),
]
CallUntil = Annotated[
    int | None,
    QueryParameter(
        ge=0,
        le=LATEST_MS,
        schema_extra=AT_LEAST_ZERO,
        description="Calls that started at or before this time, ms since the epoch.",
    ),
]


class SessionPage(msgspec.Struct, frozen=True):
    """Sessions, the last seen first; `next` is the cursor of the next page, null at the end."""

    sessions: Sequence[SessionRow]
    next: str | None


class AgentPage(msgspec.Struct, frozen=True):
    """A session's subagents, the last seen first."""

    agents: Sequence[AgentRow]
    next: str | None


class CallPage(msgspec.Struct, frozen=True):
    """A session's tool calls, newest first."""

    calls: Sequence[CallRow]
    next: str | None


class FilePage(msgspec.Struct, frozen=True):
    """The files a session touched, by path."""

    files: Sequence[FileRow]
    next: str | None


class TurnPage(msgspec.Struct, frozen=True):
    """A session's turns, newest first."""

    turns: Sequence[TurnRow]
    next: str | None


class SessionDetail(msgspec.Struct, frozen=True):
    """One session with the first page of each list it holds.

    The `next` of each is a cursor for `/api/sessions/{id}/agents`, `/calls`, `/files`, `/turns`.
    """

    session: SessionRow
    agents: AgentPage
    calls: CallPage
    files: FilePage
    turns: TurnPage


@get("/api/sessions", responses=REFUSED)
async def list_sessions(
    readers: NamedDependency[Readers],
    session_filter: NamedDependency[SessionFilter],
    limit: Limit = 100,
    cursor: Cursor = None,
) -> SessionPage:
    """Return the sessions that match; `since` and `until` bound the time of the last event."""
    return await readers.views(_sessions(session_filter, limit, position_of(cursor)))


@get("/api/sessions/active", responses=REFUSED)
async def list_active_sessions(
    readers: NamedDependency[Readers],
    without_source_app: Without = None,
    limit: Limit = 500,
    cursor: Cursor = None,
) -> SessionPage:
    """Return the active sessions: not ended, and seen within the last day."""
    filters = msgspec.structs.replace(
        active_sessions(now_ms()), without_source_app=tuple(without_source_app or ())
    )
    return await readers.views(_sessions(filters, limit, position_of(cursor)))


@get("/api/sessions/{session_id:str}", responses=MISSING)
async def get_session(
    readers: NamedDependency[Readers],
    session: NamedDependency[str],
    limit: Limit = 100,
) -> SessionDetail:
    """Return one session with the first page of its agents, tool calls, files and turns."""
    now = now_ms()

    def read(views: ViewReader) -> SessionDetail:
        with views.snapshot():
            return SessionDetail(
                _require(one_session(views, session, now=now), session),
                AgentPage(
                    *_with_cursor(agents_page(views, session, limit=limit, after=None, now=now))
                ),
                CallPage(
                    *_with_cursor(
                        calls_page(views, session, CallFilter(), limit=limit, after=None, now=now)
                    )
                ),
                FilePage(*files_page(views, session, limit=limit, after=None)),
                TurnPage(
                    *_with_cursor(turns_page(views, session, limit=limit, after=None, now=now))
                ),
            )

    return await readers.views(read)


@get("/api/sessions/{session_id:str}/overview", responses=MISSING)
async def show_overview(
    readers: NamedDependency[Readers], session: NamedDependency[str]
) -> SessionOverview:
    """Return how long a session worked and waited, what it changed, and how to resume it.

    Its transcript is looked for on this machine alone.
    """
    now = now_ms()
    overview = await readers.both(lambda log, views: session_overview(log, views, session, now=now))
    return _require(overview, session)


@get("/api/sessions/{session_id:str}/agents", responses=MISSING)
async def list_agents(
    readers: NamedDependency[Readers],
    session: NamedDependency[str],
    limit: Limit = 100,
    cursor: Cursor = None,
) -> AgentPage:
    """Return a session's subagents."""
    after, now = position_of(cursor), now_ms()
    return AgentPage(
        *_with_cursor(
            await readers.views(
                _of_session(
                    session,
                    lambda views: agents_page(views, session, limit=limit, after=after, now=now),
                )
            )
        )
    )


@get("/api/sessions/{session_id:str}/calls", responses=MISSING)
async def list_calls(
    readers: NamedDependency[Readers],
    session: NamedDependency[str],
    tool_name: Values = None,
    outcome: Annotated[
        list[CallOutcome] | None,
        QueryParameter(max_items=MAX_VALUES, description="Any of these; repeat it for several."),
    ] = None,
    prompt_id: Annotated[
        list[str] | None,
        QueryParameter(
            max_items=MAX_VALUES, description="Any of these; empty for calls that name no prompt."
        ),
    ] = None,
    agent_id: Annotated[
        list[str] | None,
        QueryParameter(
            max_items=MAX_VALUES, description="Any of these; empty for the main thread."
        ),
    ] = None,
    kind: Annotated[
        list[CallKind] | None,
        QueryParameter(
            max_items=MAX_VALUES,
            description="Calls of any of these kinds: failed, changes of files, asked the user.",
        ),
    ] = None,
    since: CallSince = None,
    until: CallUntil = None,
    changed_after: RowId = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> CallPage:
    """Return a session's tool calls; those of a turn have its `prompt_id`.

    `changed_after` is an event's id: only calls with an event after it are returned,
    and all that are still open.
    """
    filters = CallFilter(
        tool_name=tuple(tool_name or ()),
        outcome=tuple(outcome or ()),
        prompt_id=tuple(prompt_id or ()),
        agent_id=tuple(agent_id or ()),
        kind=tuple(kind or ()),
        since=since,
        until=until,
        changed_after=changed_after,
    )
    after, now = position_of(cursor), now_ms()
    return CallPage(
        *_with_cursor(
            await readers.views(
                _of_session(
                    session,
                    lambda views: calls_page(
                        views, session, filters, limit=limit, after=after, now=now
                    ),
                )
            )
        )
    )


@get("/api/sessions/{session_id:str}/call-kinds", responses=MISSING)
async def count_call_kinds(
    readers: NamedDependency[Readers],
    session: NamedDependency[str],
    since: CallSince = None,
    until: CallUntil = None,
) -> CallKindCounts:
    """Count a session's tool calls by kind."""
    filters = CallFilter(since=since, until=until)
    return await readers.views(
        _of_session(session, lambda views: call_kind_counts(views, session, filters))
    )


@get("/api/sessions/{session_id:str}/files", responses=MISSING)
async def list_files(
    readers: NamedDependency[Readers],
    session: NamedDependency[str],
    limit: Limit = 100,
    cursor: PathCursor = None,
) -> FilePage:
    """Return the files a session touched."""
    return FilePage(
        *await readers.views(
            _of_session(
                session,
                lambda views: files_page(views, session, limit=limit, after=cursor),
            )
        )
    )


@get("/api/sessions/{session_id:str}/turns", responses=MISSING)
async def list_turns(
    readers: NamedDependency[Readers],
    session: NamedDependency[str],
    limit: Limit = 100,
    cursor: Cursor = None,
) -> TurnPage:
    """Return a session's turns."""
    after, now = position_of(cursor), now_ms()
    return TurnPage(
        *_with_cursor(
            await readers.views(
                _of_session(
                    session,
                    lambda views: turns_page(views, session, limit=limit, after=after, now=now),
                )
            )
        )
    )


def _sessions(
    filters: SessionFilter, limit: int, after: PagePosition | None
) -> Callable[[ViewReader], SessionPage]:
    now = now_ms()
    return lambda views: SessionPage(
        *_with_cursor(sessions_page(views, filters, limit=limit, after=after, now=now))
    )


def _of_session(session_id: str, read: Callable[[ViewReader], T]) -> Callable[[ViewReader], T]:
    """Read what a session holds; refuse an unknown session."""

    def read_known(views: ViewReader) -> T:
        with views.snapshot():
            _require(one_session(views, session_id, now=0), session_id)
            return read(views)

    return read_known


def _require(found: T | None, session_id: str) -> T:
    if found is None:
        raise Refusal(404, "not_found", f"session {session_id} not found", "session_id")
    return found


def _with_cursor(page: tuple[list[T], PagePosition | None]) -> tuple[list[T], str | None]:
    rows, position = page
    return rows, cursor_of(position)
