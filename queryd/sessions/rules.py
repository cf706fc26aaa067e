"""Say what each event means for a session and its subagents: the rules of their states.

In: a session, the agent where the event is one's, the event. Out: both changed. No SQL here: that
is in `queryd/sessions/fold.py`. What the client does not report (an Esc, a refusal) shows in what
comes next.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from queryd.calls.fold import input_key
from queryd.sessions.state import (
    NO_PROMPT_YET,
    Agent,
    Ask,
    Running,
    Session,
    Task,
    asked_of,
    count_activity,
    set_status,
    show,
)
from queryd.sessions.turns import is_notification
from queryd.store.fact import MAIN, CallTransition
from queryd.summaries.tools import tool_label, tool_target
from shared.event import STATUS_LINE, Event

LINE_CHARS: Final = 400
SCANNED_CHARS: Final = 4_000
REVIVE_MS: Final = 5_000
"""Events of one moment come in any order: work this soon after an end is not a new life."""
MOST_TASKS: Final = 50
MOST_ASKS: Final = 50
MOST_RUNNING: Final = 100
OVER: Final = frozenset({"completed", "failed", "killed", "cancelled", "canceled", "stopped"})
"""How the client calls background tasks that run no more."""
WORK: Final = frozenset(
    {"PreToolUse", "PostToolUse", "PostToolUseFailure", "PermissionDenied", "PostToolBatch"}
)
SHOWS_WORK: Final = WORK | {"UserPromptSubmit", "PermissionRequest", "MessageDisplay"}
REVIVES: Final = WORK | {"PermissionRequest"}
"""What, well after its end, shows that a session lives; a MessageDisplay may just be late."""


class SessionEvent(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Hold an event, with what its turn and its calls say of it."""

    event: Event
    payload: dict[str, Any]
    id: int
    agent_id: str
    is_backfilled: bool
    model_name: str | None
    """The model the session used then, as far as known."""
    turn_started: bool
    turn_over: bool
    transitions: Sequence[CallTransition]
    asks_for: str | None
    """The tool use a PermissionRequest is about, where that is known."""


def apply(session: Session, agent: Agent | None, fact: SessionEvent) -> None:
    """Apply one event to a session, and to the subagent it is of."""
    at = fact.event.timestamp
    if session.event_count == 0:
        _start(session, fact)
    _count(session, agent, fact)
    rule = (_OF_MAIN if agent is None else _OF_AGENT).get(fact.event.hook_event_type)
    if session.own == "ended" and not _counts_after_the_end(session, agent, fact):
        rule = None
    if fact.is_backfilled and (agent is None or agent.last_event_at > at):
        rule = None
    if rule is not None:
        rule(session, agent, fact)
    show(session, asked_of(session), at)
    if agent is not None:
        show(agent, asked_of(session, agent.agent_id), at)


def take_record(session: Session, agent: Agent | None, fact: SessionEvent) -> None:
    """Take in what a record knows of a session.

    Telemetry repeats what hooks already reported, so it neither counts as an event nor changes the
    status. Only the decision about an ask is in no hook.
    """
    event = fact.event
    session.last_event_id = fact.id
    session.source_app = session.source_app or event.source_app
    if fact.model_name and not fact.agent_id:
        session.model_name = fact.model_name
    if session.event_count == 0:
        session.first_event_at = min(session.first_event_at, event.timestamp)
        session.last_event_at = max(session.last_event_at, event.timestamp)
    if event.hook_event_type == STATUS_LINE:
        _take_status_line(session, fact)
    if event.hook_event_type == "tool_decision" and session.own != "ended":
        _on_decision(session, agent, fact)
        show(session, asked_of(session), event.timestamp)
        if agent is not None:
            show(agent, asked_of(session, agent.agent_id), event.timestamp)


def _take_status_line(session: Session, fact: SessionEvent) -> None:
    """Apply a status line, which the client draws as often as it likes."""
    _take_cwd(session, fact)
    _take_title(session, fact, "session_name")
    session.client_version = _text(fact.payload.get("version")) or session.client_version


