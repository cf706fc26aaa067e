"""Answer questions about sessions: `/api/sessions`, `/active`, `/{id}` and what one holds.

In: parameters. Out: pages of rows, each with the cursor of the next. SQL stays in `views`.
"""

import re
import time
from collections.abc import Callable, Sequence
from typing import Annotated, Final, TypeVar

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from queryd.http.openapi import MISSING, REFUSED
from queryd.http.parameters import MAX_VALUES, Limit, Time, Values, Without
from queryd.sessions.read import (
    CallFilter,
    Place,
    SessionFilter,
    active,
    agents_page,
    calls_page,
    files_page,
    one_session,
    sessions_page,
    turns_page,
)
from queryd.sessions.rows import AgentRow, CallRow, FileRow, SessionRow, TurnRow
from queryd.store.fact import Outcome, Status
from queryd.store.readers import Readers
from queryd.store.store import ViewReader
from shared.errors import Refusal

T = TypeVar("T")

CURSOR: Final = re.compile(r"^[0-9]{1,18}\.[0-9]{1,18}$", re.ASCII)
Cursor = Annotated[
    str | None,
    QueryParameter(
        schema_extra={"pattern": CURSOR.pattern},
        description="What `next` of the page before said.",
    ),
]
PathCursor = Annotated[
    str | None,
    QueryParameter(description="What `next` of the page before said.", max_length=5_000),
]


class SessionPage(msgspec.Struct, frozen=True):
    """List sessions, the last seen first; `next` asks for more, null at the end."""

    sessions: Sequence[SessionRow]
    next: str | None


class AgentPage(msgspec.Struct, frozen=True):
    """List a session's subagents, the last seen first."""

    agents: Sequence[AgentRow]
    next: str | None


class CallPage(msgspec.Struct, frozen=True):
    """List a session's tool calls, newest first."""

    calls: Sequence[CallRow]
    next: str | None


class FilePage(msgspec.Struct, frozen=True):
    """List the files a session touched, by path."""

    files: Sequence[FileRow]
    next: str | None


class TurnPage(msgspec.Struct, frozen=True):
    """List a session's turns, newest first."""

    turns: Sequence[TurnRow]
    next: str | None


class SessionDetail(msgspec.Struct, frozen=True):
    """Show one session with the first page of all it holds.

    The `next` of each goes on at `/api/sessions/{id}/agents`, `/calls`, `/files`, `/turns`.
    """

    session: SessionRow
    agents: AgentPage
    calls: CallPage
    files: FilePage
    turns: TurnPage


@get("/api/sessions", responses=REFUSED)
async def list_sessions(
    readers: NamedDependency[Readers],
    status: Annotated[
        list[Status] | None,
        QueryParameter(max_items=MAX_VALUES, description="Any of these; repeat it for several."),
    ] = None,
    source_app: Values = None,
    without_source_app: Without = None,
    model_name: Values = None,
    since: Time = None,
    until: Time = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> SessionPage:
    """Return the sessions that match; `since` and `until` bound the time of the last event."""
    wanted = SessionFilter(
        status=tuple(status or ()),
        source_app=tuple(source_app or ()),
        without_source_app=tuple(without_source_app or ()),
        model_name=tuple(model_name or ()),
        since=since,
        until=until,
    )
    return await readers.views(_sessions(wanted, limit, place_of(cursor)))


@get("/api/sessions/active", responses=REFUSED)
async def list_active_sessions(
    readers: NamedDependency[Readers],
    without_source_app: Without = None,
    limit: Limit = 500,
    cursor: Cursor = None,
) -> SessionPage:
    """Return the sessions that are alive: not ended, and seen within the last day."""
    wanted = msgspec.structs.replace(
        active(_now()), without_source_app=tuple(without_source_app or ())
    )
    return await readers.views(_sessions(wanted, limit, place_of(cursor)))


@get("/api/sessions/{session_id:str}", responses=MISSING)
async def get_session(
    readers: NamedDependency[Readers],
    session: NamedDependency[str],
    limit: Limit = 100,
) -> SessionDetail:
    """Return one session with the first page of its agents, tool calls, files and turns."""
    now = _now()

    def read(views: ViewReader) -> SessionDetail:
        with views.snapshot():
            return SessionDetail(
                _known(one_session(views, session, now=now), session),
                AgentPage(*_cut(agents_page(views, session, limit=limit, after=None, now=now))),
                CallPage(*_cut(calls_page(views, session, CallFilter(), limit=limit, after=None))),
                FilePage(*files_page(views, session, limit=limit, after=None)),
                TurnPage(*_cut(turns_page(views, session, limit=limit, after=None))),
            )

    return await readers.views(read)


@get("/api/sessions/{session_id:str}/agents", responses=MISSING)
async def list_agents(
    readers: NamedDependency[Readers],
    session: NamedDependency[str],
    limit: Limit = 100,
    cursor: Cursor = None,
) -> AgentPage:
    """Return a session's subagents."""
    after, now = place_of(cursor), _now()
    return AgentPage(
        *_cut(
            await readers.views(
                _of_known(
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
        list[Outcome] | None,
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
            max_items=MAX_VALUES, description="Any of these; empty for the main thread's own."
        ),
    ] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> CallPage:
    """Return a session's tool calls; those of one turn have its `prompt_id`."""
    wanted = CallFilter(
        tool_name=tuple(tool_name or ()),
        outcome=tuple(outcome or ()),
        prompt_id=tuple(prompt_id or ()),
        agent_id=tuple(agent_id or ()),
    )
    after = place_of(cursor)
    return CallPage(
        *_cut(
            await readers.views(
                _of_known(
                    session,
                    lambda views: calls_page(views, session, wanted, limit=limit, after=after),
                )
            )
        )
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
            _of_known(
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
    after = place_of(cursor)
    return TurnPage(
        *_cut(
            await readers.views(
                _of_known(
                    session,
                    lambda views: turns_page(views, session, limit=limit, after=after),
                )
            )
        )
    )


def _sessions(
    wanted: SessionFilter, limit: int, after: Place | None
) -> Callable[[ViewReader], SessionPage]:
    now = _now()
    return lambda views: SessionPage(
        *_cut(sessions_page(views, wanted, limit=limit, after=after, now=now))
    )


def _of_known(session_id: str, read: Callable[[ViewReader], T]) -> Callable[[ViewReader], T]:
    """Read what a session holds; refuse an unknown one."""

    def known(views: ViewReader) -> T:
        with views.snapshot():
            _known(one_session(views, session_id, now=0), session_id)
            return read(views)

    return known


def _known(session: SessionRow | None, session_id: str) -> SessionRow:
    if session is None:
        raise Refusal(404, "not_found", f"there is no session {session_id}", "session_id")
    return session


def _cut(page: tuple[list[T], Place | None]) -> tuple[list[T], str | None]:
    """Write the place where a page ends as a cursor."""
    rows, place = page
    return rows, None if place is None else written(place)


def written(place: Place) -> str:
    """Write a place as a cursor."""
    return f"{place.at}.{place.id}"


def place_of(cursor: str | None) -> Place | None:
    """Read a cursor."""
    if cursor is None:
        return None
    if not CURSOR.fullmatch(cursor):
        raise Refusal(
            400, "invalid_parameter", "cursor: it is not one of a page of this list", "cursor"
        )
    at, _, number = cursor.partition(".")
    return Place(int(at), int(number))


def _now() -> int:
    return time.time_ns() // 1_000_000
