"""Reduce an event to what its row shows: `fields=line` of `/api/events` and `/stream`.

A page that follows 500 events a second cannot parse and keep their payloads; an open row requests
its own. The line also has what pairs the events of a call: their ids, and what ends a call.
"""

from collections.abc import Sequence
from itertools import islice
from typing import Final

import msgspec

from queryd.store.fact import AskOutcome, AskState
from queryd.summaries.asks import OPEN
from queryd.summaries.read import Fields, encodable, fields, items, one_line, text
from shared.call_outcomes import Outcome, verdict_of_event
from shared.event import Event, is_ask

NAME_CHARS: Final = 200
MAX_CALL_IDS: Final = 500
"""A batch has tens of calls; more would make a line as long as a payload."""
_ENDS: Final = frozenset({"PostToolUse", "PostToolUseFailure", "PermissionDenied"})


class EventLine(msgspec.Struct, frozen=True, kw_only=True):
    """What a row of a list shows of an event; the payload is at `/api/events/{id}`.

    Each field is always present. The first ones are the event's own.
    """

    id: int | None
    """The rowid; null while the event is not in the log."""
    session_id: str
    hook_event_type: str
    timestamp: int
    """When it happened, ms since the epoch."""
    received_at: int
    source_app: str | None
    project: str | None
    """`source_app`, or else the name of the payload's `cwd`."""
    tool_name: str | None
    tool_use_id: str | None
    agent_id: str | None
    agent_type: str | None
    """The payload's."""
    summary: str
    """What happened, in one line."""
    outcome: Outcome | AskOutcome | None
    """Of the call that this event ends, or of the ask that it is; null for other events, and for an
    ask of which nothing is known."""
    waited_ms: int | None
    """How long an ask that is over waited; null for other events."""
    source: str | None
    """How a session started, as a SessionStart reports it; null for other events."""
    notification_type: str | None
    """The payload's, of a Notification; null for other events."""
    call_ids: Sequence[str]
    """The `tool_use_id` of each call of a PostToolBatch, 500 at most."""
    payload_bytes: int
    """The size of the payload in bytes of JSON."""
    unsaved_id: int | None
    """As in the event: null once saved."""


def event_line(event: Event, payload: object, ask: AskState | None = OPEN) -> EventLine:
    """Return the line of an event with its summary; `payload` is its payload, decoded."""
    known = fields(payload)
    kind = event.hook_event_type
    ask = ask if is_ask(kind) else None
    return EventLine(
        id=event.id,
        session_id=event.session_id,
        hook_event_type=kind,
        timestamp=event.timestamp,
        received_at=event.received_at,
        source_app=event.source_app,
        project=event.source_app or _folder_name(known.get("cwd")),
        tool_name=event.tool_name,
        tool_use_id=event.tool_use_id,
        agent_id=event.agent_id,
        agent_type=_name(known.get("agent_type")),
        summary=event.summary or "",
        outcome=ask.outcome if ask is not None else _outcome_of_call(kind, known),
        waited_ms=None if ask is None else ask.waited_ms,
        source=_name(known.get("source")) if kind == "SessionStart" else None,
        notification_type=(
            _name(known.get("notification_type")) if kind == "Notification" else None
        ),
        call_ids=_call_ids(known) if kind == "PostToolBatch" else (),
        payload_bytes=event.payload_bytes,
        unsaved_id=event.unsaved_id,
    )


def _outcome_of_call(kind: str, payload: Fields) -> Outcome | None:
    return verdict_of_event(kind, payload).outcome if kind in _ENDS else None


def _name(value: object) -> str | None:
    known = text(value)
    return None if known is None else encodable(one_line(known, NAME_CHARS)) or None


def _folder_name(cwd: object) -> str | None:
    """Return the last part of a path of any system."""
    parts = (text(cwd) or "").replace("\\", "/").split("/")
    return _name(next((part for part in reversed(parts) if part), None))


def _call_ids(payload: Fields) -> Sequence[str]:
    found = (fields(call).get("tool_use_id") for call in items(payload.get("tool_calls")))
    texts = (encodable(it) for it in found if isinstance(it, str))
    return tuple(islice(texts, MAX_CALL_IDS))
