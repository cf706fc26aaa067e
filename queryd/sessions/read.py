"""Read sessions: pages of them, one, and those that changed.

A page is stored by indexes alone, however many years the log holds.
"""

import heapq
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any, Final, get_args

import msgspec

from queryd.sessions.paging import START, PagePosition, next_position
from queryd.sessions.quiet import QUIET_ASKING_MS
from queryd.sessions.rows import (
    SessionRow,
    session_row,
)
from queryd.sessions.tables import agent_of, session_of
from queryd.store.conditions import json_list
from queryd.store.fact import MAIN, Status
from queryd.store.store import Value, ViewReader
from queryd.usage.read_figures import figures_of

ACTIVE_MS: Final = 24 * 3_600_000
AGENT_LIMIT: Final = 20
MAX_QUERIES: Final = 64
"""A page of sessions merges one query for each combination of filter values; with more
combinations than this, one query tests them all."""
STATUSES: Final[tuple[Status, ...]] = get_args(Status)


class SessionFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Filter sessions; an empty tuple and None match all.

    `since` and `until` bound the time of the last event, in ms since the epoch, both included.
    """

    status: tuple[Status, ...] = ()
    source_app: tuple[str, ...] = ()
    without_source_app: tuple[str, ...] = ()
    model_name: tuple[str, ...] = ()
    since: int | None = None
    until: int | None = None


def sessions_page(
    views: ViewReader,
    session_filter: SessionFilter,
    *,
    limit: int,
    after: PagePosition | None,
    now: int,
) -> tuple[list[SessionRow], PagePosition | None]:
    """Return the sessions that match, the last seen first, and the position after them."""
    with views.snapshot():
        stored = list(_merged(views, session_filter, limit=limit + 1, after=after, now=now))
        rows = _rows(
            views, [(process_ended, state) for *_, process_ended, state in stored[:limit]], now=now
        )
    return rows, next_position(stored, limit)


def active_sessions(now: int) -> SessionFilter:
    """Return the filter of active sessions: not ended, and seen in the last day."""
    statuses = tuple(status for status in STATUSES if status != "ended")
    return SessionFilter(status=statuses, since=now - ACTIVE_MS)


def one_session(views: ViewReader, session_id: str, *, now: int) -> SessionRow | None:
    """Return one session; None for an unknown id."""
    stored = views.fetch(
        "SELECT process_ended, state FROM sessions WHERE session_id = ?", (session_id,)
    )
    return next(iter(_rows(views, stored, now=now)), None)


def several_sessions(
    views: ViewReader, session_ids: Sequence[str], session_filter: SessionFilter, *, now: int
) -> dict[str, SessionRow]:
    """Return those of some sessions that a filter selects, whenever they were last seen."""
    with views.snapshot():
        stored = views.fetch(
            "SELECT process_ended, state FROM sessions"
            " WHERE session_id IN (SELECT value FROM json_each(?))",
            (json_list(session_ids),),
        )
        rows = _rows(views, stored, now=now)
    return {row.session_id: row for row in rows if _selects(session_filter, row)}


def titles_of(views: ViewReader, session_ids: Sequence[str]) -> dict[str, str | None]:
    """Return the titles of sessions by their ids, without unknown ids."""
    rows = views.fetch(
        "SELECT state FROM sessions WHERE session_id IN (SELECT value FROM json_each(?))",
        (json_list(session_ids),),
    )
    return {it.session_id: it.title for it in (session_of(state) for (state,) in rows)}


def changed_sessions(
    views: ViewReader, after: PagePosition, *, last_seen_after: int, limit: int, now: int
) -> tuple[list[SessionRow], PagePosition]:
    """Return recently seen sessions that changed after a position, and the position after them.

    Here `at` of a position is a revision.
    """
    with views.snapshot():
        stored = views.fetch(
            """
            SELECT revision, id, last_event_at > ?, process_ended, state FROM sessions
            WHERE (revision, id) > (?, ?) ORDER BY revision, id LIMIT ?
            """,
            (last_seen_after, after.at, after.id, limit),
        )
        recent = [
            (process_ended, state) for _, _, is_recent, process_ended, state in stored if is_recent
        ]
        rows = _rows(views, recent, now=now)
    return rows, PagePosition(*stored[-1][:2]) if stored else after


def quieted_sessions(views: ViewReader, since: int, now: int) -> list[SessionRow]:
    """Return sessions that became quiet between two times, ms since the epoch."""
    with views.snapshot():
        stored = views.fetch(
            "SELECT process_ended, state FROM sessions"
            " WHERE quiet_at > ? AND quiet_at <= ? LIMIT 1000",
            (since, now),
        )
        return _rows(views, stored, now=now)


def last_revision(views: ViewReader) -> tuple[int, int]:
    """Return the id of these views, and the newest revision of any session in them."""
    ((views_id, revision),) = views.fetch(
        "SELECT application_id, (SELECT ifnull(max(revision), 0) FROM sessions)"
        " FROM pragma_application_id"
    )
    return views_id, revision


def _merged(
    views: ViewReader,
    session_filter: SessionFilter,
    *,
    limit: int,
    after: PagePosition | None,
    now: int,
) -> Iterator[tuple[Any, ...]]:
    """Merge one query for each combination of values, newest first: each has its index."""
    states = [it for status in dict.fromkeys(session_filter.status) for it in _stored(status, now)]
    apps = [_equal("source_app", value) for value in dict.fromkeys(session_filter.source_app)]
    models = [_equal("model_name", value) for value in dict.fromkeys(session_filter.model_name)]
    states, apps, models = (values or [("TRUE", ())] for values in (states, apps, models))
    combinations = list(product(states, apps, models))
    if len(combinations) > MAX_QUERIES:
        combinations = [(_any(states), _any(apps), _any(models))]
    sql, values = _without(session_filter.without_source_app)
    at = after or START
    bounds = (
        session_filter.since or 0,
        session_filter.until if session_filter.until is not None else START.at,
    )
    stored = [
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
    merged = heapq.merge(*stored, key=lambda row: (-row[0], -row[1]))
    return (row for row, _ in zip(merged, range(limit), strict=False))


_Condition = tuple[str, tuple[Value, ...]]
_BUSY: Final = "status = 'working' AND quiet_at IS NULL AND NOT process_ended"
"""As its process says, however long ago it was last seen."""


def _stored(status: Status, now: int) -> list[_Condition]:
    """Return conditions on the stored status, one of which holds for a status as of now."""
    match status:
        case "ended":
            return [("status = 'ended' AND NOT process_ended", ()), ("process_ended", ())]
        case "quiet":
            return [
                ("status = ? AND NOT process_ended AND quiet_at <= ?", (stored, now))
                for stored in ("working", "needs_permission", "needs_input")
            ]
        case "working" | "needs_permission" | "needs_input":
            # Those last seen before that are quiet; the index has `last_event_at`, not `quiet_at`.
            condition = "status = ? AND NOT process_ended AND quiet_at > ? AND last_event_at > ?"
            known: list[_Condition] = [(condition, (status, now, now - QUIET_ASKING_MS))]
            return [*known, (_BUSY, ())] if status == "working" else known
        case _:
            return [("status = ? AND NOT process_ended", (status,))]


def _selects(session_filter: SessionFilter, row: SessionRow) -> bool:
    """Return whether a row has a filter's values, besides the time of its last event."""
    accepted = (
        (row.status, session_filter.status),
        (row.source_app, session_filter.source_app),
        (row.model_name, session_filter.model_name),
    )
    is_excluded = (row.source_app or "") in session_filter.without_source_app
    return not is_excluded and all(not values or value in values for value, values in accepted)


