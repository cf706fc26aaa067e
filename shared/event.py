"""Define an event, with the same fields in the log, in answers, on the stream and in the page."""

from typing import Final

import msgspec

STATUS_LINE: Final = "status_line"
"""The type of Claude Code's status line input: figures of a session, not an action."""
SESSION_STATE: Final = "session_state"
"""The type of a status that Claude Code's registry of live processes reports."""
SESSION_GONE: Final = "session_gone"
"""The type of a record that a session's process has ended, or went on with another session."""
NO_SESSION: Final = "otlp"
"""The session id of telemetry without one; it is not shown as a session."""


# Without the garbage collector: an event refers to texts alone, and a batch has 50,000.
class Event(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Hold one event; every field but `id` is set before it is stored.

    Times are ms since the epoch, UTC. `payload` and `sender` are JSON text, passed on as bytes and
    never decoded in between. A new field has a default; no field changes its type.
    """

    session_id: str
    hook_event_type: str
    """Claude Code's own name (`PreToolUse`), or a lower-case one for records of other sources."""
    timestamp: int
    """When it happened."""
    received_at: int
    """When ingestd received it."""
    id: int | None = None
    """The rowid; null while the event is not in the log."""
    source_app: str | None = None
    """The project it comes from."""
    model_name: str | None = None
    tool_name: str | None = None
    tool_use_id: str | None = None
    agent_id: str | None = None
    summary: str | None = None
    """What happened, in one line: by the sender, or else by queryd from the payload."""
    sender: msgspec.Raw | None = None
    """What the sender added to the body, as a JSON object."""
    payload: msgspec.Raw
    """The JSON object as received, or a clipped copy if `payload_clipped`."""
    payload_bytes: int = 0
    """The size of the whole payload in bytes of JSON."""
    payload_clipped: bool = False
    unsaved_id: int | None = None
    """Counts the events ingestd holds in memory because it cannot write; null once saved."""


class NewEvent(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Pair an event with its sender's id, which is the same in every retry."""

    event: Event
    event_id: str | None = None
    is_project_guessed: bool = False
    """The project is that of a working directory outside of the session's transcript folder: that
    of the session is right, where one is known."""


def is_record(event_type: str) -> bool:
    """Return whether an event is from another source than a hook, whose types have capitals.

    Such records describe a session; they are not actions of it.
    """
    return event_type.islower()


def is_ask(event_type: str) -> bool:
    """Return whether an event asks the user: its outcome is known only later."""
    return event_type in {"PermissionRequest", "Elicitation"}


def is_registry(event_type: str) -> bool:
    """Return whether an event comes from Claude Code's registry of live processes."""
    return event_type in {SESSION_STATE, SESSION_GONE}


def to_json(event: Event) -> bytes:
    """Encode an event as the API's JSON; the payload's bytes are copied unchanged."""
    return _ENCODER.encode(event)


_ENCODER: Final = msgspec.json.Encoder()