def start(session: Session, at: int) -> None:
    """Start with the first hook event; telemetry before it does not count."""
    session.first_event_at = session.last_event_at = at
    session.status_since = session.shown_since = at


def _start(session: Session, fact: SessionEvent) -> None:
    event = fact.event
    if event.hook_event_type in SHOWS_WORK and not fact.agent_id:
        set_status(session, "working")


def _take_cwd(session: Session, fact: SessionEvent) -> None:
    if cwd := _text(fact.payload.get("cwd")):
        session.cwd, session.cwd_id = cwd, fact.id


def _take_title(session: Session, fact: SessionEvent, key: str) -> None:
    if title := _line(fact.payload.get(key)):
        session.title, session.title_id = title, fact.id


def _take_answer(actor: Session | Agent, fact: SessionEvent) -> None:
    if line := _line(fact.payload.get("last_assistant_message")):
        actor.last_answer, actor.last_answer_id = line, fact.id


def _count(session: Session, agent: Agent | None, fact: SessionEvent) -> None:
    """Take in what every event may carry."""
    payload = fact.payload
    session.event_count += 1
    # A sender's clock may run years ahead: its event must not push all others out of the last hour.
    count_activity(session, min(fact.event.timestamp, fact.event.received_at))
    session.turn_count += fact.turn_started
    session.source_app = session.source_app or fact.event.source_app
    is_now = not fact.is_backfilled
    if fact.model_name and agent is None and (is_now or session.model_name is None):
        session.model_name = fact.model_name
    for one in (session, agent):
        if one is not None:
            one.first_event_at = min(one.first_event_at, fact.event.timestamp)
            one.last_event_at = max(one.last_event_at, fact.event.timestamp)
            one.last_event_id = fact.id
    if agent is not None:
        agent.event_count += 1
    elif is_now:
        session.permission_mode = _text(payload.get("permission_mode")) or session.permission_mode
        _take_cwd(session, fact)
    if is_now or session.title is None:
        _take_title(session, fact, "session_title")


def count_transitions(
    session: Session, agent_of: Callable[[str], Agent | None], fact: SessionEvent
) -> None:
    """Count the calls that an event started or ended, and update which of them run."""
    for transition in fact.transitions:
        call = transition.call
        agent = agent_of(call.agent_id)
        for one in (session, agent):
            if one is not None:
                one.tool_count += transition.before is None
                one.failure_count += (transition.after == "failed") - (
                    transition.before == "failed"
                )
        owner = session if call.agent_id == MAIN else agent
        if owner is None:
            continue
        owner.running = [it for it in owner.running if it.call_id != call.id]
        if transition.after == "running":
            running = Running(
                call.id,
                call.tool_name,
                call.target,
                call.started_at,
                call.target_event_id or call.first_event_id,
            )
            owner.running = [*owner.running, running][-MOST_RUNNING:]


# The main thread


def _on_start(session: Session, _agent: Agent | None, fact: SessionEvent) -> None:
    if fact.payload.get("source") == "compact":
        _compacted(session)
        return
    if not fact.turn_over:
        return  # it comes late: the first turn has started
    session.ended_at = session.end_reason = None
    session.asks, session.tasks, session.before_compaction = [], [], None
    fresh = fact.payload.get("source") not in {"resume", "fork"}
    set_status(session, "done", NO_PROMPT_YET if fresh else None)


def _on_prompt(session: Session, _agent: Agent | None, fact: SessionEvent) -> None:
    prompt = fact.payload.get("prompt")
    _answered(session, MAIN)
    if is_notification(prompt):
        found = _TASK_ID.search(str(prompt)[:LINE_CHARS])
        if found is not None:
            _without_task(session, found[1])
    else:
        if line := _line(prompt):
            session.last_prompt, session.last_prompt_id = line, fact.id
        if session.title is None:
            session.title, session.title_id = session.last_prompt, session.last_prompt_id
    _works(session)


def _on_work(session: Session, _agent: Agent | None, fact: SessionEvent) -> None:
    _works(session)
    _on_call(session, None, fact)


