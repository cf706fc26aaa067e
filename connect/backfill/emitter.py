"""Build the events of one conversation, with the fields that all its bodies share."""

from typing import Any, Final

from connect.backfill.events import EventQueue, Note, TranscriptEvent
from connect.backfill.records import TranscriptRecord, text_of
from connect.backfill.source import TranscriptSource
from shared.history import timed_id

COMMON_FIELDS: Final = (
    "session_id",
    "transcript_path",
    "cwd",
    "prompt_id",
    "agent_id",
    "agent_type",
)
OVERHEAD_BYTES: Final = 500


class EventEmitter:
    """`agent_id` is None for the main conversation."""

    def __init__(self, source: TranscriptSource, queue: EventQueue, agent_id: str | None) -> None:
        self.source = source
        self.agent_id = agent_id
        self.agent_type: str | None = None
        self.model: str | None = None
        """Of the last message."""
        self._queue = queue
        self._context: dict[str, Any] = {}

    @property
    def prompt_id(self) -> str | None:
        return text_of(self._context.get("prompt_id"))

    def update_context(self, record: TranscriptRecord) -> None:
        """Remember what a line shows about itself and the lines after it."""
        fields = (
            ("cwd", record.cwd),
            ("prompt_id", record.prompt_id),
            ("permission_mode", record.permission_mode),
        )
        for name, value in fields:
            if value is not None and text_of(value):
                self._context[name] = value
        if effort := text_of(record.effort):
            self._context["effort"] = {"level": effort}

    def body(self, *extra_fields: str) -> dict[str, Any]:
        """Return the fields of every body, and those named; unknown ones are left out."""
        known = {
            "session_id": self.source.session_id,
            "transcript_path": self.source.transcript_path,
            **self._context,
            "agent_id": self.agent_id,
            "agent_type": self.agent_type,
        }
        fields = {name: known.get(name) for name in (*COMMON_FIELDS, *extra_fields)}
        return {name: value for name, value in fields.items() if value is not None}

    def with_title(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Add the session's title when it changed since it was last sent."""
        title = self.source.changed_title() if self.agent_id is None else None
        return payload if title is None else {**payload, "session_title": title}

    def emit(
        self,
        kind: str,
        at: int,
        key: str,
        payload: dict[str, Any],
        *,
        note: Note = "",
        is_pending: bool = False,
        payload_bytes: int = 0,
        event_id: str | None = None,
        tool_use_id: str | None = None,
    ) -> TranscriptEvent:
        """Queue an event; `key` makes its id unique unless `event_id` is given."""
        event = TranscriptEvent(
            kind=kind,
            at=at,
            event_id=event_id or timed_id(kind, at, key),
            payload=payload,
            agent_id=self.agent_id,
            tool_use_id=tool_use_id,
            model=None if kind == "UserPromptSubmit" else self.model,
            note=note,
            is_pending=is_pending,
            approx_bytes=payload_bytes + OVERHEAD_BYTES,
        )
        return self._queue.push(event)
