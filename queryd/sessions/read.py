"""Answer what is asked of sessions out of the views: pages of them, one, and what one holds.

In: a ViewReader and what is asked for. Out: rows of the API, newest first, with a cursor for the
next page. A page is found by indexes alone, however many years the log holds.
"""

import heapq
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Annotated, Any, Final, get_args

import msgspec

from queryd.calls.fold import COLUMNS as CALL_COLUMNS
from queryd.calls.fold import call_of
from queryd.sessions.fold import QUIET_ASKING_MS, agent_of, session_of
from queryd.sessions.rows import (
    AgentRow,
    CallRow,
    FileRow,
    SessionRow,
    TurnRow,
    agent_row,
    call_row,
    session_row,
)
from queryd.sessions.turns import COLUMNS as TURN_COLUMNS
from queryd.sessions.turns import Turn
from queryd.store.fact import MAIN, Outcome, Status
from queryd.store.store import Value, ViewReader
from queryd.usage.read_figures import figures_of

ACTIVE_MS: Final = 24 * 3_600_000
AGENTS_SHOWN: Final = 20
MOST_QUERIES: Final = 64
"""A page of sessions is merged from one query a combination of filter values; past this many
combinations one query tests them all."""
STATUSES: Final[tuple[Status, ...]] = get_args(Status)


class SessionFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Name the sessions wanted; an empty tuple and None mean "no matter".

    `since` and `until` bound the time of the last event, in ms since the epoch, both included.
    """

    status: tuple[Status, ...] = ()
    source_app: tuple[str, ...] = ()
    without_source_app: tuple[str, ...] = ()
    model_name: tuple[str, ...] = ()
    since: int | None = None
    until: int | None = None


class CallFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Name the calls wanted of a session; an empty tuple means "no matter".

    An empty `agent_id` is the main thread, an empty `prompt_id` that of calls which name none.
    """

    tool_name: tuple[str, ...] = ()
    outcome: tuple[Outcome, ...] = ()
    prompt_id: tuple[str, ...] = ()
    agent_id: tuple[str, ...] = ()


class Place(msgspec.Struct, frozen=True, array_like=True):
    """Say where a page ended: all that follows is older than this."""

    at: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
    id: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


def sessions_page(
    views: ViewReader, wanted: SessionFilter, *, limit: int, after: Place | None, now: int
) -> tuple[list[SessionRow], Place | None]:
    """Return the sessions that match, the last seen first, and the place after them."""
    with views.snapshot():
        found = list(_merged(views, wanted, limit=limit + 1, after=after, now=now))
        rows = _rows(
            views, [(process_ended, state) for *_, process_ended, state in found[:limit]], now=now
        )
    return rows, Place(*found[limit - 1][:2]) if len(found) > limit else None


def active(now: int) -> SessionFilter:
    """Return the filter of sessions that are alive: not ended, and seen in the last day."""
    alive: tuple[Status, ...] = tuple(it for it in STATUSES if it != "ended")
    return SessionFilter(status=alive, since=now - ACTIVE_MS)


def one_session(views: ViewReader, session_id: str, *, now: int) -> SessionRow | None:
    """Return one session; None when there is none of that id."""
    found = views.fetch(
        "SELECT process_ended, state FROM sessions WHERE session_id = ?", (session_id,)
    )
    return next(iter(_rows(views, found, now=now)), None)


def titles_of(views: ViewReader, session_ids: Sequence[str]) -> dict[str, str | None]:
    """Return the titles of sessions by their ids, without those that are not known."""
    rows = views.fetch(
        "SELECT state FROM sessions WHERE session_id IN (SELECT value FROM json_each(?))",
        (msgspec.json.encode(session_ids).decode(),),
    )
    return {it.session_id: it.title for it in (session_of(state) for (state,) in rows)}


def changed_sessions(
    views: ViewReader, after: Place, *, active_after: int, limit: int, now: int
) -> tuple[list[SessionRow], Place]:
    """Return recently active sessions that changed after a place, and the place after them.

    A place is a revision and a rowid here.
    """
    with views.snapshot():
        found = views.fetch(
            """
            SELECT revision, id, last_event_at > ?, process_ended, state FROM sessions
            WHERE (revision, id) > (?, ?) ORDER BY revision, id LIMIT ?
            """,
            (active_after, after.at, after.id, limit),
        )
        recent = [
            (process_ended, state) for _, _, is_recent, process_ended, state in found if is_recent
        ]
        rows = _rows(views, recent, now=now)
    return rows, Place(*found[-1][:2]) if found else after


def quieted_sessions(views: ViewReader, since: int, now: int) -> list[SessionRow]:
    """Return sessions that fell silent between two times, ms since the epoch."""
    with views.snapshot():
        found = views.fetch(
            "SELECT process_ended, state FROM sessions"
            " WHERE quiet_at > ? AND quiet_at <= ? LIMIT 1000",
            (since, now),
        )
        return _rows(views, found, now=now)


