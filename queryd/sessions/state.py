"""Hold what is known of a session and of each of its subagents.

These structs are stored as they are (MessagePack); they are never read by another version.
"""

from typing import Final, Literal

import msgspec

from queryd.store.fact import Status

FINISHED: Final = frozenset({"done", "failed", "ended"})
"""How a subagent stands that does nothing any more."""
NO_PROMPT_YET: Final = "no prompt yet"
ACTIVITY_STEP_MS: Final = 120_000
ACTIVITY_STEPS: Final = 30


class Running(msgspec.Struct):
    """Hold a tool call that runs."""

    call_id: int
    tool_name: str
    target: str | None
    since: int
    event_id: int
    """The event that said what it runs on."""


class Ask(msgspec.Struct):
    """Hold something a person is waited for: a permission, or an answer."""

    kind: Literal["permission", "question"]
    agent_id: str
    words: str
    at: int
    event_id: int
    tool_name: str | None = None
    tool_use_id: str | None = None
    input_key: int | None = None
    server: str | None = None
    """The MCP server that asks; null when it is not one, or not known which."""


class Task(msgspec.Struct):
    """Hold a background task, as a Stop reports it."""

    id: str
    type: str | None
    words: str


class Actor(msgspec.Struct, kw_only=True):
    """Hold what the main thread and a subagent have in common.

    `…_id` beside words is the event they came from; 0 where they are ours.
    """

    own: Status = "done"
    """The state but for what is asked of a person; `status` is what people see."""
    own_reason: str | None = NO_PROMPT_YET
    own_reason_id: int = 0
    status: Status = "done"
    status_since: int = 0
    status_reason: str | None = NO_PROMPT_YET
    status_reason_id: int = 0
    shown_since: int = 0
    """When the shown status started, in the order of the log: never within the one before."""
    not_quiet_before: int = 0
    """When a record ended a call that was running: only from then on silence means quiet."""
    running: list[Running] = msgspec.field(default_factory=list)
    last_answer: str | None = None
    last_answer_id: int = 0
    event_count: int = 0
    tool_count: int = 0
    failure_count: int = 0
    first_event_at: int = 0
    last_event_at: int = 0
    first_event_id: int = 0
    last_event_id: int = 0


class Agent(Actor, kw_only=True):
    """Hold a subagent of a session."""

    session_id: str
    agent_id: str
    agent_type: str | None = None
    description: str | None = None
    description_id: int = 0
    tool_use_id: str | None = None
    """The call that launched it."""
    parent_agent_id: str | None = None
    ended_at: int | None = None


class Session(Actor, kw_only=True):
    """Hold a session: its main thread, and what concerns the whole."""

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
    tasks: list[Task] = msgspec.field(default_factory=list)
    tasks_id: int = 0
    before_compaction: tuple[Status, str | None, int] | None = None
    """State, reason, and the event of the reason."""
    compacting: bool = False
    turn_count: int = 0
    compaction_count: int = 0
    agent_count: int = 0
    ended_at: int | None = None
    end_reason: str | None = None
    end_reason_id: int = 0
    client_version: str | None = None
    host: str | None = None
    pid: int | None = None
    pid_domain: str | None = None
    activity: list[int] = msgspec.field(default_factory=lambda: [0] * ACTIVITY_STEPS)
    """Events in each of the last steps of time; the last step is that of the newest event."""
    activity_step: int = 0
    """How many steps after the epoch the last one started."""


def count_activity(session: Session, at: int) -> None:
    """Count an event in the step of its time; what is older than the steps kept is left out."""
    step = at // ACTIVITY_STEP_MS
    ahead = step - session.activity_step
    if ahead > 0:
        kept = session.activity[ahead:]
        session.activity = kept + [0] * (ACTIVITY_STEPS - len(kept))
        session.activity_step, ahead = step, 0
    if ahead > -ACTIVITY_STEPS:
        session.activity[ahead - 1] += 1


def asked_of(session: Session, agent_id: str | None = None) -> Ask | None:
    """Return what a person is waited for first: permissions before questions, oldest first."""
    open_now = [ask for ask in session.asks if agent_id is None or ask.agent_id == agent_id]
    if not open_now:
        return None
    return min(open_now, key=lambda ask: (ask.kind != "permission", ask.at, ask.event_id))


def set_status(
    actor: Session | Agent, own: Status, reason: str | None = None, event_id: int = 0
) -> None:
    """Let an actor stand so from now on, for words of an event or none."""
    actor.own, actor.own_reason, actor.own_reason_id = own, reason, event_id


def show(actor: Session | Agent, ask: Ask | None, at: int) -> None:
    """Bring what people see up to date after an event at a time."""
    if ask is None:
        status, reason, since = actor.own, actor.own_reason, at
        reason_id = actor.own_reason_id
    else:
        status = "needs_permission" if ask.kind == "permission" else "needs_input"
        reason, since, reason_id = ask.words, ask.at, ask.event_id
    if status != actor.status or (ask is not None and status == "needs_permission"):
        actor.status_since = since
    actor.status, actor.status_reason, actor.status_reason_id = status, reason, reason_id
