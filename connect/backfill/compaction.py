"""Compactions: a boundary line, and a summary that follows it."""

from connect.backfill.answers import AnswerReader
from connect.backfill.emitter import EventEmitter
from connect.backfill.events import DAY_MS, TranscriptEvent
from connect.backfill.records import TranscriptRecord, fields_of, text_of


class Compactions:
    def __init__(self, emitter: EventEmitter, answers: AnswerReader) -> None:
        self._emitter = emitter
        self._answers = answers
        self._last: TranscriptEvent | None = None
        """The last PostCompact, pending until its summary is read."""

    def boundary(self, record: TranscriptRecord, at: int) -> None:
        self._answers.turn_finished()
        emitter = self._emitter
        metadata = fields_of(record.compact_metadata)
        key = text_of(record.uuid) or ""
        duration = metadata.get("durationMs")
        started = at - (duration if type(duration) is int and 0 <= duration < DAY_MS else 0)
        trigger = text_of(metadata.get("trigger")) or "auto"
        payload = {**emitter.body(), "hook_event_name": "PreCompact", "trigger": trigger}
        emitter.emit("PreCompact", started, key, payload)
        payload = {**emitter.body(), "hook_event_name": "PostCompact", "trigger": trigger}
        self._last = emitter.emit("PostCompact", at, key, payload, is_pending=True)

    def summary(self, text: str) -> None:
        if self._last is not None and self._last.is_pending:
            self._last.payload["compact_summary"] = text
            self._last.is_pending = False

    def finish(self) -> None:
        if self._last is not None:
            self._last.is_pending = False
