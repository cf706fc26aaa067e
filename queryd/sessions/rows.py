"""The rows of the API, made from stored state as of now: silence makes a session quiet."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Literal

import msgspec

from queryd.sessions.quiet import quiet_at, quiet_reason
from queryd.sessions.state import (
    ACTIVITY_STEP_MS,
    FINISHED,
    PROCESS_ENDED,
    Actor,
    Agent,
    Ask,
    EndedAsk,
    Session,
    Task,
)
from queryd.sessions.turns import Kind, TurnOutcome
from queryd.store.fact import MAIN, AskOutcome, Call, CallOutcome, Status, StatusSource
from queryd.summaries.tools import mcp_server
from queryd.usage.rows import NO_FIGURES, Compaction, ContextUse, Cost, Figures, Tokens

ShownTurnOutcome = Literal[TurnOutcome, "waiting", "no_result"]


class CurrentTool(msgspec.Struct, frozen=True):
    """The newest call that still runs; `since` in ms since the epoch."""

    tool_name: str
    target: str | None
    since: int


class AskRow(msgspec.Struct, frozen=True, kw_only=True):
    """A permission request or question. Times are ms since the epoch; unknown is null."""

    event_id: int
    kind: Literal["permission", "question"]
    agent_id: str | None
    """The subagent that asks; null for the main thread."""
    tool_name: str | None
    tool_use_id: str | None
    text: str | None
    """What is asked, on one line; null once it is answered, as its event has it."""
    title: str | None
    """Claude's own description, the question, or the call; null where `text` is all there is."""
    detail: str | None
    """The first two lines of the command, the options, the plan, the edit or the arguments."""
    source: StatusSource
    """`registry`: no hook reported what is asked."""
    outcome: AskOutcome
    asked_at: int
    ended_at: int | None


class AgentRow(msgspec.Struct, frozen=True, kw_only=True):
    """A subagent. Times are ms since the epoch; unknown is null."""

    agent_id: str
    agent_type: str | None
    description: str | None
    status: Status
    status_since: int
    status_reason: str | None
    status_source: StatusSource
    tool_use_id: str | None
    """The call that launched it."""
    parent_agent_id: str | None
    """The subagent that launched it; null for the main thread."""
    current_tool: CurrentTool | None
    last_answer: str | None
    model_name: str | None
    """Of its last request."""
    context: ContextUse | None
    cost: Cost | None
    tokens: Tokens | None
    event_count: int
    tool_count: int
    failure_count: int
    first_event_at: int
    last_event_at: int
    ended_at: int | None


class SessionRow(msgspec.Struct, frozen=True, kw_only=True):
    """A session. Times are ms since the epoch; unknown is null."""

    session_id: str
    project: str | None
    source_app: str | None
    title: str | None
    status: Status
    status_since: int
    status_reason: str | None
    """The open ask, the error, the background tasks, or why it ended."""
    status_source: StatusSource
    asks: Sequence[AskRow]
    """Those that are open, oldest first, after the last ten that ended."""
    model_name: str | None
    permission_mode: str | None
    cwd: str | None
    client_version: str | None
    context: ContextUse | None
    """Of the main thread."""
    cost: Cost | None
    """Including subagents, as `tokens` does."""
    tokens: Tokens | None
    compactions: Sequence[Compaction]
    """The last 50 of the main thread."""
    current_tool: CurrentTool | None
    background_tasks: Sequence[Task]
    last_prompt: str | None
    last_answer: str | None
    event_count: int
    record_count: int
    """Of telemetry, the status line and the registry: events of the log that are no actions."""
    tool_count: int
    failure_count: int
    turn_count: int
    compaction_count: int
    agent_count: int
    first_event_at: int
    last_event_at: int
    last_event_id: int
    ended_at: int | None
    end_reason: str | None
    activity: Sequence[int]
    """Events, including those of subagents, in each of 30 steps of 2 minutes, oldest first."""
    activity_until: int
    """The end of the last step, which is that of the newest event."""
    agents: Sequence[AgentRow]
    """The subagents seen last, newest first; `agent_count` counts all."""


