"""An event as sessions fold it, with what turns and calls made of it."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from queryd.store.fact import CallTransition, Outcome, ProcessChange
from shared.event import SESSION_GONE, SESSION_STATE, Event

LINE_CHARS: Final = 400
NO_CHANGE: Final = ProcessChange()
SCANNED_CHARS: Final = 4_000

STARTS: Final = ("SessionStart", "SessionStart:fork", "SessionStart:resume")
"""The kinds of event that start a process of the client."""

_SUBTYPE_FIELDS: Final = {"SessionStart": "source", "Notification": "notification_type"}
_SUBTYPES: Final = frozenset(
    {
        "SessionStart:compact",
        "SessionStart:fork",
        "SessionStart:resume",
        "Notification:idle_prompt",
        "Notification:permission_prompt",
        "Notification:elicitation_dialog",
        "Notification:elicitation_response",
    }
)


class SessionEvent(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An event, with what it did to its turn and its calls."""

    event: Event
    kind: str
    """The event's type, and its subtype where the status depends on it: `SessionStart:compact`."""
    payload: dict[str, Any]
    id: int
    agent_id: str
    is_backfilled: bool
    model_name: str | None
    """The model the session used then, if known."""
    turn_started: bool
    turn_ended: bool
    process: ProcessChange = NO_CHANGE
    """What the registry says of the session with this record."""
    transitions: Sequence[CallTransition]
    asked_tool_use_id: str | None
    """The tool use a PermissionRequest is about, if known."""
    asked_outcome: Outcome | None
    """How that call ended, if it ended before the request arrived."""


def kind_of(event: Event, payload: dict[str, Any], process: ProcessChange = NO_CHANGE) -> str:
    """Return the type of an event, with its subtype where the status depends on it.

    A record of the registry counts as what all processes of the session together say of it.
    """
    kind = event.hook_event_type
    if process.has_ended:
        return SESSION_GONE
    if process.status is not None:
        return f"{SESSION_STATE}:{process.status}"
    if kind in _SUBTYPE_FIELDS:
        subtype = f"{kind}:{payload.get(_SUBTYPE_FIELDS[kind])}"
        return subtype if subtype in _SUBTYPES else kind
    return kind


def text_of(value: object) -> str | None:
    """Return a text; None for an empty one, or anything else."""
    return value if isinstance(value, str) and value else None


def first_line(value: object) -> str | None:
    """Return the first line that is not blank, cut to what a row can show."""
    if not isinstance(value, str):
        return None
    return value[:SCANNED_CHARS].lstrip().partition("\n")[0].rstrip()[:LINE_CHARS] or None
