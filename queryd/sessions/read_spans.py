"""Read which states sessions and their subagents were in, within a range of time.

In: a ViewReader, a range, the sessions. Out: for each its lanes' spans, in order and without gaps:
those that are stored, and the one that no event has ended.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import msgspec

from queryd.sessions.fold import agent_of
from queryd.sessions.lane_rows import Span, StateSpan
from queryd.sessions.read import Place
from queryd.sessions.rows import shown
from queryd.sessions.spans import REASON_CHARS
from queryd.sessions.state import FINISHED, Actor, Agent, Session
from queryd.store.fact import MAIN
from queryd.store.store import ViewReader

MOST_SPANS: Final = 250
MOST_AGENTS: Final = 40
"""Subagents of a session in an answer: the last seen."""
NEVER_MERGED: Final = frozenset({"needs_permission", "needs_input", "failed"})
"""States that are drawn however short they are."""


class StoredSession(NamedTuple):
    """Hold a session that may be in the range."""

    place: Place
    process_ended: bool
    session: Session


class Spans(NamedTuple):
    """Hold the spans of a session's lanes that touch the range; the agents in the range."""

    by_agent: dict[str, list[StateSpan]]
    agents: list[Agent]
    agent_count: int


def spans_of(
    views: ViewReader, span: Span, found: Sequence[StoredSession], now: int
) -> dict[str, Spans]:
    """Return the spans of each session and of its subagents, by the session's id."""
    ids = msgspec.json.encode([one.session.session_id for one in found]).decode()
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
    found: StoredSession,
    over: dict[tuple[str, str], list[StateSpan]],
    agents: dict[str, list[Agent]],
    span: Span,
    now: int,
) -> Spans:
    session = found.session
    past = over.get((session.session_id, MAIN), [])
    own = _within([*past, *_open(session, now, process_ended=found.process_ended)], span)
    by_agent = {MAIN: own}
    met = []
    for agent in agents.get(session.session_id, ()):
        past = over.get((session.session_id, agent.agent_id), [])
        spans = _within([*past, *_open(agent, now, process_ended=found.process_ended)], span)
        if agent.first_event_at <= span.until and not _is_over(agent, spans, span):
            by_agent[agent.agent_id] = spans
            met.append(agent)
    kept = sorted(met, key=lambda it: it.last_event_at)[-MOST_AGENTS:]
    kept.sort(key=lambda it: (it.first_event_at, it.first_event_id))
    return Spans(by_agent, kept, len(met))


def _is_over(agent: Agent, spans: Sequence[StateSpan], span: Span) -> bool:
    """Return whether a subagent had finished when the range started."""
    return agent.last_event_at < span.since and all(it.status in FINISHED for it in spans)


def _open(actor: Actor, now: int, *, process_ended: bool) -> Iterator[StateSpan]:
    """Yield what no event has ended: the state as of the last one, and what came of it."""
    status, since, reason = shown(actor, now=now, process_ended=process_ended)
    turned = actor.shown_since
    if status != actor.status:
        turned = max(since, turned)
        yield StateSpan(actor.status, actor.shown_since, turned, _short(actor.status_reason))
    yield StateSpan(status, turned, None, _short(reason))


def _within(spans: Iterable[StateSpan], span: Span) -> list[StateSpan]:
    """Return the spans that touch a range: none empty, equal neighbours merged, not too many."""
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
            last.status == one.status or (is_short and one.status not in NEVER_MERGED)
        ):
            reason = last.reason if last.reason == one.reason else None
            kept[-1] = StateSpan(last.status, last.since, one.until, reason)
        else:
            kept.append(one)
    return kept


def _short(text: str | None) -> str | None:
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