class CallRow(msgspec.Struct, frozen=True, kw_only=True):
    """A tool call. Times are ms since the epoch; unknown is null."""

    id: int
    session_id: str
    tool_use_id: str
    tool_name: str
    mcp_server: str | None
    target: str | None
    agent_id: str | None
    agent_type: str | None
    prompt_id: str | None
    """The turn it belongs to."""
    source_app: str | None
    model_name: str | None
    outcome: CallOutcome
    started_at: int
    ended_at: int | None
    asked_at: int | None
    """When it needed a permission."""
    duration_ms: int | None
    waiting_ms: int | None
    """From its first event to its last, less its duration: mostly waiting for the user. Of an open
    call, how long it has been asked for so far."""
    error: str | None
    first_event_id: int
    last_event_id: int


class FileRow(msgspec.Struct, frozen=True):
    """What a session did to one file; lines as the tools counted them."""

    path: str
    read_count: int
    write_count: int
    edit_count: int
    lines_added: int
    lines_removed: int
    created: bool
    last_touched_at: int
    last_event_id: int


class TurnRow(msgspec.Struct, frozen=True, kw_only=True):
    """A turn, from a prompt to its answer; its calls have the same `prompt_id`."""

    id: int
    """Its first event."""
    prompt_id: str | None
    kind: Kind
    """`notification`: the client reports a background task; `unknown`: the prompt is missing."""
    prompt: str | None
    """At most 4,000 characters; the event has all."""
    answer: str | None
    outcome: ShownTurnOutcome
    """`no_result`: its session is quiet, or its process has ended."""
    started_at: int
    ended_at: int | None
    """The session's last event, of a turn without a result."""
    tool_count: int
    failure_count: int
    last_event_id: int


def call_row(call: Call, outcome: CallOutcome, waiting_ms: int | None) -> CallRow:
    """Return the row of a call, whose outcome and waiting time are as of now."""
    return CallRow(
        id=call.id,
        session_id=call.session_id,
        tool_use_id=call.tool_use_id,
        tool_name=call.tool_name,
        mcp_server=mcp_server(call.tool_name),
        target=call.target,
        agent_id=call.agent_id or None,
        agent_type=call.agent_type,
        prompt_id=call.prompt_id,
        source_app=call.source_app,
        model_name=call.model_name,
        outcome=outcome,
        started_at=call.started_at,
        ended_at=call.ended_at,
        asked_at=call.asked_at,
        duration_ms=call.duration_ms,
        waiting_ms=waiting_ms,
        error=call.error,
        first_event_id=call.first_event_id,
        last_event_id=call.last_event_id,
    )


def session_row(
    session: Session,
    agents: Sequence[Agent],
    *,
    now: int,
    process_ended: bool,
    figures: Mapping[tuple[str, str], Figures] = MappingProxyType({}),
) -> SessionRow:
    """Return the row of a session as of now."""
    usage = figures.get((session.session_id, MAIN), NO_FIGURES)
    status, since, reason, source = current_status(session, now=now, process_ended=process_ended)
    return SessionRow(
        session_id=session.session_id,
        project=session.source_app or _last_part(session.cwd),
        source_app=session.source_app,
        title=session.title,
        status=status,
        status_since=since,
        status_reason=reason,
        status_source=source,
        asks=[
            *(_ended_ask(ask) for ask in session.ended_asks),
            *(_open_ask(ask) for ask in session.asks if status != "ended"),
        ],
        model_name=session.model_name,
        permission_mode=session.permission_mode,
        cwd=session.cwd,
        client_version=session.client_version,
        context=usage.context,
        cost=usage.cost,
        tokens=usage.tokens,
        compactions=usage.compactions,
        current_tool=_current_tool(session, status),
        background_tasks=[] if status == "ended" else session.tasks,
        last_prompt=session.last_prompt,
        last_answer=session.last_answer,
        event_count=session.event_count,
        record_count=session.record_count,
        tool_count=session.tool_count,
        failure_count=session.failure_count,
        turn_count=session.turn_count,
        compaction_count=session.compaction_count,
        agent_count=session.agent_count,
        first_event_at=session.first_event_at,
        last_event_at=session.last_event_at,
        last_event_id=session.last_event_id,
        ended_at=session.ended_at,
        end_reason=session.end_reason,
        activity=session.activity,
        activity_until=(session.activity_step + 1) * ACTIVITY_STEP_MS,
        agents=[
            agent_row(
                agent,
                now=now,
                process_ended=process_ended,
                figures=figures.get((session.session_id, agent.agent_id), NO_FIGURES),
            )
            for agent in agents
        ],
    )


