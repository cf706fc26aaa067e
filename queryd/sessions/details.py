"""Keep what is known of a session besides its status: title, project, model, process, counts."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from queryd.sessions.asks import Effect
from queryd.sessions.event import SessionEvent, first_line, text_of
from queryd.sessions.state import (
    ACTIVITY_STEP_MS,
    ACTIVITY_STEPS,
    PROCESS_ENDED,
    SESSION_LEFT,
    Actor,
    Agent,
    RunningCall,
    Session,
)
from queryd.sessions.turns import is_notification
from queryd.store.fact import MAIN, CallTransition
from queryd.store.firing_order import is_late
from shared.event import SESSION_GONE, SESSION_STATE, STATUS_LINE

MAX_RUNNING: Final = 100


class _Sender(msgspec.Struct):
    """What the forwarder knew of the process that fired a hook."""

    pid: Any = None
    pid_domain: Any = None
    host: Any = None
    client_version: Any = None


def set_start(session: Session, at: int) -> None:
    """Start a session with its first event; records before it are not events."""
    session.first_event_at = session.last_event_at = at
    session.status_since = session.span_since = at


def count_event(session: Session, agent: Agent | None, fact: SessionEvent) -> None:
    """Count an event and keep the details that any event may carry."""
    at = fact.event.timestamp
    session.event_count += 1
    # A sender's clock may run years ahead: its event must not push all others out of the last hour.
    count_activity(session, min(at, fact.event.received_at))
    session.turn_count += fact.turn_started
    session.source_app = session.source_app or fact.event.source_app
    is_current = not fact.is_backfilled
    if fact.model_name and agent is None and (is_current or session.model_name is None):
        session.model_name = fact.model_name
    for actor in (session, agent):
        if actor is not None:
            actor.first_event_at = min(actor.first_event_at, at)
            actor.last_event_at = max(actor.last_event_at, at)
            actor.last_event_id = fact.id
    is_newest = not is_late(at, session.main_event_at)
    if agent is None:
        session.main_event_at = max(session.main_event_at, at)
    if agent is not None:
        agent.event_count += 1
    elif is_current:
        _set_permission_mode(session, fact)
        if is_newest:
            _set_cwd(session, fact)
    if "session_title" in fact.payload and (is_current or session.title is None):
        _set_title(session, fact, "session_title")


def count_record(session: Session, fact: SessionEvent) -> None:
    """Keep what a record adds: it repeats what hooks reported, so it does not count as an event."""
    session.record_count += 1
    session.last_event_id = fact.id
    session.source_app = session.source_app or fact.event.source_app
    if fact.model_name and not fact.agent_id:
        session.model_name = fact.model_name
    if session.event_count == 0:
        session.first_event_at = min(session.first_event_at, fact.event.timestamp)
        session.last_event_at = max(session.last_event_at, fact.event.timestamp)
    if fact.event.hook_event_type == SESSION_STATE and session.cwd is None:
        _set_cwd(session, fact)
    if fact.event.hook_event_type == SESSION_STATE:
        version = text_of(fact.payload.get("client_version"))
        session.client_version = version or session.client_version
    if fact.event.hook_event_type == STATUS_LINE:
        _set_cwd(session, fact)
        _set_title(session, fact, "session_name")
        session.client_version = text_of(fact.payload.get("version")) or session.client_version


def count_transitions(
    session: Session, agent_of: Callable[[str], Agent | None], fact: SessionEvent
) -> None:
    """Count the calls that an event started or ended, and keep the running ones."""
    for transition in fact.transitions:
        agent = agent_of(transition.call.agent_id)
        failures = (transition.after == "failed") - (transition.before == "failed")
        for actor in (session, agent):
            if actor is not None:
                actor.tool_count += transition.before is None
                actor.failure_count += failures
        owner = session if transition.call.agent_id == MAIN else agent
        if owner is not None:
            _keep_running(owner, transition)


def set_process(session: Session, fact: SessionEvent) -> None:
    """Keep the process that sent an event, where the forwarder named it."""
    if fact.event.sender is None:
        return
    try:
        sender = _SENDER.decode(fact.event.sender)
    except msgspec.DecodeError:
        return
    host = text_of(sender.host) or session.host
    # `true` is an int in Python, but not to the decoder of the stored state.
    if type(sender.pid) is int and 0 < sender.pid < 2**31:
        # A forwarder on an old kernel names the domain once a process, with its SessionStart.
        is_same = (sender.pid, host) == (session.pid, session.host)
        session.pid_domain = text_of(sender.pid_domain) or (session.pid_domain if is_same else None)
        session.pid = sender.pid
    session.host = host
    session.client_version = text_of(sender.client_version) or session.client_version


def count_activity(session: Session, at: int) -> None:
    """Count an event in its time step; an event older than all kept steps is left out."""
    step = at // ACTIVITY_STEP_MS
    ahead = step - session.activity_step
    if ahead > 0:
        kept = session.activity[ahead:]
        session.activity = kept + [0] * (ACTIVITY_STEPS - len(kept))
        session.activity_step, ahead = step, 0
    if ahead > -ACTIVITY_STEPS:
        session.activity[ahead - 1] += 1


def _set_prompt(session: Session, _agent: Agent | None, fact: SessionEvent) -> None:
    prompt = fact.payload.get("prompt")
    if is_notification(prompt):
        return
    is_last = session.last_prompt is None or not is_late(fact.event.timestamp, session.restarted_at)
    if is_last and (line := first_line(prompt)):
        session.last_prompt, session.last_prompt_id = line, fact.id
    if session.title is None:
        session.title, session.title_id = session.last_prompt, session.last_prompt_id


def _set_answer(session: Session, agent: Agent | None, fact: SessionEvent) -> None:
    actor = agent or session
    if line := first_line(fact.payload.get("last_assistant_message")):
        actor.last_answer, actor.last_answer_id = line, fact.id


def _set_end_reason(session: Session, _agent: Agent | None, fact: SessionEvent) -> None:
    if not is_late(fact.event.timestamp, session.restarted_at):
        session.end_reason, session.end_reason_id = text_of(fact.payload.get("reason")), fact.id


def _set_process_end(session: Session, _agent: Agent | None, fact: SessionEvent) -> None:
    has_left = fact.payload.get("reason") == "session_left"
    session.end_reason, session.end_reason_id = SESSION_LEFT if has_left else PROCESS_ENDED, 0


def _start_compaction(session: Session, _agent: Agent | None, _fact: SessionEvent) -> None:
    session.compacting = True


def _finish_compaction(session: Session, _agent: Agent | None, _fact: SessionEvent) -> None:
    """Count a compaction once: PostCompact and SessionStart both report its end."""
    session.compaction_count += session.compacting
    session.compacting = False


EFFECTS: Final[Mapping[str, Effect]] = {
    "UserPromptSubmit": _set_prompt,
    "Stop": _set_answer,
    "SubagentStop": _set_answer,
    "SessionEnd": _set_end_reason,
    SESSION_GONE: _set_process_end,
    "PreCompact": _start_compaction,
    "PostCompact": _finish_compaction,
    "SessionStart:compact": _finish_compaction,
}
"""What an event does to the details of its session or subagent, by the event's kind."""


def _set_permission_mode(session: Session, fact: SessionEvent) -> None:
    mode, at = text_of(fact.payload.get("permission_mode")), fact.event.timestamp
    if mode is not None and not is_late(at, session.permission_mode_at):
        session.permission_mode, session.permission_mode_at = mode, at


def _set_cwd(session: Session, fact: SessionEvent) -> None:
    if cwd := text_of(fact.payload.get("cwd")):
        session.cwd, session.cwd_id = cwd, fact.id


def _set_title(session: Session, fact: SessionEvent, key: str) -> None:
    if title := first_line(fact.payload.get(key)):
        session.title, session.title_id = title, fact.id


def _keep_running(owner: Actor, transition: CallTransition) -> None:
    call = transition.call
    owner.running = [it for it in owner.running if it.call_id != call.id]
    if transition.after == "running":
        event_id = call.target_event_id or call.first_event_id
        running = RunningCall(call.id, call.tool_name, call.target, call.started_at, event_id)
        owner.running = [*owner.running, running][-MAX_RUNNING:]


_SENDER: Final = msgspec.json.Decoder(_Sender)
