"""Open, match and close asks: permission requests and questions.

A refusal or an Esc sends no event, so an ask is closed by the first event that implies an answer.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from queryd.calls.fold import input_key
from queryd.sessions.ask_outcomes import add_ended, outcome_of_elicitation
from queryd.sessions.event import STARTS, SessionEvent, first_line, text_of
from queryd.sessions.state import Agent, Ask, Session
from queryd.store.fact import MAIN
from queryd.store.firing_order import is_late
from queryd.summaries.asks import summarise_ask, summarise_elicitation
from queryd.summaries.tools import tool_label, tool_target
from shared.event import SESSION_GONE, SESSION_STATE

MAX_ASKS: Final = 50
INPUT_NEEDED: Final = "input needed"
"""What the registry says of a question."""


def first_ask(session: Session, agent_id: str | None = None) -> Ask | None:
    """Return the ask to answer first: permissions before questions, oldest first."""
    if not session.asks:
        return None
    open_asks = [ask for ask in session.asks if agent_id is None or ask.agent_id == agent_id]
    return min(
        open_asks, key=lambda ask: (ask.kind != "permission", ask.at, ask.event_id), default=None
    )


def _settle_answered(session: Session, _agent: Agent | None, fact: SessionEvent) -> None:
    """Take the registry's word that the main thread goes on: its prompts are answered.

    A second prompt that was open meanwhile shows up as waiting again.
    """
    at = fact.event.timestamp
    answered = [ask for ask in session.asks if ask.agent_id == MAIN and ask.at < at]
    session.asks = [ask for ask in session.asks if ask not in answered]
    session.answered = [ask for ask in answered if ask.source != "registry"][-1:]


def _open_registered(session: Session, _agent: Agent | None, fact: SessionEvent) -> None:
    """Open an ask that no hook reported, or one again that counted as answered."""
    at = fact.event.timestamp
    # The record may arrive after telemetry's report of how that ask ended.
    is_known = any(it.agent_id == MAIN and it.at <= at <= it.ended_at for it in session.ended_asks)
    if session.asks or at <= session.main_event_at or is_known:
        return
    if session.answered:
        session.asks, session.answered = session.answered, []
        return
    waiting_for = fact.process.waiting_for
    # The only call that is open: the prompt is about it.
    is_of_call = fact.asked_tool_use_id is not None and len(session.running) == 1
    is_question = waiting_for == INPUT_NEEDED
    ask = Ask(
        "question" if is_question else "permission",
        MAIN,
        f"{waiting_for or 'a prompt'}, seen in Claude Code's registry",
        fact.event.timestamp,
        fact.id,
        session.running[0].tool_name if is_of_call else None,
        fact.asked_tool_use_id if is_of_call else None,
        source="registry",
    )
    _open(session, None, ask, fact)


def _close_idle(session: Session, _agent: Agent | None, fact: SessionEvent) -> None:
    """Close what was asked before the main thread came to rest."""
    at = fact.event.timestamp
    session.asks = [ask for ask in session.asks if ask.at > at]
    session.answered = []


def _close_all(session: Session, _agent: Agent | None, fact: SessionEvent) -> None:
    at = fact.event.timestamp
    session.asks_closed_at = max(session.asks_closed_at, at)
    session.asks = [ask for ask in session.asks if is_late(at, ask.at)]
    session.answered = []


def _close_of_actor(session: Session, agent: Agent | None, fact: SessionEvent) -> None:
    actor_id, at = _id_of(agent), fact.event.timestamp
    actor = session if agent is None else agent
    actor.asks_closed_at = max(actor.asks_closed_at, at)
    if actor_id == MAIN:
        session.answered = []
    if session.asks:
        session.asks = [
            ask for ask in session.asks if ask.agent_id != actor_id or is_late(at, ask.at)
        ]


def _close_of_call(session: Session, agent: Agent | None, fact: SessionEvent) -> None:
    _close_about(session, agent, fact.event.tool_name, fact.event.tool_use_id)


def _close_decided(session: Session, agent: Agent | None, fact: SessionEvent) -> None:
    """Close by telemetry: no hook reports a refusal by the user or by a rule."""
    tool_use_id = fact.event.tool_use_id or text_of(fact.payload.get("tool_use_id"))
    if tool_use_id is None:
        _close_of_actor(session, agent, fact)
    else:
        _close_about(session, agent, fact.event.tool_name, tool_use_id)


def _open_of_call(session: Session, agent: Agent | None, fact: SessionEvent) -> None:
    _bind(session, _id_of(agent), fact)
    # A call's end may arrive before its start: then the question is already answered.
    is_running = any(transition.after == "running" for transition in fact.transitions)
    if fact.event.tool_name == "AskUserQuestion" and is_running:
        _open_requested(session, agent, fact)


def _open_requested(session: Session, agent: Agent | None, fact: SessionEvent) -> None:
    name = fact.event.tool_name or text_of(fact.payload.get("tool_name")) or "a tool"
    tool_input = fact.payload.get("tool_input")
    target = tool_target(name, tool_input, text_of(fact.payload.get("cwd")))
    summary = summarise_ask(name, tool_input, text_of(fact.payload.get("cwd")))
    is_question = name == "AskUserQuestion"
    text = (target or name) if is_question else " ".join(filter(None, (tool_label(name), target)))
    ask = Ask(
        "question" if is_question else "permission",
        _id_of(agent),
        _with_agent_type(agent, text),
        fact.event.timestamp,
        fact.id,
        name,
        fact.event.tool_use_id or fact.asked_tool_use_id,
        input_key(tool_input),
        title=summary.title,
        detail=summary.detail,
    )
    _open(session, agent, ask, fact)


def _open_elicitation(session: Session, agent: Agent | None, fact: SessionEvent) -> None:
    server = text_of(fact.payload.get("mcp_server_name"))
    if server is not None:
        # A server can ask only once its call was allowed.
        session.asks = [ask for ask in session.asks if not _is_of_server(ask.tool_name, server)]
    text = _with_agent_type(agent, first_line(fact.payload.get("message")) or "a server asks")
    summary = summarise_elicitation(fact.payload)
    ask = Ask(
        "question",
        _id_of(agent),
        text,
        fact.event.timestamp,
        fact.id,
        server=server,
        title=summary.title,
        detail=summary.detail,
    )
    if is_late(ask.at, session.elicitation_ended_at):
        add_ended(session, ask, fact, session.elicitation_outcome)
    else:
        _open(session, agent, ask, fact)


def _close_elicitation(session: Session, agent: Agent | None, fact: SessionEvent) -> None:
    _close_of_server(session, _id_of(agent), text_of(fact.payload.get("mcp_server_name")), fact)
    session.elicitation_ended_at = fact.event.timestamp
    session.elicitation_outcome = outcome_of_elicitation(fact)


def _open_notified_permission(session: Session, _agent: Agent | None, fact: SessionEvent) -> None:
    # Work since then shows an answer.
    if not session.asks and not is_late(fact.event.timestamp, session.worked_at):
        ask = Ask("permission", MAIN, message_of(fact), fact.event.timestamp, fact.id)
        _open(session, None, ask, fact)


def _open_notified_question(session: Session, _agent: Agent | None, fact: SessionEvent) -> None:
    is_answered = is_late(fact.event.timestamp, session.elicitation_ended_at)
    if not is_answered and not any(ask.kind == "question" for ask in session.asks):
        ask = Ask("question", MAIN, message_of(fact), fact.event.timestamp, fact.id)
        _open(session, None, ask, fact)


def _close_notified_question(session: Session, _agent: Agent | None, fact: SessionEvent) -> None:
    _close_of_server(session, MAIN, None, fact)
    session.elicitation_ended_at = max(session.elicitation_ended_at, fact.event.timestamp)


Effect = Callable[[Session, Agent | None, SessionEvent], None]
EFFECTS: Final[Mapping[str, Effect]] = {
    **dict.fromkeys(STARTS, _close_all),
    "SessionEnd": _close_all,
    "UserPromptSubmit": _close_of_actor,
    "Stop": _close_of_actor,
    "StopFailure": _close_of_actor,
    "SubagentStop": _close_of_actor,
    "PostToolBatch": _close_of_actor,
    "PermissionRequest": _open_requested,
    "PreToolUse": _open_of_call,
    "PostToolUse": _close_of_call,
    "PostToolUseFailure": _close_of_call,
    "PermissionDenied": _close_of_call,
    "Elicitation": _open_elicitation,
    "ElicitationResult": _close_elicitation,
    "Notification:idle_prompt": _close_of_actor,
    "Notification:permission_prompt": _open_notified_permission,
    "Notification:elicitation_dialog": _open_notified_question,
    "Notification:elicitation_response": _close_notified_question,
    "tool_decision": _close_decided,
    f"{SESSION_STATE}:busy": _settle_answered,
    f"{SESSION_STATE}:waiting": _open_registered,
    f"{SESSION_STATE}:idle": _close_idle,
    SESSION_GONE: _close_all,
}
"""What an event does to the asks of its session, by the event's kind."""