def last_revision(views: ViewReader) -> tuple[int, int]:
    """Return which views these are, and the newest revision of any session in them."""
    ((made, revision),) = views.fetch(
        "SELECT application_id, (SELECT ifnull(max(revision), 0) FROM sessions)"
        " FROM pragma_application_id"
    )
    return made, revision


def agents_page(
    views: ViewReader, session_id: str, *, limit: int, after: Place | None, now: int
) -> tuple[list[AgentRow], Place | None]:
    """Return a session's subagents, the last seen first."""
    at = after or _END
    process_ended = any(it for (it,) in views.fetch(_PROCESS_ENDED, (session_id,)))
    found = views.fetch(
        """
        SELECT last_event_at, id, state FROM agents
        WHERE session_id = ? AND (last_event_at, id) < (?, ?)
        ORDER BY last_event_at DESC, id DESC LIMIT ?
        """,
        (session_id, at.at, at.id, limit + 1),
    )
    agents = [agent_of(state) for *_, state in found[:limit]]
    figures = figures_of(views, [(session_id, agent.agent_id) for agent in agents])
    rows = [
        agent_row(
            it, now=now, process_ended=process_ended, figures=figures[session_id, it.agent_id]
        )
        for it in agents
    ]
    return rows, _next(found, limit)


def calls_page(
    views: ViewReader, session_id: str, wanted: CallFilter, *, limit: int, after: Place | None
) -> tuple[list[CallRow], Place | None]:
    """Return a session's tool calls, newest first."""
    conditions, values = _conditions(wanted)
    found = views.fetch(
        f"""
        SELECT {CALL_COLUMNS} FROM calls WHERE session_id = ? AND id < ? {conditions}
        ORDER BY +id DESC LIMIT ?
        """,
        (session_id, (after or _END).id, *values, limit + 1),
    )
    rows = [call_row(call_of(row)) for row in found[:limit]]
    return rows, Place(rows[-1].started_at, rows[-1].id) if len(found) > limit else None


def files_page(
    views: ViewReader, session_id: str, *, limit: int, after: str | None
) -> tuple[list[FileRow], str | None]:
    """Return the files that a session touched, by path."""
    found = views.fetch(
        """
        SELECT path, read_count, write_count, edit_count, lines_added, lines_removed, created,
            last_touched_at, last_event_id
        FROM files WHERE session_id = ? AND path > ? ORDER BY path LIMIT ?
        """,
        (session_id, after or "", limit + 1),
    )
    rows = [
        FileRow(
            **{**dict(zip(FileRow.__struct_fields__, row, strict=True)), "created": bool(row[6])}
        )
        for row in found[:limit]
    ]
    return rows, rows[-1].path if len(found) > limit else None


def turns_page(
    views: ViewReader, session_id: str, *, limit: int, after: Place | None
) -> tuple[list[TurnRow], Place | None]:
    """Return a session's turns, newest first, with the number of calls in each.

    By their time, not by the log's order: backfilled turns stand in their place.
    """
    at = after or _END
    found = views.fetch(
        f"""
        SELECT {TURN_COLUMNS} FROM turns WHERE session_id = ? AND (started_at, id) < (?, ?)
        ORDER BY started_at DESC, id DESC LIMIT ?
        """,
        (session_id, at.at, at.id, limit + 1),
    )
    turns = [Turn(**dict(zip(Turn.__struct_fields__, row, strict=True))) for row in found[:limit]]
    counts = {
        prompt_id: (count, failed)
        for prompt_id, count, failed in views.fetch(
            _CALLS_OF_TURNS,
            (session_id, msgspec.json.encode([turn.prompt_id for turn in turns]).decode()),
        )
    }
    rows = [_turn(turn, *counts.get(turn.prompt_id, (0, 0))) for turn in turns]
    return rows, Place(rows[-1].started_at, rows[-1].id) if len(found) > limit else None


