"""Events read from a transcript: queued until their meaning is known, then encoded for ingestd."""

from collections import deque
from collections.abc import Iterator
from typing import Any, Final, Literal

import msgspec

from shared.history import SKEW_MS

MAX_QUEUED: Final = 5_000
MAX_QUEUED_BYTES: Final = 24 * 1024 * 1024
DAY_MS: Final = 86_400_000
Note = Literal["", "notification", "rejected", "refused", "refused unread", "interrupted"]


class TranscriptEvent(msgspec.Struct, kw_only=True):
    kind: str
    """The hook event, or `usage`."""
    at: int
    """When it happened, in ms."""
    event_id: str
    payload: dict[str, Any]
    agent_id: str | None = None
    tool_use_id: str | None = None
    model: str | None = None
    note: Note = ""
    """What the summary counts it as, when its kind does not show that."""
    approx_bytes: int = 0
    is_pending: bool = False
    """A later line may still change it."""
    is_dropped: bool = False
    match_since: int | None = None
    match_until: int | None = None
    """The time range of a hook's event for the same thing; by default just around `at`."""

    @property
    def match_range(self) -> tuple[int, int]:
        since = self.at - SKEW_MS if self.match_since is None else self.match_since
        return since, self.at + SKEW_MS if self.match_until is None else self.match_until


class EventQueue:
    """Events in order. One that is pending holds back those after it, until the queue is full."""

    def __init__(self) -> None:
        self._events: deque[TranscriptEvent] = deque()
        self._bytes = 0

    def push(self, event: TranscriptEvent) -> TranscriptEvent:
        self._events.append(event)
        self._bytes += event.approx_bytes
        return event

    def pop_ready(self, *, include_pending: bool = False) -> Iterator[TranscriptEvent]:
        """Remove and yield the events that are final; with `include_pending`, all."""
        while self._events and (
            include_pending or self._is_full() or not self._events[0].is_pending
        ):
            event = self._events.popleft()
            self._bytes -= event.approx_bytes
            if not event.is_dropped:
                yield event

    def _is_full(self) -> bool:
        return len(self._events) > MAX_QUEUED or self._bytes > MAX_QUEUED_BYTES


def encode(event: TranscriptEvent, session_id: str, sender: msgspec.Raw) -> bytes:
    """Return an event as an envelope on one line of NDJSON."""
    envelope = {
        "event_id": event.event_id,
        "session_id": session_id,
        "hook_event_type": event.kind,
        "timestamp": event.at,
        "sender": sender,
        "payload": event.payload,
    }
    if event.model is not None:
        envelope["model_name"] = event.model
    return _ENCODER.encode(envelope) + b"\n"


_ENCODER: Final = msgspec.json.Encoder()