def message_of(fact: SessionEvent) -> str:
    """Return the text of a notification."""
    return first_line(fact.payload.get("message")) or "Claude is waiting for you"


def _open(session: Session, agent: Agent | None, ask: Ask, fact: SessionEvent) -> None:
    """Open an ask; one that a hook reports replaces what the registry says of it."""
    if _has_led_to_question(session, ask):
        add_ended(session, ask, fact, "allowed")
        return
    if fact.asked_outcome is not None or _is_answered(session, agent, fact):
        add_ended(session, ask, fact)
        return
    kept = [it for it in session.asks if not _is_about_same(it, ask)]
    session.asks = [*kept, ask][-MAX_ASKS:]


def _is_answered(session: Session, agent: Agent | None, fact: SessionEvent) -> bool:
    """Return whether what came before this event, and was fired after it, ended its ask."""
    closed_at = session.asks_closed_at if agent is None else agent.asks_closed_at
    at = fact.event.timestamp
    return is_late(at, closed_at) or (agent is None and is_late(at, session.idle_at))


def _is_about_same(known: Ask, ask: Ask) -> bool:
    """Return whether an ask without details is that of a hook which arrives after it."""
    is_notified = known.kind == ask.kind and known.tool_name is None and known.server is None
    return known.source == "registry" or (is_notified and is_late(ask.at, known.at))