def _on_permission(session: Session, _agent: Agent | None, fact: SessionEvent) -> None:
    _works(session)
    _ask(session, None, fact)


def _on_stop(session: Session, _agent: Agent | None, fact: SessionEvent) -> None:
    _answered(session, MAIN)
    session.before_compaction = None
    _take_answer(session, fact)
    session.tasks = _tasks(fact.payload.get("background_tasks"))
    session.tasks_id = fact.id
    session.own = "done"
    _rest(session)


def _on_failure(session: Session, _agent: Agent | None, fact: SessionEvent) -> None:
    _answered(session, MAIN)
    session.before_compaction = None
    set_status(session, "failed", _failure(fact.payload), fact.id)


def _on_session_end(session: Session, _agent: Agent | None, fact: SessionEvent) -> None:
    reason = _text(fact.payload.get("reason"))
    session.asks, session.tasks, session.before_compaction = [], [], None
    session.ended_at = fact.event.timestamp
    session.end_reason, session.end_reason_id = reason, fact.id
    set_status(session, "ended", reason, fact.id)


def _on_notification(session: Session, _agent: Agent | None, fact: SessionEvent) -> None:
    message = _line(fact.payload.get("message")) or "Claude is waiting for you"
    match fact.payload.get("notification_type"):
        case "idle_prompt":
            _answered(session, MAIN)
            session.before_compaction = None
            if session.own not in {"background", "failed"}:
                set_status(session, "needs_input", message, fact.id)
        case "permission_prompt" if not session.asks:
            _add(session, Ask("permission", MAIN, message, fact.event.timestamp, fact.id))
        case "elicitation_dialog" if not any(ask.kind == "question" for ask in session.asks):
            _add(session, Ask("question", MAIN, message, fact.event.timestamp, fact.id))
        case "elicitation_response":
            _elicited(session, MAIN, None)


def _on_pre_compact(session: Session, _agent: Agent | None, _fact: SessionEvent) -> None:
    if session.before_compaction is None:
        session.before_compaction = (session.own, session.own_reason, session.own_reason_id)
    session.compacting = True
    set_status(session, "working", "compacting")


def _on_post_compact(session: Session, _agent: Agent | None, _fact: SessionEvent) -> None:
    _compacted(session)
    if session.before_compaction is not None:
        set_status(session, *session.before_compaction)
        session.before_compaction = None
        if session.own == "background":
            _rest(session)  # a task may have ended meanwhile


def _compacted(session: Session) -> None:
    """Count a compaction at the first of the events that report its end."""
    session.compaction_count += session.compacting
    session.compacting = False


def _on_decision(session: Session, agent: Agent | None, fact: SessionEvent) -> None:
    """Know from telemetry that it was decided, by a person or a rule, though no hook says so."""
    call = fact.event.tool_use_id or _text(fact.payload.get("tool_use_id"))
    if call is None:
        _answered(session, _id_of(agent))
    else:
        _close(session, agent, msgspec.structs.replace(fact.event, tool_use_id=call))


# Subagents


def _on_agent_start(session: Session, agent: Agent | None, _fact: SessionEvent) -> None:
    if agent is not None:
        set_status(agent, "working")
        agent.ended_at = None
    del session


def _on_agent_work(session: Session, agent: Agent | None, fact: SessionEvent) -> None:
    if agent is None:
        return
    if agent.own not in {"done", "failed"} or fact.event.hook_event_type == "PreToolUse":
        _on_agent_start(session, agent, fact)
    _on_call(session, agent, fact)


def _on_agent_permission(session: Session, agent: Agent | None, fact: SessionEvent) -> None:
    _ask(session, agent, fact)


def _on_agent_stop(session: Session, agent: Agent | None, fact: SessionEvent) -> None:
    if agent is None:
        return
    _answered(session, agent.agent_id)
    _take_answer(agent, fact)
    set_status(agent, "done")
    agent.ended_at = fact.event.timestamp
    _without_task(session, agent.agent_id)


