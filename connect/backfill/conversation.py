"""One conversation of a session, the main one or a subagent's: its lines in, events out.

Each kind of line goes to the part that follows it: prompts, answers, tool calls, compactions, the
lifecycle.
"""

from typing import TYPE_CHECKING

from connect.backfill.answers import AnswerReader
from connect.backfill.compaction import Compactions
from connect.backfill.emitter import EventEmitter
from connect.backfill.events import EventQueue
from connect.backfill.lifecycle import Lifecycle
from connect.backfill.prompts import Prompts, is_local
from connect.backfill.records import TranscriptRecord, blocks_of, join_text, message_of, text_of
from connect.backfill.source import TranscriptSource
from connect.backfill.tool_calls import ToolCalls
from shared.call_outcomes import is_interruption

if TYPE_CHECKING:
    from collections.abc import Callable

TURN_END_SUBTYPES = frozenset({"turn_duration", "stop_hook_summary"})
UPDATES_CONTEXT = frozenset({"user", "assistant", "permission-mode"})
TIMELESS = frozenset({"cost-state", "permission-mode"})
"""Lines without a time: they happened when the line before them did."""


class Conversation:
    """`agent_id` is None for the main conversation."""

    def __init__(
        self, source: TranscriptSource, queue: EventQueue, agent_id: str | None = None
    ) -> None:
        self._agent_id = agent_id
        self._last_at = 0
        self._emitter = EventEmitter(source, queue, agent_id)
        self.lifecycle = Lifecycle(self._emitter)
        self.calls = ToolCalls(self._emitter)
        self._answers = AnswerReader(self._emitter, self.lifecycle)
        self._prompts = Prompts(self._emitter, self.lifecycle, self._answers)
        self._compactions = Compactions(self._emitter, self._answers)
        self._readers: dict[str, Callable[[TranscriptRecord, int], None]] = {
            "assistant": self._read_assistant,
            "user": self._read_user,
            "system": self._read_system,
            "attachment": self._read_attachment,
            "cost-state": self.lifecycle.client_ended,
            "permission-mode": lambda _record, _at: None,  # it only updates the context
        }

    def read(self, record: TranscriptRecord) -> None:
        kind = record.type if isinstance(record.type, str) else ""
        read = self._readers.get(kind)
        at = record.at
        if read is None or (at is None and kind not in TIMELESS):
            return
        if at is not None:
            self._last_at = max(self._last_at, at)
        if kind in UPDATES_CONTEXT:
            self._emitter.update_context(record)
        read(record, self._last_at if at is None else at)

    def finish(self, *, now: int) -> None:
        """Emit what is known at the end of the file."""
        self._prompts.settle_command(is_prompt=False)
        self.calls.settle_refusal()
        self._answers.finish(now=now)
        self.calls.finish()
        self._compactions.finish()
        self.lifecycle.finish(now=now)

    def _read_assistant(self, record: TranscriptRecord, at: int) -> None:
        self.lifecycle.worked(at, record)
        self._prompts.settle_command(is_prompt=True)
        self.calls.settle_refusal()
        self.lifecycle.complete_start(record)
        message = message_of(record)
        blocks = blocks_of(message.content)
        if record.is_api_error_message is True:
            self._answers.interrupted()
            self.lifecycle.fail(record, at, join_text(blocks))
            return
        self._answers.read(record, message, blocks, at)
        for block in blocks:
            if block.type == "tool_use":
                self.calls.started(block, at)

    def _read_user(self, record: TranscriptRecord, at: int) -> None:
        message = message_of(record)
        blocks = blocks_of(message.content)
        results = [block for block in blocks if block.type == "tool_result"]
        if results:
            self.calls.settle_refusal()
            for block in results:
                self.calls.result(record, block, at, is_only=len(results) == 1)
        elif blocks:
            self._read_user_text(record, join_text(blocks), at)

    def _read_user_text(self, record: TranscriptRecord, text: str, at: int) -> None:
        is_interrupt = is_interruption(text)
        interrupts_call = is_interrupt and bool(record.interrupted_message_id)
        self.calls.settle_refusal(is_interrupt=interrupts_call)
        if is_interrupt:
            self._answers.interrupted()
        elif record.is_compact_summary is True:
            self._compactions.summary(text)
        elif record.is_meta is True:
            self._prompts.settle_command(is_prompt=not is_local(text))
            self._answers.turn_continues()
        else:
            self._prompts.settle_command(is_prompt=False)
            if self._agent_id is not None:
                self._answers.turn_finished()
            elif not is_local(text):
                self._prompts.typed(record, text, at)

    def _read_system(self, record: TranscriptRecord, at: int) -> None:
        subtype = text_of(record.subtype)
        if subtype in TURN_END_SUBTYPES:
            self._answers.turn_finished()
        elif subtype == "compact_boundary":
            self._compactions.boundary(record, at)

    def _read_attachment(self, record: TranscriptRecord, at: int) -> None:
        self._prompts.queued(record, at, last_at=self._last_at)