def _has_led_to_question(session: Session, ask: Ask) -> bool:
    """Return whether an MCP server asks already, which its call was allowed for."""
    return any(
        it.server is not None and _is_of_server(ask.tool_name, it.server) and is_late(ask.at, it.at)
        for it in session.asks
    )


def _bind(session: Session, agent_id: str, fact: SessionEvent) -> None:
    """Bind an ask to its call: a PermissionRequest does not name it, and may come first."""
    unbound = [ask for ask in session.asks if ask.agent_id == agent_id and ask.tool_use_id is None]
    key = input_key(fact.payload.get("tool_input")) if unbound else None
    for ask in unbound:
        if (ask.tool_name, ask.input_key) == (fact.event.tool_name, key):
            bound = msgspec.structs.replace(ask, tool_use_id=fact.event.tool_use_id)
            session.asks = [bound if it is ask else it for it in session.asks]
            return


def _close_about(
    session: Session, agent: Agent | None, tool_name: str | None, tool_use_id: str | None
) -> None:
    """Close the asks about a call that goes on or has ended."""
    if session.asks:
        actor_id = _id_of(agent)
        session.asks = [
            ask
            for ask in session.asks
            if ask.agent_id != actor_id or not _is_about(ask, tool_name, tool_use_id)
        ]


def _is_about(ask: Ask, tool_name: str | None, tool_use_id: str | None) -> bool:
    if ask.tool_use_id is not None:
        return ask.tool_use_id == tool_use_id
    if ask.server is not None:
        return _is_of_server(tool_name, ask.server)
    return ask.tool_name in {None, tool_name}


def _close_of_server(
    session: Session, agent_id: str, server: str | None, fact: SessionEvent
) -> None:
    """Close the elicitations of a server; of all servers when it is unknown which was answered."""
    session.asks = [
        ask
        for ask in session.asks
        if ask.agent_id != agent_id
        or ask.kind != "question"
        or ask.tool_name is not None
        or is_late(fact.event.timestamp, ask.at)
        or (None not in {server, ask.server} and server != ask.server)
    ]


def _is_of_server(tool_name: str | None, server: str) -> bool:
    return (tool_name or "").startswith(f"mcp__{_REPLACED.sub('_', server)}__")


def _id_of(agent: Agent | None) -> str:
    return MAIN if agent is None else agent.agent_id


def _with_agent_type(agent: Agent | None, text: str) -> str:
    agent_type = None if agent is None else agent.agent_type
    return f"{agent_type}: {text}" if agent_type else text


_REPLACED: Final = re.compile(r"[^A-Za-z0-9_-]")
"""What the client replaces in a server's name within the names of its tools."""
