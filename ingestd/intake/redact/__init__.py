"""Redact the secrets of events before they are stored.

In: a decoded event. Out: the same event with each secret replaced by `[redacted: kind]`. A
replacement is always within one JSON string, so the payload stays valid JSON; every other byte is
unchanged.
"""

from threading import Lock
from typing import Any

import msgspec

from ingestd.intake.redact.own import OwnPattern, read_own_patterns, redact_own
from ingestd.intake.redact.search import has_hints, secrets_in
from shared.event import Event, NewEvent

__all__ = ["Redact", "read_own_patterns"]


class _TextColumns(msgspec.Struct, frozen=True, array_like=True):
    """Hold the text columns of an event, without its session id, which identifies it."""

    hook_event_type: str
    source_app: str | None
    model_name: str | None
    tool_name: str | None
    tool_use_id: str | None
    agent_id: str | None
    summary: str | None


class Redact:
    """Replace secrets in events, and count them by kind."""

    def __init__(self, own: tuple[OwnPattern, ...] = ()) -> None:
        self._own = own
        self.counts: dict[str, int] = {}
        self._counting = Lock()  # large events are searched in a thread

    def __call__(self, new: NewEvent) -> NewEvent:
        """Return the event without secrets; the same object if it has none."""
        event = new.event
        payload, columns = bytes(event.payload), _columns(event)
        sender = b"" if event.sender is None else bytes(event.sender)
        # One pass for all three: most events have no hint, and every request comes through here.
        if not self._own and not has_hints(b"\n".join((payload, columns, sender))):
            return new
        changed: dict[str, Any] = {}
        if (cleaned := self._json(payload)) is not payload:
            changed = {"payload": msgspec.Raw(cleaned), "payload_bytes": len(cleaned)}
        if sender and (cleaned := self._json(sender)) is not sender:
            changed["sender"] = msgspec.Raw(cleaned)
        if (cleaned := self._json(columns)) is not columns:
            changed |= msgspec.structs.asdict(_COLUMNS.decode(cleaned))
        if not changed:
            return new
        return msgspec.structs.replace(new, event=msgspec.structs.replace(event, **changed))

    def _json(self, text: bytes) -> bytes:
        """Return a JSON text without secrets; the same object if it has none."""
        pieces: list[bytes] = []
        counts: dict[str, int] = {}
        copied = 0
        for start, end, kind in secrets_in(text):
            counts[kind] = counts.get(kind, 0) + 1
            pieces += text[copied:start], f"[redacted: {kind}]".encode()
            copied = end
        cleaned = b"".join((*pieces, text[copied:])) if pieces else text
        if self._own:
            cleaned = redact_own(cleaned, self._own, counts)
        if not counts:
            return text
        with self._counting:
            for kind, count in counts.items():
                self.counts[kind] = self.counts.get(kind, 0) + count
        return cleaned


def _columns(event: Event) -> bytes:
    return _ENCODER.encode(
        (
            event.hook_event_type,
            event.source_app,
            event.model_name,
            event.tool_name,
            event.tool_use_id,
            event.agent_id,
            event.summary,
        )
    )


_ENCODER = msgspec.json.Encoder()
_COLUMNS = msgspec.json.Decoder(_TextColumns)
