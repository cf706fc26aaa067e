"""Decode the input of Claude Code's status line: event type `status_line`.

In: the bytes and the headers of one POST. Out: a new event with its payload unchanged, or a Refusal
that names the field. Left to the next: redaction and the append.

A session reports its figures many times. An identical body is a retry, or comes from a status line
that is wrapped more than once: its checksum is the event's id, so the log stores it once.
"""

from hashlib import blake2b
from typing import Any, Final

import msgspec

from ingestd.intake.decode import Name, RequestMetadata, decode_object, now_ms
from ingestd.intake.project import project_in
from shared.event import STATUS_LINE, Event, NewEvent


class StatusLine(msgspec.Struct, frozen=True, kw_only=True):
    """Decode the fields that the log has columns for; all others pass through unread."""

    session_id: Name
    transcript_path: Any = None
    cwd: Any = None
    model: Any = None
    workspace: Any = None


def decode_status_line(body: bytes | bytearray, metadata: RequestMetadata) -> NewEvent:
    fields, text = decode_object(_STATUS_LINE, body)
    now = now_ms()
    directory = _text_in(fields.workspace, "project_dir")
    event = Event(
        session_id=fields.session_id,
        hook_event_type=STATUS_LINE,
        timestamp=now if metadata.fired_at is None else metadata.fired_at,
        received_at=now,
        source_app=project_in(directory, fields.transcript_path, fields.cwd),
        model_name=_text_in(fields.model, "id"),
        sender=metadata.sender,
        payload=msgspec.Raw(text),
        payload_bytes=len(text),
    )
    return NewEvent(event=event, event_id=metadata.event_id or _checksum(text))


def _checksum(text: bytes) -> str:
    return f"{STATUS_LINE}:{blake2b(text, digest_size=16).hexdigest()}"


def _text_in(value: object, key: str) -> str | None:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, str) and found else None


_STATUS_LINE: Final = msgspec.json.Decoder(StatusLine)
