"""Fold events into sessions and their subagents: a row a session, a row a subagent."""

from collections.abc import Sequence
from functools import partial
from typing import Final

import msgspec

from queryd.sessions import ask_outcomes
from queryd.sessions.agents import end_agent, ends_agents, launched_agent, link_to_call
from queryd.sessions.deletion import delete_events
from queryd.sessions.details import count_transitions, set_process, set_start
from queryd.sessions.ended_spans import ActorState, ended_spans, state_of
from queryd.sessions.event import SessionEvent, kind_of
from queryd.sessions.launches import assign_launches, update_launches
from queryd.sessions.loaded import LoadedSessions
from queryd.sessions.quiet import quiet_at
from queryd.sessions.state import FINISHED, Actor, Agent, Session
from queryd.sessions.status import apply_event, apply_record
from queryd.sessions.tables import TABLES
from queryd.store.fact import (
    MAIN,
    CallChanges,
    EndedState,
    Fact,
    ProcessChange,
    SessionChange,
    TurnChange,
)
from queryd.store.store import Database
from queryd.store.view import View
from shared.event import NO_SESSION, is_record

NO_CHANGE: Final = SessionChange()
States = tuple[ActorState, ActorState | None]
"""Of a session, and of the subagent that an event concerns."""


def fold(
    database: Database,
    facts: Sequence[Fact],
    model_names: Sequence[str | None],
    process_changes: Sequence[ProcessChange],
    turn_changes: Sequence[TurnChange],
    call_changes: Sequence[CallChanges],
) -> list[SessionChange]:
    """Fold each fact into its session and subagent; return the changes."""
    results = zip(facts, model_names, process_changes, turn_changes, call_changes, strict=True)
    events = [_event_of(*result) for result in results]
    of_sessions = [event for event in events if _has_session(event)]
    sessions = LoadedSessions(database, of_sessions)
    changes_by_id = {event.id: _apply(sessions, event) for event in of_sessions}
    changes = [changes_by_id.get(event.id, NO_CHANGE) for event in events]
    sessions.save()
    return changes


def _event_of(
    fact: Fact,
    model_name: str | None,
    process: ProcessChange,
    turn: TurnChange,
    calls: CallChanges,
) -> SessionEvent:
    return SessionEvent(
        event=fact.event,
        kind=kind_of(fact.event, fact.payload, process),
        payload=fact.payload,
        id=fact.id,
        agent_id=fact.agent_id,
        is_backfilled=fact.is_backfilled,
        model_name=model_name,
        turn_started=turn.started,
        turn_ended=turn.ended,
        process=process,
        transitions=calls.transitions,
        asked_tool_use_id=calls.asks_for,
        asked_outcome=calls.asked_outcome,
    )


def _has_session(fact: SessionEvent) -> bool:
    event = fact.event
    return event.session_id != NO_SESSION or not is_record(event.hook_event_type)


def _apply(sessions: LoadedSessions, fact: SessionEvent) -> SessionChange:
    session = sessions.session(fact)
    if is_record(fact.event.hook_event_type):
        return _apply_record(sessions, session, fact)
    if session.event_count == 0:
        set_start(session, fact.event.timestamp)
    had_project = session.source_app is not None
    agent = sessions.agent(session, fact)
    before = _states_of(session, agent)
    set_process(session, fact)
    if fact.transitions:
        count_transitions(session, partial(sessions.known_agent, fact), fact)
    asks = list(session.asks)
    apply_event(session, agent, fact)
    sessions.record_asks(session, asks, fact)
    spans = _ended_spans(session, agent, before, fact)
    _link_agent(sessions, session, fact)
    is_new = agent is not None and agent.first_event_id == fact.id
    _update_launches(sessions, session, fact, is_new=is_new)
    if ends_agents(session, fact):
        spans += _end_agents(sessions, session, fact)
    return _change(session, agent, fact, spans, had_project=had_project)


def _apply_record(sessions: LoadedSessions, session: Session, fact: SessionEvent) -> SessionChange:
    had_project = session.source_app is not None
    agent = sessions.known_agent(fact, fact.agent_id) if fact.agent_id else None
    before = _states_of(session, agent)
    if fact.transitions:
        count_transitions(session, partial(sessions.known_agent, fact), fact)
    _update_launches(sessions, session, fact, is_new=False)
    asks = list(session.asks)
    apply_record(session, agent, fact)
    sessions.record_asks(session, asks, fact)
    for actor, state in zip((session, agent), before, strict=True):
        if actor is not None and state is not None:
            _delay_quiet(actor, state, fact.event.timestamp)
    has_changed = _states_of(session, agent) != before
    spans = _ended_spans(session, agent, before, fact) if has_changed else []
    if has_changed and session.base_status in {"ended", "interrupted"}:
        spans += _end_agents(sessions, session, fact)
    return _change(session, agent, fact, spans, had_project=had_project)


def _delay_quiet(actor: Actor, before: ActorState, at: int) -> None:
    """Count a call that a record ended as running until then, also in retrospect."""
    _, _, _, was_quiet_at, _ = before
    now_quiet_at = quiet_at(actor)
    if was_quiet_at is not None and now_quiet_at is not None and now_quiet_at < was_quiet_at:
        actor.not_quiet_before = min(at, was_quiet_at)


def _change(
    session: Session,
    agent: Agent | None,
    fact: SessionEvent,
    spans: Sequence[EndedState],
    *,
    had_project: bool,
) -> SessionChange:
    is_project_new = not had_project and session.source_app is not None
    return SessionChange(
        ended_states=spans,
        source_app=session.source_app,
        is_project_new=is_project_new and session.first_event_id != fact.id,
        agent_type=None if agent is None else agent.agent_type,
    )


def _states_of(session: Session, agent: Agent | None) -> States:
    return state_of(session), None if agent is None else state_of(agent)


def _ended_spans(
    session: Session, agent: Agent | None, before: States, fact: SessionEvent
) -> list[EndedState]:
    at = fact.event.timestamp
    spans = ended_spans(session, MAIN, before[0], at)
    if agent is not None and before[1] is not None:
        spans += ended_spans(agent, agent.agent_id, before[1], at)
    return spans


def _link_agent(sessions: LoadedSessions, session: Session, fact: SessionEvent) -> None:
    agent_id = launched_agent(fact)
    if agent_id is None:
        return
    response = fact.payload["tool_response"]
    launched = msgspec.structs.replace(fact, agent_id=agent_id, payload=response)
    agent = sessions.agent(session, launched)
    if agent is not None:
        link_to_call(agent, fact)


def _update_launches(
    sessions: LoadedSessions, session: Session, fact: SessionEvent, *, is_new: bool
) -> None:
    if not (is_new or fact.transitions):
        return
    if update_launches(session, fact) or is_new:
        for agent in assign_launches(session, list(sessions.agents(session))):
            sessions.touch(agent)


def _end_agents(sessions: LoadedSessions, session: Session, fact: SessionEvent) -> list[EndedState]:
    """End all subagents of a session; return the spans that this ends."""
    spans: list[EndedState] = []
    at = fact.event.timestamp
    for agent in sessions.agents(session):
        if agent.base_status not in FINISHED:
            before = state_of(agent)
            end_agent(agent, session, at)
            spans += ended_spans(agent, agent.agent_id, before, at)
            sessions.touch(agent)
    return spans


VIEW: Final = View(tables=TABLES + ask_outcomes.TABLES, forget=delete_events)
