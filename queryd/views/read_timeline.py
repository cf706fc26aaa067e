"""Answer what was in which state when: lanes of sessions and their subagents, with their calls.

In: a ViewReader, a range and filters. Out: the lanes that were alive in the range, the last heard
of first. A lane with more calls than can be told apart has bins of them instead.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import msgspec

from queryd.views.batch import MAIN, Outcome
from queryd.views.read_sessions import Place
from queryd.views.rows import agent_row, session_row, shown
from queryd.views.session_state import FINISHED, Actor, Agent, Session, Status
from queryd.views.sessions import agent_of, session_of
from queryd.views.store import Value, ViewReader
from queryd.views.timeline import REASON_CHARS

HOUR_MS: Final = 3_600_000
RESTS_MS: Final = 24 * HOUR_MS
"""Who asks, or leaves tasks running, is still shown so long after its last event."""
MOST_MARKS: Final = 400
MOST_MARKS_IN_ALL: Final = 3_000
"""Of an answer, which stays below 1 MB with them."""
BINS: Final = 80
MOST_SPANS: Final = 250
MOST_AGENTS: Final = 40
"""Subagents of a session in an answer; those heard of last."""
TARGET_CHARS: Final = 120
CHUNK: Final = 100
MOST_LOOKED_AT: Final = 1_000
"""Sessions that one answer looks at for lanes that match."""
LOUD: Final = frozenset({"needs_permission", "needs_input", "failed"})
"""States that are drawn however short they are."""


class StateSpan(msgspec.Struct, frozen=True):
    """Tell that something was in a state from one time to another, ms since the epoch."""

    status: Status
    since: int
    until: int | None
    """The first ms of the next span; null for the state it is in now."""
    reason: str | None


class CallMark(msgspec.Struct, frozen=True):
    """Tell when a tool call ran. Times are ms since the epoch; what is not known is null."""

    id: int
    tool_name: str
    target: str | None
    outcome: Outcome
    started_at: int
    ended_at: int | None
    duration_ms: int | None
    event_id: int
    """The event that first told of it."""


class CallBin(msgspec.Struct, frozen=True):
    """Count the calls that began from one time to before another."""

    at: int
    until: int
    count: int
    failed: int


class AgentLane(msgspec.Struct, frozen=True, kw_only=True):
    """Tell what a subagent did in the range."""

    agent_id: str
    agent_type: str | None
    description: str | None
    parent_agent_id: str | None
    """The subagent that launched it; null for the main thread."""
    status: Status
    first_event_at: int
    last_event_at: int
    spans: Sequence[StateSpan]
    """In order, without gaps; those that touch the range."""
    calls: Sequence[CallMark]
    """By their beginning; none where there are bins."""
    bins: Sequence[CallBin]
    """The calls of a lane that has too many to tell them apart."""


class Lane(msgspec.Struct, frozen=True, kw_only=True):
    """Tell what a session did in the range: its main thread and its subagents."""

    session_id: str
    project: str | None
    title: str | None
    model_name: str | None
    status: Status
    """As of now, not of the range's end."""
    first_event_at: int
    last_event_at: int
    last_event_id: int
    spans: Sequence[StateSpan]
    calls: Sequence[CallMark]
    bins: Sequence[CallBin]
    agents: Sequence[AgentLane]
    """Those of the range, in the order in which they were first heard of; at most 40."""
    agent_count: int
    """How many subagents there were in the range."""


class Span(msgspec.Struct, frozen=True):
    """Name a range of time, both ends included."""

    since: int
    until: int


class LaneFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Name the lanes wanted; an empty tuple means "no matter".

    `status`: the session, or one of its subagents, was in such a state within the range.
    """

    session_id: tuple[str, ...] = ()
    source_app: tuple[str, ...] = ()
    model_name: tuple[str, ...] = ()
    status: tuple[Status, ...] = ()


class _Found(NamedTuple):
    """Hold a session that may be in the range."""

    place: Place
    gone: bool
    session: Session


def lanes_page(
    views: ViewReader, span: Span, wanted: LaneFilter, *, limit: int, after: Place | None, now: int
) -> tuple[list[Lane], Place | None]:
    """Return the lanes of a range that match, the last heard of first, and the place after them."""
    with views.snapshot():
        picked: list[tuple[_Found, _Spans]] = []
        place = after
        for _ in range(MOST_LOOKED_AT // CHUNK):
            found = _sessions(views, span, wanted, after=place, limit=CHUNK)
            states = _states(views, span, found, now)
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
    for gone, state in views.fetch(
        "SELECT gone, state FROM sessions WHERE session_id = ?", (session_id,)
    ):
        session = session_of(state)
        status, since, _ = shown(session, now=now, gone=bool(gone))
        rests = status in {"done", "failed", "quiet", "ended"}
        last = max(session.last_event_at, min(since, now) if rests else now)
        return Span(session.first_event_at, max(session.first_event_at, last))
    return None


# Which sessions


def _sessions(
    views: ViewReader, span: Span, wanted: LaneFilter, *, after: Place | None, limit: int
) -> list[_Found]:
    """Return sessions heard of before the range ended and after it began.

    And those heard of before, which then still did something or waited for somebody.
    """
    conditions, values = _conditions(wanted)
    at = after or Place(2**63 - 1, 2**63 - 1)
    rows = views.fetch(
        f"""
        SELECT last_event_at, id, gone, state FROM sessions WHERE id IN (
            SELECT id FROM sessions
            WHERE last_event_at >= ? AND first_event_at <= ? {conditions}
            AND (last_event_at, id) < (?, ?)
            AND (last_event_at >= ? OR (
                NOT gone AND status IN {_UNDER_WAY}
                AND ifnull(quiet_at, last_event_at + {RESTS_MS}) >= ?
            ))
            ORDER BY last_event_at DESC, id DESC LIMIT ?
        ) ORDER BY last_event_at DESC, id DESC
        """,
        (
            *(max(0, span.since - RESTS_MS), span.until, *values, at.at, at.id),
            *(span.since, span.since, limit),
        ),
    )
    return [
        _Found(Place(last, number), bool(gone), session_of(state))
        for last, number, gone, state in rows
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


def _matches(states: "_Spans", wanted: LaneFilter) -> bool:
    """Tell whether a session was alive in the range, and in a wanted state."""
    seen = {span.status for spans in states.by_agent.values() for span in spans}
    if wanted.status:
        return not seen.isdisjoint(wanted.status)
    return bool(seen - {"ended"})


# Their states


class _Spans(NamedTuple):
    """Hold the spans of a session's lanes that touch the range; the agents in the range."""

    by_agent: dict[str, list[StateSpan]]
    agents: list[Agent]
    agent_count: int


def _states(views: ViewReader, span: Span, found: Sequence[_Found], now: int) -> dict[str, _Spans]:
    ids = _json([one.session.session_id for one in found])
    over: dict[tuple[str, str], list[StateSpan]] = defaultdict(list)
    for session_id, agent_id, since, until, status, reason in views.fetch(
        _SPANS, (ids, span.since, span.until)
    ):
        over[session_id, agent_id].append(StateSpan(status, since, until, reason))
    agents: dict[str, list[Agent]] = defaultdict(list)
    for (state,) in views.fetch(_AGENTS, (ids, span.since)):
        agent = agent_of(state)
        agents[agent.session_id].append(agent)
    return {one.session.session_id: _of_session(one, over, agents, span, now) for one in found}


def _of_session(
    found: _Found,
    over: dict[tuple[str, str], list[StateSpan]],
    agents: dict[str, list[Agent]],
    span: Span,
    now: int,
) -> _Spans:
    session = found.session
    past = over.get((session.session_id, MAIN), [])
    own = _within([*past, *_open(session, now, gone=found.gone)], span)
    by_agent = {MAIN: own}
    met = []
    for agent in agents.get(session.session_id, ()):
        past = over.get((session.session_id, agent.agent_id), [])
        spans = _within([*past, *_open(agent, now, gone=found.gone)], span)
        if agent.first_event_at <= span.until and not _is_over(agent, spans, span):
            by_agent[agent.agent_id] = spans
            met.append(agent)
    kept = sorted(met, key=lambda it: it.last_event_at)[-MOST_AGENTS:]
    kept.sort(key=lambda it: (it.first_event_at, it.first_event_id))
    return _Spans(by_agent, kept, len(met))


def _is_over(agent: Agent, spans: Sequence[StateSpan], span: Span) -> bool:
    """Tell whether a subagent had nothing left to do when the range began."""
    return agent.last_event_at < span.since and all(it.status in FINISHED for it in spans)


def _open(actor: Actor, now: int, *, gone: bool) -> Iterator[StateSpan]:
    """Yield what no event has ended: the state as of the last one, and what came of it."""
    status, since, reason = shown(actor, now=now, gone=gone)
    turned = actor.shown_since
    if status != actor.status:
        turned = max(since, turned)
        yield StateSpan(actor.status, actor.shown_since, turned, _short(actor.status_reason))
    yield StateSpan(status, turned, None, _short(reason))


