"""Facts: decoded events, and the results that features pass on to each other.

Each feature folds facts and returns one result for each; later features take these results.
`queryd/fold/folding.py` shows the order.
"""

from collections.abc import Sequence
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
    "interrupted",
    "ended",
]
StatusSource = Literal["hook", "transcript", "registry", "silence", "process"]
"""What a status is known from: `registry`, Claude Code's own of its live processes; `silence`, no
event for minutes; `process`, looked for on this machine and not found."""
ProcessStatus = Literal["busy", "waiting", "idle"]
"""What the registry says of a session's main thread."""


AskOutcome = Literal["open", "allowed", "denied", "expired"]
"""Of a permission request or question; `expired`: it was not answered, or nothing reported how."""


class AskState(msgspec.Struct, frozen=True, gc=False):
    """How an ask stands."""

    outcome: AskOutcome
    waited_ms: int | None = None
    """How long it was open; None while it is."""


class EndedState(msgspec.Struct, frozen=True, gc=False):
    """A state that has ended; `until` is exclusive."""

    agent_id: str
    since: int
    until: int
    status: Status
    reason: str | None
    reason_id: int
    """The event that contains the reason; 0 for a reason of queryd's own."""


Outcome = Literal["running", "succeeded", "failed", "denied", "interrupted"]
"""Of a call, as its events report it."""
CallOutcome = Literal[
    "running", "waiting", "succeeded", "failed", "denied", "interrupted", "no_result"
]
"""Of a call as of now: an open one may wait for the user, or have lost its end."""
MAIN: Final = ""
"""The main thread's agent id in keys, where NULLs would not be equal to each other."""


class Call(msgspec.Struct, kw_only=True):
    """A tool call; times are ms since the epoch."""

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
    """A checksum of the input, to find the call of a PermissionRequest, which has no id."""
    outcome: Outcome = "running"
    started_at: int
    ended_at: int | None = None
    asked_at: int | None = None
    duration_ms: int | None = None
    waiting_ms: int | None = None
    """For the user and anything else that delayed the call."""
    error: str | None = None
    error_key: str | None = None
    """The error's fingerprint."""
    first_event_id: int
    last_event_id: int
    pre_at: int | None = None
    post_at: int | None = None
    target_event_id: int | None = None
    """The event that `target` and `input_key` are from."""
    error_event_id: int | None = None


class CallTransition(msgspec.Struct, frozen=True, gc=False):
    """A change of a call by an event; `before` is None for the call's first event."""

    call: Call
    before: Outcome | None
    after: Outcome
    duration_ms: int | None = None
    """Set when this event reports how long the call took."""
    waited_ms: int = 0
    """What this event added to the call's waiting time."""


class Fact(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An event with its decoded payload."""

    event: Event
    payload: dict[str, Any]
    id: int
    agent_id: str
    """Empty for the main thread."""
    is_backfilled: bool = False
    """Older than the events of hooks: it counts, and does not change the current state."""
    unreadable: Exception | None = None
    """Why the event could not be decoded; it is skipped."""


class TurnChange(msgspec.Struct, frozen=True, gc=False):
    """What an event did to its session's turns."""

    started: bool = False
    ended: bool = False
    """The main thread's turn ended with this event, or before it without one."""
    over_at: int | None = None
    """When the event's turn ended, if the event was fired before that and arrived after it."""
    prompt_id: str | None = None
    """Of the turn that was open, for an event of a call without a prompt id."""


class ProcessChange(msgspec.Struct, frozen=True, gc=False):
    """What all processes of a session say of it, after a record of the registry."""

    status: ProcessStatus | None = None
    """None where the record, or the event, says nothing of it."""
    waiting_for: str | None = None
    has_ended: bool = False
    """No process has the session any more."""


class CallChanges(msgspec.Struct, frozen=True, gc=False):
    """What an event did to tool calls."""

    transitions: Sequence[CallTransition] = ()
    asks_for: str | None = None
    """The tool use id of a PermissionRequest, if known."""
    asked_outcome: Outcome | None = None
    """How that call ended, if it ended before the request arrived."""


class SessionChange(msgspec.Struct, frozen=True, gc=False):
    """What an event did to its session, and the session's project after it."""

    ended_states: Sequence[EndedState] = ()
    source_app: str | None = None
    """The project."""
    is_project_new: bool = False
    """The session's project became known with this event."""
    agent_type: str | None = None
    """The type of the event's subagent."""


def fact_of(event: Event) -> Fact:
    decoded = decode(bytes(event.payload))
    payload = decoded if isinstance(decoded, dict) else {}
    return Fact(
        event=event,
        payload=payload,
        id=event.id or 0,
        agent_id=event.agent_id or MAIN,
        is_backfilled=event.sender is not None and _is_backfilled(event.sender),
    )


def _is_backfilled(sender: msgspec.Raw) -> bool:
    """Return whether `hookwatch backfill` sent the event to complete a session of hooks."""
    text = bytes(sender)
    if b'"late"' not in text:
        return False
    value = decode(text)
    return isinstance(value, dict) and value.get("via") == "backfill" and value.get("late") is True
