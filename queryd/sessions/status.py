"""Apply an event to a session and its subagent, by the tables in `transitions.py`."""

from collections.abc import Iterator
from typing import Final

from queryd.sessions import asks, details, tasks
from queryd.sessions.asks import Effect, first_ask
from queryd.sessions.event import STARTS, SessionEvent
from queryd.sessions.state import FINISHED, Agent, Session, refresh_status, set_status
from queryd.sessions.transitions import (
    AFTER_SESSION_END,
    AGENT_STARTS,
    AGENT_STOPS,
    MAIN_THREAD,
    RESTARTS,
    SHOWS_WORK,
    STOPS,
    SUBAGENT,
    WORKS,
    Transition,
    next_status,
    resting,
)
from queryd.store.fact import Status, StatusSource
from queryd.store.firing_order import is_late
from shared.event import is_registry


def apply_event(session: Session, agent: Agent | None, fact: SessionEvent) -> None:
    """Apply a hook event to its session, and to its subagent if it has one."""
    if session.event_count == 0 and agent is None and fact.kind in SHOWS_WORK:
        set_status(session, "working")
    details.count_event(session, agent, fact)
    # A backfilled event changes no present status, but that of a subagent without later events.
    if not fact.is_backfilled or (agent and agent.last_event_at <= fact.event.timestamp):
        _advance(session, agent, fact)
    _refresh(session, agent, fact)


def apply_record(session: Session, agent: Agent | None, fact: SessionEvent) -> None:
    """Apply a record of telemetry, which repeats what hooks reported.

    It neither counts as an event nor shows that the session lives. Only decisions about calls are
    known from it alone.
    """
    details.count_record(session, fact)
    if is_registry(fact.event.hook_event_type):
        _keep_process_status(session, fact)
    if fact.kind in MAIN_THREAD and _advance(session, agent, fact):
        _refresh(session, agent, fact)


def _keep_process_status(session: Session, fact: SessionEvent) -> None:
    process = fact.process
    if process.status is not None:
        session.process_status = process.status
    elif process.has_ended:
        session.process_status = None
    if process.status == "idle":
        session.idle_at = max(session.idle_at, fact.event.timestamp)


def _advance(session: Session, agent: Agent | None, fact: SessionEvent) -> bool:
    """Change asks, tasks, details and status by an event; return whether it has a transition."""
    transition = _transition(session, agent, fact)
    if transition is None and (agent is not None or not _is_from_before_end(session, fact)):
        return False
    task_count = len(session.tasks)
    for effect in _EFFECTS.get(fact.kind, ()):
        effect(session, agent, fact)
    is_overtaken = _is_overtaken(session, agent, fact)
    _note_time(session, agent, fact)
    if transition is None or is_overtaken:
        _correct_compaction(session, agent, transition, fact)
        return True
    if agent is None:
        _set_session_status(session, transition, fact)
        return True
    _set_agent_status(session, agent, transition, fact)
    if len(session.tasks) < task_count and session.base_status in {"done", "background"}:
        set_status(session, *resting(session))  # a background task was this subagent
    return True


def _is_from_before_end(session: Session, fact: SessionEvent) -> bool:
    """Return whether an event was fired before its session stopped, and adds its details still."""
    return is_late(fact.event.timestamp, max(session.stopped_at, session.idle_at))


def _is_overtaken(session: Session, agent: Agent | None, fact: SessionEvent) -> bool:
    """Return whether the present status comes from an event that was fired later."""
    at = fact.event.timestamp
    if agent is not None:
        is_stop = fact.kind in AGENT_STOPS
        return is_late(at, agent.worked_at if is_stop else agent.stopped_at)
    if fact.kind == "SessionEnd":
        # Nothing asks in a session that is over: it went on.
        return is_late(at, max(session.restarted_at, *(ask.at for ask in session.asks), 0))
    if fact.kind == "Stop" and session.base_status == "needs_input" and not session.tasks:
        return is_late(at, session.stopped_at)  # the prompt is idle since
    if fact.kind in STOPS:
        return is_late(at, max(session.worked_at, session.restarted_at))
    if fact.kind in WORKS:
        return is_late(at, max(session.stopped_at, session.compaction_at))
    return fact.kind in STARTS and is_late(at, max(session.worked_at, session.stopped_at))


