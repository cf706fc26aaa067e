"""Hand events to the views: decoded once, with the typed results that views hand to each other.

In: events of the log, in order. Out: facts, which do not change. Each feature folds them and
returns one result for each, which later features take; `queryd/fold/folding.py` shows the order.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, Literal

import msgspec

from queryd.store.payload import decode
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


class EndedState(msgspec.Struct, frozen=True, gc=False):
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
    """Numbers calls in the order of their first events."""
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


class CallTransition(msgspec.Struct, frozen=True, gc=False):
    """Report what an event did to a call; `before` is None for the call's first event."""

    call: Call
    before: Outcome | None
    after: Outcome
    duration_ms: int | None = None
    """Set when this event reports how long the call took."""
    waited_ms: int = 0
    """What this event added to the call's waiting time."""


class Fact(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Pair an event with its payload as Python values."""

    event: Event
    payload: dict[str, Any]
    id: int
    agent_id: str
    """Empty for the main thread."""
    is_backfilled: bool = False
    """It is older than what hooks reported: it counts, and changes no present state."""
    text: tuple[Any, ...] | None = None
    """The columns of the full-text index, where they were read out ahead."""
    unreadable: Exception | None = None
    """Why the event could not be made a fact; no view can take it."""


class TurnChange(msgspec.Struct, frozen=True, gc=False):
    """Report what an event did to its session's turns."""

    started: bool = False
    ended: bool = False
    """The main thread's turn ended with this event, or before it without one."""


class CallChanges(msgspec.Struct, frozen=True, gc=False):
    """Report what an event did to tool calls."""

    transitions: Sequence[CallTransition] = ()
    asks_for: str | None = None
    """The tool use a PermissionRequest is about, where that is known."""


class SessionChange(msgspec.Struct, frozen=True, gc=False):
    """Report what an event did to its session, and what is known of the session since."""

    ended_states: Sequence[EndedState] = ()
    source_app: str | None = None
    """The project."""
    is_project_new: bool = False
    """The session's project became known with this event."""
    agent_type: str | None = None
    """Of the subagent that the event is of."""


def fact_of(
    event: Event, *, text_of: Callable[[Event, dict[str, Any]], tuple[Any, ...]] | None = None
) -> Fact:
    """Return the fact of an event of the log, with its text where `text_of` reads it."""
    decoded = decode(bytes(event.payload))
    payload = decoded if isinstance(decoded, dict) else {}
    return Fact(
        event=event,
        payload=payload,
        id=event.id or 0,
        agent_id=event.agent_id or MAIN,
        is_backfilled=event.sender is not None and _is_backfilled(event.sender),
        text=None if text_of is None else text_of(event, payload),
    )


def _is_backfilled(sender: msgspec.Raw) -> bool:
    """Return whether `hookwatch backfill` sent it to complete a session that hooks reported."""
    text = bytes(sender)
    if b'"late"' not in text:
        return False
    found = decode(text)
    return isinstance(found, dict) and found.get("via") == "backfill" and found.get("late") is True