def _within(spans: Iterable[StateSpan], span: Span) -> list[StateSpan]:
    """Return the spans that touch a range: none empty, no two alike side by side, not too many."""
    kept: list[StateSpan] = []
    for one in spans:
        if one.since > span.until or (one.until is not None and one.until <= span.since):
            continue
        if one.until is not None and one.until <= one.since:
            continue
        last = kept[-1] if kept else None
        if last is not None and (last.status, last.reason) == (one.status, one.reason):
            kept[-1] = StateSpan(last.status, last.since, one.until, last.reason)
        else:
            kept.append(one)
    shortest = max(1, (span.until - span.since) // 2_000)
    while len(kept) > MOST_SPANS and shortest <= span.until - span.since:
        kept = _without_short(kept, shortest)
        shortest *= 2
    return kept


def _without_short(spans: Sequence[StateSpan], shortest: int) -> list[StateSpan]:
    """Let spans too short to see go on as the one before; what was loud stays."""
    kept: list[StateSpan] = []
    for one in spans:
        is_short = one.until is not None and one.until - one.since < shortest
        last = kept[-1] if kept else None
        if last is not None and (
            last.status == one.status or (is_short and one.status not in LOUD)
        ):
            reason = last.reason if last.reason == one.reason else None
            kept[-1] = StateSpan(last.status, last.since, one.until, reason)
        else:
            kept.append(one)
    return kept


# Their calls


class _Calls(NamedTuple):
    calls: dict[tuple[str, str], list[CallMark]]
    bins: dict[tuple[str, str], list[CallBin]]


def _calls(views: ViewReader, span: Span, session_ids: Sequence[str]) -> _Calls:
    """Return the calls of each lane, or bins of them where they are too many."""
    bounds: dict[str, Value] = {"ids": _json(session_ids), "since": span.since, "until": span.until}
    counts = views.fetch(_COUNT_CALLS, bounds)
    left = MOST_MARKS_IN_ALL
    marked, binned = [], []
    for count, session_id, agent_id in sorted(counts):
        if count <= min(left, MOST_MARKS):
            left -= count
            marked.append((session_id, agent_id))
        else:
            binned.append((session_id, agent_id))
    width = max(1, -(-(span.until - span.since + 1) // BINS))
    calls: dict[tuple[str, str], list[CallMark]] = defaultdict(list)
    for session_id, agent_id, *row in views.fetch(_MARKS, {**bounds, "lanes": _json(marked)}):
        calls[session_id, agent_id].append(CallMark(*row))
    bins: dict[tuple[str, str], list[CallBin]] = defaultdict(list)
    for session_id, agent_id, number, count, failed in views.fetch(
        _BINS, {**bounds, "lanes": _json(binned), "width": width}
    ):
        at = span.since + number * width
        bins[session_id, agent_id].append(CallBin(at, at + width, count, failed))
    return _Calls(calls, bins)


# Together


def _lanes(
    views: ViewReader, span: Span, picked: Sequence[tuple[_Found, _Spans]], now: int
) -> list[Lane]:
    calls = _calls(views, span, [found.session.session_id for found, _ in picked])
    return [_lane(found, states, calls, now) for found, states in picked]


def _lane(found: _Found, states: _Spans, calls: _Calls, now: int) -> Lane:
    row = session_row(found.session, [], now=now, gone=found.gone)
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


def _agent_lane(agent: Agent, found: _Found, states: _Spans, calls: _Calls, now: int) -> AgentLane:
    row = agent_row(agent, now=now, gone=found.gone)
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


def _short(text: str | None) -> str | None:
    return text and text[:REASON_CHARS]


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


_UNDER_WAY: Final = "('working', 'needs_permission', 'needs_input', 'background')"
_SPANS: Final = """
    SELECT session_id, agent_id, since, until, status, reason FROM spans
    WHERE session_id IN (SELECT value FROM json_each(?)) AND until > ? AND since <= ?
    ORDER BY session_id, agent_id, since
"""
_AGENTS: Final = """
    SELECT state FROM agents WHERE session_id IN (SELECT value FROM json_each(?))
    AND (last_event_at >= ? OR live)
"""
_IN_RANGE: Final = """
    calls.session_id IN (SELECT value FROM json_each(:ids))
    AND started_at <= :until AND ifnull(ended_at, :until) >= :since
"""
_COUNT_CALLS: Final = f"""
    SELECT count(*), session_id, agent_id FROM calls WHERE {_IN_RANGE}
    GROUP BY session_id, agent_id
"""
_OF_LANES: Final = """
    (session_id, agent_id) IN (SELECT value ->> 0, value ->> 1 FROM json_each(:lanes))
"""
_MARKS: Final = f"""
    SELECT session_id, agent_id, id, tool_name, substr(target, 1, {TARGET_CHARS}), outcome,
        started_at, ended_at, duration_ms, first_event_id
    FROM calls WHERE {_IN_RANGE} AND {_OF_LANES} ORDER BY started_at, id
"""
_BINS: Final = f"""
    SELECT session_id, agent_id, max(0, started_at - :since) / :width, count(*),
        sum(outcome = 'failed')
    FROM calls WHERE {_IN_RANGE} AND {_OF_LANES} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
