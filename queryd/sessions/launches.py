"""Guess which call launched a subagent that runs: only the call's result names both.

A subagent's first event names its type and neither its call nor the subagent that launched it. Of
the open calls that launch such a subagent the first belongs to the first that started. The result
of a call corrects a wrong guess.
"""

from collections.abc import Collection, Container, Iterable
from typing import Final

from queryd.sessions.event import SessionEvent, text_of
from queryd.sessions.state import FINISHED, Agent, Launch, Session
from queryd.store.firing_order import LATE_MS

LAUNCHING: Final = frozenset({"Agent", "Task"})
"""Tools that launch a subagent."""
MAX_LAUNCHES: Final = 50


def update_launches(session: Session, fact: SessionEvent) -> bool:
    """Keep the open calls that launch subagents; return whether an event changed them."""
    ended = {it.call.tool_use_id for it in fact.transitions if it.after != "running"}
    kept = [launch for launch in session.launches if launch.tool_use_id not in ended]
    launch = _launch_of(fact)
    if launch is not None and launch.tool_use_id not in ended:
        kept = [*kept, launch][-MAX_LAUNCHES:]
    has_changed = kept != session.launches
    session.launches = kept
    return has_changed


def assign_launches(session: Session, agents: Collection[Agent]) -> list[Agent]:
    """Give subagents without a known call the open ones; return those that changed."""
    live = {agent.agent_id for agent in agents if agent.base_status not in FINISHED}
    guessed = [agent for agent in agents if agent.agent_id in live and not agent.is_linked]
    # A finished agent keeps its call until the result of that call names it, or another.
    may_change = live | {agent.agent_id for agent in agents if agent.is_linked}
    free = [it for it in session.launches if it.taken_by is None or it.taken_by in may_change]
    for launch in free:
        launch.taken_by = None
    free.sort(key=lambda launch: (launch.at, launch.event_id))
    guessed.sort(key=lambda agent: (agent.first_event_at, agent.agent_id))
    linked = {agent.tool_use_id for agent in agents if agent.is_linked}
    return [agent for agent in guessed if _assign(agent, free, linked)]


def _assign(agent: Agent, free: Iterable[Launch], linked: Container[str | None]) -> bool:
    before = agent.tool_use_id, agent.description, agent.parent_agent_id
    launch = next((it for it in free if it.taken_by is None and _may_launch(it, agent)), None)
    if launch is None and agent.tool_use_id in linked:
        agent.tool_use_id = agent.description = agent.parent_agent_id = None
    elif launch is not None:
        launch.taken_by = agent.agent_id
        agent.tool_use_id, agent.parent_agent_id = launch.tool_use_id, launch.agent_id or None
        agent.description, agent.description_id = launch.description, launch.event_id
        agent.agent_type = agent.agent_type or launch.agent_type
    return before != (agent.tool_use_id, agent.description, agent.parent_agent_id)


def _may_launch(launch: Launch, agent: Agent) -> bool:
    is_of_type = None in {launch.agent_type, agent.agent_type} or (
        launch.agent_type == agent.agent_type
    )
    is_in_time = launch.at <= agent.first_event_at + LATE_MS
    return is_of_type and is_in_time and launch.agent_id != agent.agent_id


def _launch_of(fact: SessionEvent) -> Launch | None:
    tool_use_id = fact.event.tool_use_id
    is_running = any(it.after == "running" for it in fact.transitions)
    if fact.kind != "PreToolUse" or fact.event.tool_name not in LAUNCHING or not is_running:
        return None
    if tool_use_id is None:
        return None
    tool_input = fact.payload.get("tool_input")
    given = tool_input if isinstance(tool_input, dict) else {}
    return Launch(
        tool_use_id=tool_use_id,
        agent_id=fact.agent_id,
        agent_type=text_of(given.get("subagent_type")),
        description=text_of(given.get("description")),
        at=fact.event.timestamp,
        event_id=fact.id,
    )