def _on_agent_failure(session: Session, agent: Agent | None, fact: SessionEvent) -> None:
    if agent is not None:
        _answered(session, agent.agent_id)
        set_status(agent, "failed", _failure(fact.payload), fact.id)
        agent.ended_at = fact.event.timestamp


# Either


def _on_call(session: Session, agent: Agent | None, fact: SessionEvent) -> None:
    """Open the question that a call is; close what its end answers."""
    match fact.event.hook_event_type:
        case "PostToolBatch":
            _answered(session, _id_of(agent))
        case "PreToolUse":
            _bind(session, _id_of(agent), fact)
            if fact.event.tool_name == "AskUserQuestion" and _is_open(fact):
                _ask(session, agent, fact)
        case _:
            _close(session, agent, fact.event)


def _close(session: Session, agent: Agent | None, event: Event) -> None:
    """Close what was asked for a call that goes on, or that is over."""
    session.asks = [
        ask for ask in session.asks if ask.agent_id != _id_of(agent) or not _is_about(ask, event)
    ]


def _is_about(ask: Ask, event: Event) -> bool:
    if ask.tool_use_id is not None:
        return ask.tool_use_id == event.tool_use_id
    if ask.server is not None:
        return _is_of_server(event.tool_name, ask.server)
    return ask.tool_name in {None, event.tool_name}


def _is_of_server(tool_name: str | None, server: str) -> bool:
    return (tool_name or "").startswith(f"mcp__{_NO_NAME.sub('_', server)}__")


def _is_open(fact: SessionEvent) -> bool:
    """Return whether the call of a PreToolUse still runs: its end may have come before it."""
    return any(transition.after == "running" for transition in fact.transitions)


def _bind(session: Session, agent_id: str, fact: SessionEvent) -> None:
    """Link an ask that came before its call's own first event to the call."""
    waiting = [ask for ask in session.asks if ask.agent_id == agent_id and ask.tool_use_id is None]
    key = input_key(fact.payload.get("tool_input")) if waiting else None
    for ask in waiting:
        if (ask.tool_name, ask.input_key) == (fact.event.tool_name, key):
            ask.tool_use_id = fact.event.tool_use_id
            return


def _ask(session: Session, agent: Agent | None, fact: SessionEvent) -> None:
    name = fact.event.tool_name or _text(fact.payload.get("tool_name")) or "a tool"
    given = fact.payload.get("tool_input")
    target = tool_target(name, given, _text(fact.payload.get("cwd")))
    is_question = name == "AskUserQuestion"
    words = (target or name) if is_question else " ".join(filter(None, (tool_label(name), target)))
    _add(
        session,
        Ask(
            "question" if is_question else "permission",
            _id_of(agent),
            _with_agent_type(agent, words),
            fact.event.timestamp,
            fact.id,
            name,
            fact.event.tool_use_id or fact.asks_for,
            input_key(given),
        ),
    )


def _add(session: Session, ask: Ask) -> None:
    session.asks = [*session.asks, ask][-MOST_ASKS:]


def _answered(session: Session, agent_id: str) -> None:
    if session.asks:
        session.asks = [ask for ask in session.asks if ask.agent_id != agent_id]


def _on_elicitation(session: Session, agent: Agent | None, fact: SessionEvent) -> None:
    server = _text(fact.payload.get("mcp_server_name"))
    if server is not None:
        # A server can ask only once its call was allowed.
        session.asks = [ask for ask in session.asks if not _is_of_server(ask.tool_name, server)]
    words = _with_agent_type(agent, _line(fact.payload.get("message")) or "a server asks")
    at = fact.event.timestamp
    _add(session, Ask("question", _id_of(agent), words, at, fact.id, server=server))


def _on_elicited(session: Session, agent: Agent | None, fact: SessionEvent) -> None:
    _elicited(session, _id_of(agent), _text(fact.payload.get("mcp_server_name")))


def _elicited(session: Session, agent_id: str, server: str | None) -> None:
    """Close what servers asked; where it is known which was answered, what that one asked."""
    session.asks = [
        ask
        for ask in session.asks
        if ask.agent_id != agent_id
        or ask.kind != "question"
        or ask.tool_name is not None
        or (None not in {server, ask.server} and server != ask.server)
    ]


