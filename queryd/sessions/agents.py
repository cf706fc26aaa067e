"""Subagents: which events concern them, which call launched them, and their end."""

from queryd.sessions.event import STARTS, SessionEvent, text_of
from queryd.sessions.launches import LAUNCHING
from queryd.sessions.state import Agent, Session, set_status
from queryd.store.fact import MAIN


def agents_of(fact: SessionEvent) -> set[str]:
    """Return all subagents that an event can change, finished ones too."""
    ids = {fact.agent_id, launched_agent(fact) or MAIN}
    for transition in fact.transitions:
        ids.add(transition.call.agent_id)
    ids.discard(MAIN)
    return ids


def launched_agent(fact: SessionEvent) -> str | None:
    """Return the subagent that a call launched, where the event is the result of such a call."""
    if fact.kind != "PostToolUse" or fact.event.tool_name not in LAUNCHING:
        return None
    response = fact.payload.get("tool_response")
    return text_of(response.get("agentId")) if isinstance(response, dict) else None


def link_to_call(agent: Agent, fact: SessionEvent) -> None:
    """Link a subagent to the call that launched it: only that call's result names both."""
    tool_input = fact.payload.get("tool_input")
    given = tool_input if isinstance(tool_input, dict) else {}
    response = fact.payload["tool_response"]
    agent.is_linked = True
    agent.tool_use_id = fact.event.tool_use_id
    agent.parent_agent_id = fact.agent_id or None
    agent.description = text_of(given.get("description")) or text_of(response.get("description"))
    agent.description_id = fact.id
    agent.agent_type = agent.agent_type or text_of(given.get("subagent_type"))


def ends_agents(session: Session, fact: SessionEvent) -> bool:
    """Return whether no subagent can live on: a killed process sends no SessionEnd."""
    return session.base_status == "ended" or (fact.turn_ended and fact.kind in STARTS)


def end_agent(agent: Agent, session: Session, at: int) -> None:
    """End a subagent with its session, or with the turn that the user stopped."""
    source = session.base_source
    if session.base_status == "interrupted":
        set_status(agent, "interrupted", session.base_reason, session.base_reason_id, source=source)
    else:
        set_status(agent, "ended", session.end_reason, session.end_reason_id, source=source)
    agent.status, agent.status_reason = agent.base_status, agent.base_reason
    agent.status_reason_id, agent.status_source = agent.base_reason_id, agent.base_source
    agent.status_since = agent.ended_at = at


def is_compaction(fact: SessionEvent) -> bool:
    """Return whether a SubagentStop is a compaction's, which has no subagent."""
    return fact.kind == "SubagentStop" and not fact.payload.get("agent_type")