def _equal(column: str, value: str) -> _Condition:
    return f"{column} = ?", (value,)


def _without(excluded: tuple[str, ...]) -> _Condition:
    if not excluded:
        return "TRUE", ()
    return f"ifnull(source_app, '') NOT IN ({', '.join('?' * len(excluded))})", excluded


def _any(conditions: Sequence[_Condition]) -> _Condition:
    either = " OR ".join(f"({condition})" for condition, _ in conditions)
    return f"({either})", tuple(value for _, values in conditions for value in values)


def _rows(views: ViewReader, stored: Sequence[tuple[Any, ...]], *, now: int) -> list[SessionRow]:
    """Return the rows of sessions, given `process_ended` and `state` of each."""
    sessions = [(bool(process_ended), session_of(state)) for process_ended, state in stored]
    agents = {
        session.session_id: [
            agent_of(it) for (it,) in views.fetch(_AGENTS, (session.session_id, AGENT_LIMIT))
        ]
        for _, session in sessions
        if session.agent_count
    }
    keys = [(session.session_id, MAIN) for _, session in sessions]
    keys += [(agent.session_id, agent.agent_id) for listed in agents.values() for agent in listed]
    figures = figures_of(views, keys) if keys else {}
    return [
        session_row(
            session,
            agents.get(session.session_id, []),
            now=now,
            process_ended=process_ended,
            figures=figures,
        )
        for process_ended, session in sessions
    ]


_AGENTS: Final = """
    SELECT state FROM agents WHERE session_id = ? ORDER BY last_event_at DESC, id DESC LIMIT ?
"""