def _id_of(agent: Agent | None) -> str:
    return MAIN if agent is None else agent.agent_id


def _with_agent_type(agent: Agent | None, words: str) -> str:
    asker = None if agent is None else agent.agent_type
    return f"{asker}: {words}" if asker else words


def _works(session: Session) -> None:
    session.ended_at = session.end_reason = None
    session.before_compaction = None
    set_status(session, "working")


def _rest(session: Session) -> None:
    """Say what a session does whose main thread has stopped."""
    if session.own not in {"done", "background"}:
        return
    if not session.tasks:
        set_status(session, "done")
        return
    count = len(session.tasks)
    words = ", ".join(task.words for task in session.tasks)
    reason = f"{count} task{'s' * (count > 1)}: {words}"[:LINE_CHARS]
    set_status(session, "background", reason, session.tasks_id)


def _without_task(session: Session, task_id: str) -> None:
    left = [task for task in session.tasks if task.id != task_id]
    if len(left) < len(session.tasks):
        session.tasks = left
        _rest(session)


def _tasks(reported: object) -> list[Task]:
    tasks = (
        [_task(one) for one in reported if isinstance(one, dict)]
        if isinstance(reported, list)
        else []
    )
    return [task for task in tasks if task is not None][:MOST_TASKS]


def _task(reported: dict[str, Any]) -> Task | None:
    task_id = _text(reported.get("id"))
    if task_id is None or reported.get("status") in OVER:
        return None
    words = _line(reported.get("description")) or _line(reported.get("command")) or task_id
    return Task(task_id, _text(reported.get("type")), words)


def _failure(payload: dict[str, Any]) -> str:
    error = _text(payload.get("error")) or "failed"
    said = _line(payload.get("last_assistant_message")) or _line(payload.get("error_details"))
    return f"{error}: {said}"[: 2 * LINE_CHARS] if said else error


def _counts_after_the_end(session: Session, agent: Agent | None, fact: SessionEvent) -> bool:
    """Return whether an event counts although its session has ended."""
    kind = fact.event.hook_event_type
    if agent is not None:
        return kind == "SubagentStop"
    if kind == "SessionStart":
        return fact.payload.get("source") != "compact"
    if kind == "UserPromptSubmit":
        return fact.turn_started
    late = fact.event.timestamp - (session.ended_at or 0) > REVIVE_MS
    return late and kind in REVIVES


def _line(value: object) -> str | None:
    """Return the first line that says something, cut to what a row can show."""
    if not isinstance(value, str):
        return None
    return value[:SCANNED_CHARS].lstrip().partition("\n")[0].rstrip()[:LINE_CHARS] or None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


_NO_NAME: Final = re.compile(r"[^A-Za-z0-9_-]")
"""What the client replaces in a server's name to make a tool's of it."""
_TASK_ID: Final = re.compile(r"<task-id>([^<]+)</task-id>")

Rule = Callable[[Session, Agent | None, SessionEvent], None]
_OF_MAIN: Final[dict[str, Rule]] = {
    "SessionStart": _on_start,
    "UserPromptSubmit": _on_prompt,
    **dict.fromkeys(WORK, _on_work),
    "PermissionRequest": _on_permission,
    "Stop": _on_stop,
    "StopFailure": _on_failure,
    "SessionEnd": _on_session_end,
    "Notification": _on_notification,
    "PreCompact": _on_pre_compact,
    "PostCompact": _on_post_compact,
    "Elicitation": _on_elicitation,
    "ElicitationResult": _on_elicited,
}
_OF_AGENT: Final[dict[str, Rule]] = {
    "SubagentStart": _on_agent_start,
    **dict.fromkeys(WORK, _on_agent_work),
    "PermissionRequest": _on_agent_permission,
    "SubagentStop": _on_agent_stop,
    "StopFailure": _on_agent_failure,
    "Elicitation": _on_elicitation,
    "ElicitationResult": _on_elicited,
}
