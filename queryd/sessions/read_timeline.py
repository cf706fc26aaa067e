"""Read the timeline: lanes of the sessions that were active in a range, the last seen first."""

from collections.abc import Sequence
from typing import Final

from queryd.sessions.lane_rows import AgentLane, Lane, LaneFilter, TimeRange
from queryd.sessions.paging import START, PagePosition
from queryd.sessions.read_marks import LaneCalls, lane_calls
from queryd.sessions.read_spans import LaneSession, LaneSpans, spans_of
from queryd.sessions.rows import agent_row, current_status, session_row
from queryd.sessions.state import Agent
from queryd.sessions.tables import IS_LONG, LONG_SESSION_MS, session_of
from queryd.store.fact import MAIN
from queryd.store.periods import HOUR_MS
from queryd.store.store import Value, ViewReader

UNFINISHED_MS: Final = 24 * HOUR_MS
"""A session with open asks or running tasks is shown this long after its last event."""
CHUNK: Final = 100
MAX_SCANNED: Final = 1_000
"""Sessions that one answer reads to find matching lanes."""


def lanes_page(
    views: ViewReader,
    time_range: TimeRange,
    filters: LaneFilter,
    *,
    limit: int,
    after: PagePosition | None,
    now: int,
) -> tuple[list[Lane], PagePosition | None]:
    """Return the lanes of a range that match, the last seen first, and the position after them."""
    with views.snapshot():
        matching: list[tuple[LaneSession, LaneSpans]] = []
        position = after
        for _ in range(MAX_SCANNED // CHUNK):
            sessions = sessions_in_range(views, time_range, filters, after=position, limit=CHUNK)
            states = spans_of(views, time_range, sessions, now)
            for one in sessions:
                if len(matching) == limit:
                    return _lanes(views, time_range, matching, now), matching[-1][0].position
                if _matches(states[one.session.session_id], filters):
                    matching.append((one, states[one.session.session_id]))
            if len(sessions) < CHUNK:
                return _lanes(views, time_range, matching, now), None
            position = sessions[-1].position
        return _lanes(views, time_range, matching, now), position


def lifetime_of(views: ViewReader, session_id: str, *, now: int) -> TimeRange | None:
    """Return the range from a session's first event to its last, or to now while it is active.

    None for an unknown session.
    """
    for process_ended, state in views.fetch(
        "SELECT process_ended, state FROM sessions WHERE session_id = ?", (session_id,)
    ):
        session = session_of(state)
        status, since, *_ = current_status(session, now=now, process_ended=bool(process_ended))
        has_stopped = status in {"done", "failed", "quiet", "interrupted", "ended"}
        last = max(session.last_event_at, min(since, now) if has_stopped else now)
        return TimeRange(session.first_event_at, max(session.first_event_at, last))
    return None


def sessions_in_range(
    views: ViewReader,
    time_range: TimeRange,
    filters: LaneFilter,
    *,
    after: PagePosition | None,
    limit: int,
) -> list[LaneSession]:
    """Return sessions with events in the range, and earlier ones still unfinished then."""
    conditions, values = _conditions(filters)
    at = after or START
    last = time_range.until + LONG_SESSION_MS
    started = f"first_event_at <= ? {conditions} AND (last_event_at, id) < (?, ?)"
    position = (time_range.until, *values, at.at, at.id)
    # Without the upper limit, an old range reads every session that was seen since.
    rows = views.fetch(
        f"""
        SELECT last_event_at, id, process_ended, state FROM sessions WHERE id IN (
            SELECT id FROM (
                SELECT last_event_at, id FROM sessions
                WHERE last_event_at > ? AND {IS_LONG} AND {started}
                UNION ALL
                SELECT last_event_at, id FROM sessions
                WHERE last_event_at >= ? AND last_event_at <= ? AND {started}
                AND (last_event_at >= ? OR (
                    NOT process_ended AND status IN {_UNFINISHED}
                    AND ifnull(quiet_at, last_event_at + {UNFINISHED_MS}) >= ?
                ))
                ORDER BY 1 DESC, 2 DESC LIMIT ?
            )
        ) ORDER BY last_event_at DESC, id DESC
        """,
        (
            *(last, *position, max(0, time_range.since - UNFINISHED_MS), last, *position),
            *(time_range.since, time_range.since, limit),
        ),
    )
    return [
        LaneSession(PagePosition(last, number), bool(process_ended), session_of(state))
        for last, number, process_ended, state in rows
    ]


def _conditions(filters: LaneFilter) -> tuple[str, list[Value]]:
    sql = ""
    values: list[Value] = []
    for column in ("session_id", "source_app", "model_name"):
        accepted = getattr(filters, column)
        if accepted:
            sql += f" AND {column} IN ({', '.join('?' * len(accepted))})"
            values += accepted
    return sql, values


def _matches(states: LaneSpans, filters: LaneFilter) -> bool:
    """Return whether a session was active in the range, with a status of the filter."""
    seen = {span.status for spans in states.by_agent.values() for span in spans}
    if filters.status:
        return not seen.isdisjoint(filters.status)
    return bool(seen - {"ended"})


def _lanes(
    views: ViewReader,
    time_range: TimeRange,
    matching: Sequence[tuple[LaneSession, LaneSpans]],
    now: int,
) -> list[Lane]:
    calls = lane_calls(views, time_range, [lane.session.session_id for lane, _ in matching], now)
    return [_lane(lane, states, calls, now) for lane, states in matching]


def _lane(lane: LaneSession, states: LaneSpans, calls: LaneCalls, now: int) -> Lane:
    row = session_row(lane.session, [], now=now, process_ended=lane.process_ended)
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
        agents=[_agent_lane(it, lane, states, calls, now) for it in states.agents],
        agent_count=states.agent_count,
    )


def _agent_lane(
    agent: Agent, lane: LaneSession, states: LaneSpans, calls: LaneCalls, now: int
) -> AgentLane:
    row = agent_row(agent, now=now, process_ended=lane.process_ended)
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


_UNFINISHED: Final = "('working', 'needs_permission', 'needs_input', 'background')"
