"""Read the status spans of sessions and subagents in a range, in order and without gaps.

Ended spans are stored; the open one is derived from the state.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from queryd.sessions.lane_rows import StateSpan, TimeRange
from queryd.sessions.paging import PagePosition
from queryd.sessions.quiet import quiet_at
from queryd.sessions.rows import current_status
from queryd.sessions.spans import REASON_CHARS
from queryd.sessions.state import FINISHED, Actor, Agent, Session
from queryd.sessions.tables import agent_of
from queryd.store.conditions import json_list
from queryd.store.fact import MAIN
from queryd.store.store import ViewReader

MAX_SPANS: Final = 250
MAX_AGENTS: Final = 40
"""Subagents of a session in an answer, the last seen."""
ALWAYS_DRAWN: Final = frozenset({"needs_permission", "needs_input", "failed"})
"""Statuses that are drawn however short they are."""


class LaneSession(NamedTuple):
    """A session that may be in the range."""

    position: PagePosition
    process_ended: bool
    session: Session


class LaneSpans(NamedTuple):
    """The spans of a session and its subagents that overlap the range."""

    by_agent: dict[str, list[StateSpan]]
    agents: list[Agent]
    agent_count: int


def spans_of(
    views: ViewReader, time_range: TimeRange, sessions: Sequence[LaneSession], now: int
) -> dict[str, LaneSpans]:
    """Return the spans of each session and of its subagents, by session id."""
    ids = json_list([one.session.session_id for one in sessions])
    ended: dict[tuple[str, str], list[StateSpan]] = defaultdict(list)
    for session_id, agent_id, since, until, status, reason in views.fetch(
        _SPANS, (ids, time_range.since, time_range.until)
    ):
        ended[session_id, agent_id].append(StateSpan(status, since, until, reason))
    agents: dict[str, list[Agent]] = defaultdict(list)
    for (state,) in views.fetch(_AGENTS, (ids, time_range.since)):
        agent = agent_of(state)
        agents[agent.session_id].append(agent)
    return {
        one.session.session_id: _of_session(one, ended, agents, time_range, now) for one in sessions
    }


def _of_session(
    lane: LaneSession,
    ended: dict[tuple[str, str], list[StateSpan]],
    agents: dict[str, list[Agent]],
    time_range: TimeRange,
    now: int,
) -> LaneSpans:
    session = lane.session
    past = ended.get((session.session_id, MAIN), [])
    main = _within(
        [*past, *_open_spans(session, now, process_ended=lane.process_ended)], time_range
    )
    by_agent = {MAIN: main}
    overlapping = []
    for agent in agents.get(session.session_id, ()):
        past = ended.get((session.session_id, agent.agent_id), [])
        spans = _within(
            [*past, *_open_spans(agent, now, process_ended=lane.process_ended)], time_range
        )
        if agent.first_event_at <= time_range.until and not _is_finished(agent, spans, time_range):
            by_agent[agent.agent_id] = spans
            overlapping.append(agent)
    kept = sorted(overlapping, key=lambda it: it.last_event_at)[-MAX_AGENTS:]
    kept.sort(key=lambda it: (it.first_event_at, it.first_event_id))
    return LaneSpans(by_agent, kept, len(overlapping))


def _is_finished(agent: Agent, spans: Sequence[StateSpan], time_range: TimeRange) -> bool:
    """Return whether a subagent had finished when the range started."""
    return agent.last_event_at < time_range.since and all(it.status in FINISHED for it in spans)


def _open_spans(actor: Actor, now: int, *, process_ended: bool) -> Iterator[StateSpan]:
    """Yield the status as of the last event, and what time made of it since."""
    status, since, reason, _ = current_status(actor, now=now, process_ended=process_ended)
    changed_at = actor.span_since
    if status != actor.status:
        # It was not known to be quiet before its silence was long enough.
        since = quiet_at(actor) or since if status == "quiet" else since
        changed_at = max(since, changed_at)
        yield StateSpan(actor.status, actor.span_since, changed_at, _cut(actor.status_reason))
    yield StateSpan(status, changed_at, None, _cut(reason))


def _within(spans: Iterable[StateSpan], time_range: TimeRange) -> list[StateSpan]:
    """Return the spans that overlap a range, without empty ones; merge equal neighbours."""
    kept: list[StateSpan] = []
    for one in spans:
        if one.since > time_range.until or (
            one.until is not None and one.until <= time_range.since
        ):
            continue
        if one.until is not None and one.until <= one.since:
            continue
        last = kept[-1] if kept else None
        if last is not None and (last.status, last.reason) == (one.status, one.reason):
            kept[-1] = StateSpan(last.status, last.since, one.until, last.reason)
        else:
            kept.append(one)
    shortest = max(1, (time_range.until - time_range.since) // 2_000)
    while len(kept) > MAX_SPANS and shortest <= time_range.until - time_range.since:
        kept = _merge_short(kept, shortest)
        shortest *= 2
    return kept


def _merge_short(spans: Sequence[StateSpan], shortest: int) -> list[StateSpan]:
    """Merge spans too short to see into the one before."""
    kept: list[StateSpan] = []
    for one in spans:
        is_short = one.until is not None and one.until - one.since < shortest
        last = kept[-1] if kept else None
        if last is not None and (
            last.status == one.status or (is_short and one.status not in ALWAYS_DRAWN)
        ):
            reason = last.reason if last.reason == one.reason else None
            kept[-1] = StateSpan(last.status, last.since, one.until, reason)
        else:
            kept.append(one)
    return kept


def _cut(text: str | None) -> str | None:
    return text and text[:REASON_CHARS]


_SPANS: Final = """
    SELECT session_id, agent_id, since, until, status, reason FROM spans
    WHERE session_id IN (SELECT value FROM json_each(?)) AND until > ? AND since <= ?
    ORDER BY session_id, agent_id, since
"""
_AGENTS: Final = """
    SELECT state FROM agents WHERE session_id IN (SELECT value FROM json_each(?))
    AND (last_event_at >= ? OR live)
"""
