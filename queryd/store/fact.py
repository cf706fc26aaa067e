"""Hand events to the views: decoded once, beside each what the views before found out about it.

In: events of the log, in order. Out: facts. A view's fold reads them, writes its own tables, and
may note on a fact what later views build on; the order of the views is in `fold.py`.
"""

from typing import Any, Final, Literal

import msgspec

from queryd.store.payload import decode
from queryd.store.spent import Failed, Spent, Told
from shared.event import Event

MAX_ID: Final = 2**63 - 1


Status = Literal[
    "working",
    "needs_permission",
    "needs_input",
    "done",
    "background",
    "failed",
    "quiet",
    "ended",
]


class Ended(msgspec.Struct, frozen=True):
    """Hold a span of one state, from its first ms to before its end."""

    agent_id: str
    since: int
    until: int
    status: Status
    reason: str | None
    reason_id: int
    """The event the reason came from; 0 where it is ours."""


Outcome = Literal["running", "succeeded", "failed", "denied", "interrupted"]
MAIN: Final = ""
"""The main thread where an agent's id is a key: NULLs would not be equal to each other."""


class Call(msgspec.Struct, kw_only=True):
    """Hold what is known of one tool call; times are ms since the epoch."""

    id: int
    """Counts calls in the order in which they were first heard of."""
    session_id: str
    tool_use_id: str
    agent_id: str = MAIN
    agent_type: str | None = None
    tool_name: str
    target: str | None = None
    prompt_id: str | None = None
    source_app: str | None = None
    model_name: str | None = None
    input_key: int | None = None
    """A checksum of the input: a PermissionRequest names its call by nothing else."""
    outcome: Outcome = "running"
    started_at: int
    ended_at: int | None = None
    asked_at: int | None = None
    duration_ms: int | None = None
    waiting_ms: int | None = None
    """For the human, and for what else stood between the call and its run."""
    error: str | None = None
    error_key: str | None = None
    """The error without what differs from case to case."""
    first_event_id: int
    last_event_id: int
    pre_at: int | None = None
    post_at: int | None = None
    target_event_id: int | None = None
    """Where `target` and `input_key` are from, and `error`."""
    error_event_id: int | None = None


class Step(msgspec.Struct, frozen=True):
    """Tell what one event did to one call; `was` is None when it is the first word of it."""

    call: Call
    was: Outcome | None
    now: Outcome
    duration_ms: int | None = None
    """Set when this event told how long the call took."""
    waited_ms: int = 0
    """What this event added to the call's waiting time."""


class Fact(msgspec.Struct, kw_only=True):
    """Pair an event with its payload as Python values, and with notes of the views before."""

    event: Event
    payload: dict[str, Any]
    id: int
    agent_id: str
    """Empty for the main thread."""
    is_late: bool = False
    """It tells of a past before what hooks told: it counts, and changes nothing of how things stand
    now."""
    model_name: str | None = None
    """The model the session used then, as far as known."""
    turn_began: bool = False
    turn_over: bool = False
    """The main thread's turn ended with this event, or before it without a word."""
    asks_for: str | None = None
    """The tool use a PermissionRequest is about, where that could be told."""
    text: tuple[Any, ...] | None = None
    """What is searched of it, where that was read out ahead."""
    steps: list[Step] = []
    ended: list[Ended] = []
    """The spans of states that are over since this event."""
    source_app: str | None = None
    """The project of its session, as far as known by then."""
    project_told: bool = False
    """With this event the session's project became known."""
    agent_type: str | None = None
    """Of the subagent whose it is, as far as known by then."""
    told: Told | None = None
    """The request it tells of."""
    spent: list[Spent] = []
    """What it did to requests."""
    unreadable: Exception | None = None
    """Why the event could not be made a fact; no view can take it."""
    failed: list[tuple[int, Failed]] = []
    """Errors of the API: with 1 what it told of, with -1 what it showed to be told twice."""


def fact_of(event: Event) -> Fact:
    """Return the fact of an event of the log."""
    payload = decode(bytes(event.payload))
    return Fact(
        event=event,
        payload=payload if isinstance(payload, dict) else {},
        id=event.id or 0,
        agent_id=event.agent_id or MAIN,
        is_late=event.sender is not None and _is_late(event.sender),
    )


def _is_late(sender: msgspec.Raw) -> bool:
    """Tell whether `hookwatch backfill` sent it to fill in a session that hooks had told of."""
    text = bytes(sender)
    if b'"late"' not in text:
        return False
    told = decode(text)
    return isinstance(told, dict) and told.get("via") == "backfill" and told.get("late") is True
