"""The state of a session and of each of its subagents.

These structs are stored as MessagePack in views.db, which is rebuilt when its version changes.
"""

from typing import Final, Literal

import msgspec

from queryd.store.fact import AskOutcome, ProcessStatus, Status, StatusSource

FINISHED: Final = frozenset({"done", "failed", "interrupted", "ended"})
"""Statuses of a subagent that does nothing any more."""
NO_PROMPT_YET: Final = "no prompt yet"
PROCESS_ENDED: Final = "its process has ended"
SESSION_LEFT: Final = "its process went on with another session"
ACTIVITY_STEP_MS: Final = 120_000
ACTIVITY_STEPS: Final = 30


class RunningCall(msgspec.Struct):
    """A tool call that runs."""

    call_id: int
    tool_name: str
    target: str | None
    since: int
    event_id: int
    """The event that named the target."""


class Ask(msgspec.Struct):
    """An open permission request or question."""

    kind: Literal["permission", "question"]
    agent_id: str
    text: str
    at: int
    event_id: int
    tool_name: str | None = None
    tool_use_id: str | None = None
    input_key: int | None = None
    server: str | None = None
    """The MCP server that asks; null when it is not one, or unknown."""
    source: StatusSource = "hook"
    """`registry`: no hook reported what is asked."""
    title: str | None = None
    detail: str | None = None


class EndedAsk(msgspec.Struct):
    """An ask that is over, without its text."""

    kind: Literal["permission", "question"]
    agent_id: str
    at: int
    event_id: int
    tool_name: str | None
    tool_use_id: str | None
    source: StatusSource
    outcome: AskOutcome
    ended_at: int


class Launch(msgspec.Struct):
    """A running call that launches a subagent."""

    tool_use_id: str
    agent_id: str
    """The subagent that makes the call; empty for the main thread."""
    agent_type: str | None
    description: str | None
    at: int
    event_id: int
    taken_by: str | None = None
    """The subagent that it seems to have launched."""


class EndedTask(msgspec.Struct):
    """A background task that has ended; a Stop from before then may list it."""

    id: str
    at: int


class Task(msgspec.Struct):
    """A background task, as a Stop lists it."""

    id: str
    type: str | None
    words: str


class Actor(msgspec.Struct, kw_only=True):
    """What the main thread and a subagent have in common.

    `…_id` beside a text is the event it came from; 0 where the text is ours.
    """

    base_status: Status = "done"
    """The status without regard to open asks; clients see `status`."""
    base_reason: str | None = NO_PROMPT_YET
    base_reason_id: int = 0
    base_source: StatusSource = "hook"
    status: Status = "done"
    status_since: int = 0
    status_reason: str | None = NO_PROMPT_YET
    status_reason_id: int = 0
    status_source: StatusSource = "hook"
    span_since: int = 0
    """When the open span started, in the order of the log: never within an earlier span."""
    not_quiet_before: int = 0
    """When a record ended a running call: silence means quiet only from then on."""
    worked_at: int = 0
    """The time of the newest hook that shows work."""
    stopped_at: int = 0
    """The time of the newest hook that ends work."""
    asks_closed_at: int = 0
    """The time of the newest event after which nothing from before is asked any more."""
    running: list[RunningCall] = msgspec.field(default_factory=list)
    last_answer: str | None = None
    last_answer_id: int = 0
    event_count: int = 0
    tool_count: int = 0
    failure_count: int = 0
    first_event_at: int = 0
    last_event_at: int = 0
    first_event_id: int = 0
    last_event_id: int = 0
    ended_at: int | None = None


class Agent(Actor, kw_only=True):
    """A subagent of a session."""

    session_id: str
    agent_id: str
    agent_type: str | None = None
    description: str | None = None
    description_id: int = 0
    tool_use_id: str | None = None
    """The call that launched it; while that runs, the one that seems to have."""
    parent_agent_id: str | None = None
    is_linked: bool = False
    """The result of its call has named it."""


class Session(Actor, kw_only=True):
    """A session: its main thread, and what concerns the whole."""

    session_id: str
    source_app: str | None = None
    cwd: str | None = None
    cwd_id: int = 0
    title: str | None = None
    title_id: int = 0
    model_name: str | None = None
    permission_mode: str | None = None
    last_prompt: str | None = None
    last_prompt_id: int = 0
    asks: list[Ask] = msgspec.field(default_factory=list)
    answered: list[Ask] = msgspec.field(default_factory=list)
    """Asks that the registry says are answered; another prompt may show that one is open still."""
    ended_asks: list[EndedAsk] = msgspec.field(default_factory=list)
    """The last ones."""
    elicitation_ended_at: int = 0
    elicitation_outcome: AskOutcome = "expired"
    """Of the last question of an MCP server that was answered."""
    launches: list[Launch] = msgspec.field(default_factory=list)
    """Running calls that launch subagents."""
    tasks: list[Task] = msgspec.field(default_factory=list)
    tasks_id: int = 0
    tasks_cleared_at: int = 0
    ended_tasks: list[EndedTask] = msgspec.field(default_factory=list)
    """The last ones."""
    process_status: ProcessStatus | None = None
    """What Claude Code's registry last said of the session; null when no process has it."""
    main_event_at: int = 0
    """The time of the main thread's last hook."""
    restarted_at: int = 0
    """The time of the newest hook that starts the session, or a turn of it."""
    permission_mode_at: int = 0
    idle_at: int = 0
    """Since when the registry says that the main thread is idle: earlier events come late."""
    before_compaction: tuple[Status, str | None, int] | None = None
    """The base status during a compaction: status, reason, and the event of the reason."""
    compaction_at: int = 0
    """When that compaction started."""
    compacting: bool = False
    record_count: int = 0
    turn_count: int = 0
    compaction_count: int = 0
    agent_count: int = 0
    end_reason: str | None = None
    end_reason_id: int = 0
    client_version: str | None = None
    host: str | None = None
    pid: int | None = None
    pid_domain: str | None = None
    activity: list[int] = msgspec.field(default_factory=lambda: [0] * ACTIVITY_STEPS)
    """Events in each of the last time steps; the last step is that of the newest event."""
    activity_step: int = 0
    """The number of that last step since the epoch."""


def set_status(
    actor: Actor,
    status: Status,
    reason: str | None = None,
    reason_id: int = 0,
    *,
    source: StatusSource = "hook",
) -> None:
    """Set the base status; `refresh_status` derives from it the one that clients see."""
    actor.base_status, actor.base_reason, actor.base_reason_id = status, reason, reason_id
    actor.base_source = source


def refresh_status(actor: Actor, ask: Ask | None, at: int) -> None:
    """Derive the status that clients see: an open ask comes before the base status."""
    if ask is None:
        status, reason, since = actor.base_status, actor.base_reason, at
        reason_id, source = actor.base_reason_id, actor.base_source
    else:
        status = "needs_permission" if ask.kind == "permission" else "needs_input"
        reason, since, reason_id, source = ask.text, ask.at, ask.event_id, ask.source
    if status != actor.status or (ask is not None and status == "needs_permission"):
        actor.status_since = since
    actor.status, actor.status_reason, actor.status_reason_id = status, reason, reason_id
    actor.status_source = source
