"""Answer what was in which state when: lanes of sessions and their subagents, with their calls.

In: a ViewReader, a range and filters. Out: the lanes that were alive in the range, the last seen
of first. Left to the next: the states (`read_spans`) and the calls (`read_marks`) of each.
"""

from collections.abc import Sequence
from typing import Final

from queryd.sessions.fold import session_of
from queryd.sessions.lane_rows import AgentLane, Lane, LaneFilter, Span
from queryd.sessions.read import Place
from queryd.sessions.read_marks import Calls, marks_of
from queryd.sessions.read_spans import Spans, StoredSession, spans_of
from queryd.sessions.rows import agent_row, session_row, shown
from queryd.sessions.state import Agent
from queryd.store.fact import MAIN
from queryd.store.store import Value, ViewReader

HOUR_MS: Final = 3_600_000
MAX_SILENCE_MS: Final = 24 * HOUR_MS
"""Who asks, or leaves tasks running, is still shown so long after its last event."""
CHUNK: Final = 100
MOST_LOOKED_AT: Final = 1_000
"""Sessions that one answer looks at for lanes that match."""


def lanes_page(
    views: ViewReader, span: Span, wanted: LaneFilter, *, limit: int, after: Place | None, now: int
) -> tuple[list[Lane], Place | None]:
    """Return the lanes of a range that match, the last seen first, and the place after them."""
    with views.snapshot():
        picked: list[tuple[StoredSession, Spans]] = []
        place = after
        for _ in range(MOST_LOOKED_AT // CHUNK):
            found = _sessions(views, span, wanted, after=place, limit=CHUNK)
            states = spans_of(views, span, found, now)
            for one in found:
                if len(picked) == limit:
                    return _lanes(views, span, picked, now), picked[-1][0].place
                if _matches(states[one.session.session_id], wanted):
                    picked.append((one, states[one.session.session_id]))
            if len(found) < CHUNK:
                return _lanes(views, span, picked, now), None
            place = found[-1].place
        return _lanes(views, span, picked, now), place


def life_of(views: ViewReader, session_id: str, *, now: int) -> Span | None:
    """Return the time from a session's first event to its last, or to now while it is not at rest.

    None when there is no such session.
    """
    for process_ended, state in views.fetch(
        "SELECT process_ended, state FROM sessions WHERE session_id = ?", (session_id,)
    ):
        session = session_of(state)
        status, since, _ = shown(session, now=now, process_ended=bool(process_ended))
        rests = status in {"done", "failed", "quiet", "ended"}
        last = max(session.last_event_at, min(since, now) if rests else now)
        return Span(session.first_event_at, max(session.first_event_at, last))
    return None


def _sessions(
    views: ViewReader, span: Span, wanted: LaneFilter, *, after: Place | None, limit: int
) -> list[StoredSession]:
    """Return sessions seen before the range ended and after it started.

    And those seen before it, which then still did something or waited for the user.
    """
    conditions, values = _conditions(wanted)
    at = after or Place(2**63 - 1, 2**63 - 1)
    rows = views.fetch(
        f"""
        SELECT last_event_at, id, process_ended, state FROM sessions WHERE id IN (
            SELECT id FROM sessions
            WHERE last_event_at >= ? AND first_event_at <= ? {conditions}
            AND (last_event_at, id) < (?, ?)
            AND (last_event_at >= ? OR (
                NOT process_ended AND status IN {_UNDER_WAY}
                AND ifnull(quiet_at, last_event_at + {MAX_SILENCE_MS}) >= ?
            ))
            ORDER BY last_event_at DESC, id DESC LIMIT ?
        ) ORDER BY last_event_at DESC, id DESC
        """,
        (
            *(max(0, span.since - MAX_SILENCE_MS), span.until, *values, at.at, at.id),
            *(span.since, span.since, limit),
        ),
    )
    return [
        StoredSession(Place(last, number), bool(process_ended), session_of(state))
        for last, number, process_ended, state in rows
    ]


def _conditions(wanted: LaneFilter) -> tuple[str, list[Value]]:
    sql = ""
    values: list[Value] = []
    for column in ("session_id", "source_app", "model_name"):
        given = getattr(wanted, column)
        if given:
            sql += f" AND {column} IN ({', '.join('?' * len(given))})"
            values += given
    return sql, values


def _matches(states: Spans, wanted: LaneFilter) -> bool:
    """Return whether a session was alive in the range, and in a wanted state."""
    seen = {span.status for spans in states.by_agent.values() for span in spans}
    if wanted.status:
        return not seen.isdisjoint(wanted.status)
    return bool(seen - {"ended"})


def _lanes(
    views: ViewReader, span: Span, picked: Sequence[tuple[StoredSession, Spans]], now: int
) -> list[Lane]:
    calls = marks_of(views, span, [found.session.session_id for found, _ in picked])
    return [_lane(found, states, calls, now) for found, states in picked]


def _lane(found: StoredSession, states: Spans, calls: Calls, now: int) -> Lane:
    row = session_row(found.session, [], now=now, process_ended=found.process_ended)
    key = (row.session_id, MAIN)
    return Lane(
        session_id=row.session_id,
        project=row.project,
        title=row.title,
        model_name=row.model_name,
        status=row.status,
        first_event_at=row.first_event_at,
        last_event_at=row.last_event_at,
        last_event_id=row.last_event_id,
        spans=states.by_agent[MAIN],
        calls=calls.calls.get(key, ()),
        bins=calls.bins.get(key, ()),
        agents=[_agent_lane(it, found, states, calls, now) for it in states.agents],
        agent_count=states.agent_count,
    )


def _agent_lane(
    agent: Agent, found: StoredSession, states: Spans, calls: Calls, now: int
) -> AgentLane:
    row = agent_row(agent, now=now, process_ended=found.process_ended)
    key = (agent.session_id, agent.agent_id)
    return AgentLane(
        agent_id=row.agent_id,
        agent_type=row.agent_type,
        description=row.description,
        parent_agent_id=row.parent_agent_id,
        status=row.status,
        first_event_at=row.first_event_at,
        last_event_at=row.last_event_at,
        spans=states.by_agent[agent.agent_id],
        calls=calls.calls.get(key, ()),
        bins=calls.bins.get(key, ()),
    )


_UNDER_WAY: Final = "('working', 'needs_permission', 'needs_input', 'background')"