def _note_time(session: Session, agent: Agent | None, fact: SessionEvent) -> None:
    at = fact.event.timestamp
    if agent is not None:
        if fact.kind in AGENT_STOPS:
            agent.stopped_at = max(agent.stopped_at, at)
        elif fact.kind in AGENT_STARTS:
            agent.worked_at = max(agent.worked_at, at)
        return
    if fact.kind in WORKS:
        session.worked_at = max(session.worked_at, at)
    elif fact.kind in STOPS:
        session.stopped_at = max(session.stopped_at, at)
    if fact.kind == "PreCompact":
        session.compaction_at = max(session.compaction_at, at)
    if fact.kind in RESTARTS:
        session.restarted_at = max(session.restarted_at, at)


def _correct_compaction(
    session: Session, agent: Agent | None, transition: Transition | None, fact: SessionEvent
) -> None:
    """Let an event from before a compaction change the status that follows it."""
    is_before = is_late(fact.event.timestamp, session.compaction_at)
    if agent is None and transition is not None and session.before_compaction and is_before:
        session.before_compaction = next_status(session, transition, fact)


def _transition(session: Session, agent: Agent | None, fact: SessionEvent) -> Transition | None:
    if agent is None:
        found = MAIN_THREAD.get(fact.kind, _NO_ROWS).get(session.base_status)
    elif session.base_status == "ended" and fact.kind not in AFTER_SESSION_END:
        return None
    else:
        found = SUBAGENT.get(fact.kind, _NO_ROWS).get(agent.base_status)
    if found is None or (found.guard is not None and not found.guard(session, fact)):
        return None
    return found


def _set_session_status(session: Session, transition: Transition, fact: SessionEvent) -> None:
    if transition.to == "same":
        return
    following = next_status(session, transition, fact)
    if fact.kind == "PreCompact":
        _keep_status(session)
    else:
        session.before_compaction = None
    if following is None:
        return
    if following[0] == "ended":
        session.ended_at = fact.event.timestamp
    else:
        session.ended_at = session.end_reason = None
    set_status(session, *following, source=_source_of(fact))


def _source_of(fact: SessionEvent) -> StatusSource:
    if is_registry(fact.event.hook_event_type):
        return "registry"
    return "transcript" if fact.is_backfilled else "hook"


def _keep_status(session: Session) -> None:
    """Keep the status to restore after a compaction, also after a second PreCompact."""
    if session.before_compaction is None:
        status = (session.base_status, session.base_reason, session.base_reason_id)
        session.before_compaction = status


def _set_agent_status(
    session: Session, agent: Agent, transition: Transition, fact: SessionEvent
) -> None:
    following = next_status(session, transition, fact)
    if following is not None:
        agent.ended_at = fact.event.timestamp if following[0] in FINISHED else None
        set_status(agent, *following, source=_source_of(fact))


def _refresh(session: Session, agent: Agent | None, fact: SessionEvent) -> None:
    at = fact.event.timestamp
    if session.base_status == "ended":
        session.asks = []  # one that was shown before the end, and arrives after it
    refresh_status(session, first_ask(session), at)
    if agent is not None:
        refresh_status(agent, first_ask(session, agent.agent_id), at)


def _effects() -> Iterator[tuple[str, tuple[Effect, ...]]]:
    tables = (asks.EFFECTS, tasks.EFFECTS, details.EFFECTS)
    for kind in {kind for table in tables for kind in table}:
        yield kind, tuple(table[kind] for table in tables if kind in table)


_EFFECTS: Final = dict(_effects())
_NO_ROWS: Final[dict[Status, Transition]] = {}
