"""Define an event: the one shape it has in the log, in answers, on the stream and in the page.

In: what the decoder read from a request, or a row of the log. Out: a frozen struct that encodes to
the API's JSON. Left to the next: how it is written (`writer`) and read back (`reader`).
"""

from typing import Final

import msgspec

STATUS_LINE: Final = "status_line"
"""The type of what Claude Code gave its status line: figures of a session, no act of it."""
NO_SESSION: Final = "otlp"
"""The session id of a record of telemetry that names none: no session, and not shown as one."""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Describe one event; every field but `id` is set before it is stored.

    Times are ms since the epoch, UTC. `payload` and `sender` are JSON text, carried as bytes and
    never decoded on the way through. A new field has a default; no field changes its type.
    """

    session_id: str
    hook_event_type: str
    """Claude Code's own name (`PreToolUse`), or a lower-case one for records of other sources."""
    timestamp: int
    """When it happened."""
    received_at: int
    """When ingestd took it."""
    id: int | None = None
    """The rowid; null while the event is not in the log."""
    source_app: str | None = None
    """The project it comes from."""
    model_name: str | None = None
    tool_name: str | None = None
    tool_use_id: str | None = None
    agent_id: str | None = None
    summary: str | None = None
    """What happened, in one line: the sender's words, or else those queryd makes of the payload."""
    sender: msgspec.Raw | None = None
    """What the sender knew beside the body, as a JSON object."""
    payload: msgspec.Raw
    """The JSON object as it came, or a clipped copy of it where `payload_clipped` says so."""
    payload_bytes: int = 0
    """The size of the whole payload in bytes of JSON."""
    payload_clipped: bool = False
    unsaved_id: int | None = None
    """Counts the events ingestd holds in memory because it cannot write; null once saved."""


class NewEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Pair an event with the key its sender gave it, which tells a retry from a second event."""

    event: Event
    event_id: str | None = None


def is_record(event_type: str) -> bool:
    """Tell a record of another source than a hook: Claude Code's hooks have capitals, it none.

    It tells of a session, and is no act of it.
    """
    return event_type.islower()


def to_json(event: Event) -> bytes:
    """Encode an event as the API's JSON; the payload's bytes are copied in as they are."""
    return _ENCODER.encode(event)


_ENCODER: Final = msgspec.json.Encoder()