def agent_row(
    agent: Agent, *, now: int, process_ended: bool, figures: Figures = NO_FIGURES
) -> AgentRow:
    """Return the row of a subagent as of now."""
    status, since, reason, source = current_status(agent, now=now, process_ended=process_ended)
    return AgentRow(
        agent_id=agent.agent_id,
        agent_type=agent.agent_type,
        description=agent.description,
        status=status,
        status_since=since,
        status_reason=reason,
        status_source=source,
        tool_use_id=agent.tool_use_id,
        parent_agent_id=agent.parent_agent_id,
        current_tool=_current_tool(agent, status),
        last_answer=agent.last_answer,
        model_name=figures.model_name,
        context=figures.context,
        cost=figures.cost,
        tokens=figures.tokens,
        event_count=agent.event_count,
        tool_count=agent.tool_count,
        failure_count=agent.failure_count,
        first_event_at=agent.first_event_at,
        last_event_at=agent.last_event_at,
        ended_at=agent.ended_at,
    )


def current_status(
    actor: Actor, *, now: int, process_ended: bool
) -> tuple[Status, int, str | None, StatusSource]:
    """Return status, since when, the reason, and what it is known from, as of now."""
    is_finished = actor.status in (FINISHED if isinstance(actor, Agent) else {"ended"})
    if process_ended and not is_finished:
        return "ended", actor.last_event_at, PROCESS_ENDED, "process"
    quiet_from = quiet_at(actor)
    if quiet_from is not None and quiet_from <= now:
        return "quiet", actor.last_event_at, quiet_reason(actor.status), "silence"
    return actor.status, actor.status_since, actor.status_reason, actor.status_source


def _open_ask(ask: Ask) -> AskRow:
    return AskRow(
        event_id=ask.event_id,
        kind=ask.kind,
        agent_id=ask.agent_id or None,
        tool_name=ask.tool_name,
        tool_use_id=ask.tool_use_id,
        text=ask.text,
        title=ask.title,
        detail=ask.detail,
        source=ask.source,
        outcome="open",
        asked_at=ask.at,
        ended_at=None,
    )


def _ended_ask(ask: EndedAsk) -> AskRow:
    return AskRow(
        event_id=ask.event_id,
        kind=ask.kind,
        agent_id=ask.agent_id or None,
        tool_name=ask.tool_name,
        tool_use_id=ask.tool_use_id,
        text=None,
        title=None,
        detail=None,
        source=ask.source,
        outcome=ask.outcome,
        asked_at=ask.at,
        ended_at=ask.ended_at,
    )


def _current_tool(actor: Actor, status: Status) -> CurrentTool | None:
    if not actor.running or status == "ended":
        return None
    newest = max(actor.running, key=lambda running: (running.since, running.call_id))
    return CurrentTool(newest.tool_name, newest.target, newest.since)


def _last_part(path: str | None) -> str | None:
    parts = (path or "").replace("\\", "/").split("/")
    return next((part for part in reversed(parts) if part), None)
