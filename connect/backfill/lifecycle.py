"""When a subagent starts, when an answer ends a turn, when a session ends and is resumed."""

from typing import Final

from connect.backfill.emitter import EventEmitter
from connect.backfill.events import DAY_MS, TranscriptEvent
from connect.backfill.records import TranscriptRecord, ms_of, text_of
from shared.history import SKEW_MS

COMPACTION_PREFIX: Final = "acompact"
"""The id of the helper that summarizes a conversation; hooks do not report it as a subagent."""
UNKNOWN_TYPE: Final = "subagent"
"""Without a type, a SubagentStop would be taken for a compaction's, which is of no subagent."""
RESTART_MS: Final = 1_000
"""A client that writes again within this time had not ended."""


class Lifecycle:
    def __init__(self, emitter: EventEmitter) -> None:
        self._emitter = emitter
        self._start: TranscriptEvent | None = None
        self._ended: tuple[int, int] | None = None
        """When the last line before the end was written, and when the session ended."""
        self._has_worked = False

    def start(self, record: TranscriptRecord, agent_type: str | None) -> None:
        """Emit a subagent's start; its type may be known only with its first answer."""
        emitter = self._emitter
        emitter.agent_type = agent_type
        if self._is_compaction_helper():
            return
        key = text_of(record.uuid) or emitter.agent_id or ""
        self._start = emitter.emit(
            "SubagentStart", record.at or 0, key, emitter.body(), is_pending=not agent_type
        )

    def complete_start(self, record: TranscriptRecord) -> None:
        """Take a subagent's type from its first answer when it is not known yet."""
        if self._start is not None and self._start.is_pending:
            self._emitter.agent_type = text_of(record.attribution_agent) or UNKNOWN_TYPE
            self._start.payload["agent_type"] = self._emitter.agent_type
            self._start.is_pending = False

    def stop(self, at: int, key: str, answer: str) -> None:
        """Emit the end of a turn, or of a subagent, with its answer."""
        emitter = self._emitter
        if emitter.agent_id is None:
            payload = {
                **emitter.with_title(emitter.body("permission_mode", "effort")),
                "hook_event_name": "Stop",
                "last_assistant_message": answer,
            }
            emitter.emit("Stop", at, key, payload, payload_bytes=len(answer))
        elif not self._is_compaction_helper():
            payload = {
                **emitter.body("permission_mode", "effort"),
                "agent_type": emitter.agent_type or UNKNOWN_TYPE,
                "hook_event_name": "SubagentStop",
                "last_assistant_message": answer,
            }
            emitter.emit("SubagentStop", at, key, payload, payload_bytes=len(answer))

    def fail(self, record: TranscriptRecord, at: int, text: str) -> None:
        emitter = self._emitter
        payload = {
            **emitter.with_title(emitter.body("effort")),
            "hook_event_name": "StopFailure",
            "error": text_of(record.error) or "unknown",
            "last_assistant_message": text,
        }
        if isinstance(record.error_details, str):
            payload["error_details"] = record.error_details
        key = text_of(record.uuid) or ""
        emitter.emit("StopFailure", at, key, payload, payload_bytes=len(text))

    def client_ended(self, record: TranscriptRecord, at: int) -> None:
        """Read the line that the client writes when it ends: its start, and how long it ran."""
        if self._emitter.agent_id is not None or not self._has_worked or self._ended is not None:
            return
        started, ran = record.start_time, record.total_duration
        ended = ms_of(started + ran) if type(started) is int and type(ran) is int else None
        is_plausible = ended is not None and ended - at < DAY_MS
        self._ended = at, max(ended or at, at) if is_plausible else at

    def worked(self, at: int, record: TranscriptRecord) -> None:
        """Note activity; after an end, emit that end and the resumed session."""
        emitter = self._emitter
        if emitter.agent_id is not None:
            return
        ended, self._ended, self._has_worked = self._ended, None, True
        if ended is None or at - ended[1] < RESTART_MS:
            return
        self._emit_end(*ended, until=at)
        payload = {**emitter.body(), "hook_event_name": "SessionStart", "source": "resume"}
        start = emitter.emit("SessionStart", at, text_of(record.uuid) or "", payload)
        start.match_since = ended[0]

    def finish(self, *, now: int) -> None:
        """Emit what is known at the end of the file."""
        if self._start is not None:
            self._start.is_pending = False
        if self._ended is not None:
            self._emit_end(*self._ended, until=now)

    def _emit_end(self, worked_at: int, at: int, *, until: int) -> None:
        emitter = self._emitter
        payload = {**emitter.with_title(emitter.body()), "hook_event_name": "SessionEnd"}
        if (emitter.source.entrypoint or "").startswith("sdk"):
            payload["reason"] = "other"  # all print-mode runs end so
        end = emitter.emit("SessionEnd", at, emitter.source.session_id, payload)
        end.match_since, end.match_until = worked_at, max(until, at + SKEW_MS)

    def _is_compaction_helper(self) -> bool:
        agent_id = self._emitter.agent_id
        return agent_id is not None and agent_id.startswith(COMPACTION_PREFIX)