def _merged(
    views: ViewReader, wanted: SessionFilter, *, limit: int, after: Place | None, now: int
) -> Iterator[tuple[Any, ...]]:
    """Merge, newest first, the answers for each combination of values: each has its index."""
    states = [it for status in dict.fromkeys(wanted.status) for it in _stored(status, now)]
    apps = [_equal("source_app", value) for value in dict.fromkeys(wanted.source_app)]
    models = [_equal("model_name", value) for value in dict.fromkeys(wanted.model_name)]
    states, apps, models = (them or [("TRUE", ())] for them in (states, apps, models))
    combinations = list(product(states, apps, models))
    if len(combinations) > MOST_QUERIES:
        combinations = [(_any(states), _any(apps), _any(models))]
    sql, values = _without(wanted.without_source_app)
    at = after or _END
    bounds = (wanted.since or 0, wanted.until if wanted.until is not None else _END.at)
    found = [
        views.fetch(
            f"""
            SELECT last_event_at, id, process_ended, state FROM sessions
            WHERE {" AND ".join(condition for condition, _ in parts)}
            AND {sql} AND (last_event_at, id) < (?, ?) AND last_event_at BETWEEN ? AND ?
            ORDER BY last_event_at DESC, id DESC LIMIT ?
            """,
            (
                *(value for _, of_part in parts for value in of_part),
                *values,
                *(at.at, at.id, *bounds, limit),
            ),
        )
        for parts in combinations
    ]
    merged = heapq.merge(*found, key=lambda row: (-row[0], -row[1]))
    return (row for row, _ in zip(merged, range(limit), strict=False))


_Condition = tuple[str, tuple[Value, ...]]


def _stored(status: Status, now: int) -> list[_Condition]:
    """Return conditions on what is stored, one of which holds for what shows as a status now."""
    match status:
        case "ended":
            return [("status = 'ended' AND NOT process_ended", ()), ("process_ended", ())]
        case "quiet":
            return [
                ("status = ? AND NOT process_ended AND quiet_at <= ?", (stored, now))
                for stored in ("working", "needs_permission", "needs_input")
            ]
        case "working" | "needs_permission" | "needs_input":
            # Those seen longer ago are quiet; the index has the time, not the quiet.
            condition = "status = ? AND NOT process_ended AND quiet_at > ? AND last_event_at > ?"
            return [(condition, (status, now, now - QUIET_ASKING_MS))]
        case _:
            return [("status = ? AND NOT process_ended", (status,))]


def _equal(column: str, value: str) -> _Condition:
    return f"{column} = ?", (value,)


def _without(refused: tuple[str, ...]) -> _Condition:
    if not refused:
        return "TRUE", ()
    return f"ifnull(source_app, '') NOT IN ({', '.join('?' * len(refused))})", refused


def _any(conditions: Sequence[_Condition]) -> _Condition:
    either = " OR ".join(f"({condition})" for condition, _ in conditions)
    return f"({either})", tuple(value for _, values in conditions for value in values)


def _conditions(wanted: CallFilter) -> tuple[str, list[Value]]:
    sql = ""
    values: list[Value] = []
    for column in wanted.__struct_fields__:
        given = getattr(wanted, column)
        if given:
            value = "ifnull(prompt_id, '')" if column == "prompt_id" else column
            sql += f" AND {value} IN ({', '.join('?' * len(given))})"
            values += given
    return sql, values


def _rows(views: ViewReader, found: Sequence[tuple[Any, ...]], *, now: int) -> list[SessionRow]:
    """Return the rows of sessions, given `process_ended` and `state` of each."""
    held = [(bool(process_ended), session_of(state)) for process_ended, state in found]
    agents = {
        session.session_id: [
            agent_of(it) for (it,) in views.fetch(_AGENTS, (session.session_id, AGENTS_SHOWN))
        ]
        for _, session in held
        if session.agent_count
    }
    keys = [(session.session_id, MAIN) for _, session in held]
    keys += [(agent.session_id, agent.agent_id) for them in agents.values() for agent in them]
    figures = figures_of(views, keys) if keys else {}
    return [
        session_row(
            session,
            agents.get(session.session_id, []),
            now=now,
            process_ended=process_ended,
            figures=figures,
        )
        for process_ended, session in held
    ]


def _turn(turn: Turn, tool_count: int, failure_count: int) -> TurnRow:
    return TurnRow(
        id=turn.id,
        prompt_id=turn.prompt_id,
        kind=turn.kind,
        prompt=turn.prompt,
        answer=turn.answer,
        outcome=turn.outcome,
        started_at=turn.started_at,
        ended_at=turn.ended_at,
        tool_count=tool_count,
        failure_count=failure_count,
        last_event_id=turn.last_event_id,
    )


def _next(found: Sequence[tuple[Any, ...]], limit: int) -> Place | None:
    return Place(*found[limit - 1][:2]) if len(found) > limit else None


_END: Final = Place(2**63 - 1, 2**63 - 1)
_PROCESS_ENDED: Final = "SELECT process_ended FROM sessions WHERE session_id = ?"
_AGENTS: Final = """
    SELECT state FROM agents WHERE session_id = ? ORDER BY last_event_at DESC, id DESC LIMIT ?
"""
_CALLS_OF_TURNS: Final = """
    SELECT prompt_id, count(*), sum(outcome = 'failed') FROM calls
    WHERE session_id = ? AND prompt_id IN (SELECT value FROM json_each(?)) GROUP BY prompt_id
"""
