"""Answers: the tokens that each message used, and whether it ends its turn.

A message has one line per block, so neither is known before the next line or the end of the file.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from connect.backfill.emitter import EventEmitter
from connect.backfill.lifecycle import Lifecycle
from connect.backfill.records import (
    NOTHING,
    ApiMessage,
    ContentBlock,
    TranscriptRecord,
    join_text,
    raw_fields_of,
    text_of,
)
from shared.history import PREFIX

ENDS_TURN: Final = frozenset({"end_turn", "stop_sequence", "refusal"})
CONTINUES_TURN: Final = frozenset({"tool_use", "pause_turn"})
UNFINISHED_MS: Final = 300_000
"""A message whose last line is older than this gets no more lines."""
SYNTHETIC: Final = "<synthetic>"


class ApiAnswer(msgspec.Struct):
    """The message that is being read."""

    id: str
    at: int
    record: TranscriptRecord
    message: ApiMessage
    usage: msgspec.Raw
    output_tokens: int
    key: str
    texts: list[str]
    has_calls: bool = False
    is_aborted: bool = False
    is_settled: bool = False
    """Its stop was emitted, or must not be."""

    @property
    def ends_turn(self) -> bool:
        """The API's stop reason ends the turn."""
        return self._can_end_turn() and text_of(self.message.stop_reason) in ENDS_TURN

    @property
    def may_end_turn(self) -> bool:
        """It ends the turn if nothing follows: old clients wrote no stop reason."""
        return self._can_end_turn() and text_of(self.message.stop_reason) not in CONTINUES_TURN

    def _can_end_turn(self) -> bool:
        return not (self.has_calls or self.is_settled or self.is_aborted)


class AnswerReader:
    def __init__(self, emitter: EventEmitter, lifecycle: Lifecycle) -> None:
        self._emitter = emitter
        self._lifecycle = lifecycle
        self._current: ApiAnswer | None = None

    def read(
        self,
        record: TranscriptRecord,
        message: ApiMessage,
        blocks: Sequence[ContentBlock],
        at: int,
    ) -> None:
        """Read one line of a message."""
        if message.model == SYNTHETIC:
            return
        self._emitter.model = text_of(message.model) or self._emitter.model
        message_id = text_of(message.id) or text_of(record.uuid) or f"{at}"
        if self._current is None or self._current.id != message_id:
            self.turn_continues()
            self._close()
            self._current = _new_answer(message_id, record, message, at)
        _add_line(self._current, record, message, blocks, at)

    def turn_finished(self) -> None:
        """Close the message: without a stop reason, it ended its turn too."""
        self._settle(is_finished=self._current is not None and self._current.may_end_turn)
        self._close()

    def turn_continues(self) -> None:
        """Keep the message open: it ended its turn only if the API says so."""
        self._settle(is_finished=self._current is not None and self._current.ends_turn)

    def interrupted(self) -> None:
        """Close the message that the user or an error interrupted."""
        if self._current is not None:
            self._settle(is_finished=self._current.ends_turn)
            self._current.is_settled = True
        self._close()

    def finish(self, *, now: int) -> None:
        """Emit the last message of a file, unless it is still being written."""
        answer = self._current
        if answer is None:
            return
        if answer.message.stop_reason is None and now - answer.at < UNFINISHED_MS:
            self._current = None
            return
        self.turn_finished()

    def _settle(self, *, is_finished: bool) -> None:
        answer = self._current
        if answer is not None and is_finished:
            answer.is_settled = True
            text = "\n\n".join(answer.texts).strip()  # as in the hook's body
            # Usage first, so that it keeps the message's place in the order.
            self._emit_usage(answer)
            self._lifecycle.stop(answer.at, answer.key, text)

    def _close(self) -> None:
        answer, self._current = self._current, None
        if answer is not None:
            self._emit_usage(answer)

    def _emit_usage(self, answer: ApiAnswer) -> None:
        usage, answer.usage = answer.usage, NOTHING
        if not raw_fields_of(usage):
            return
        emitter, record, message = self._emitter, answer.record, answer.message
        payload: dict[str, Any] = {
            **emitter.with_title(emitter.body("effort")),
            "model": text_of(message.model),
            "message_id": answer.id,
            "request_id": text_of(record.request_id),
            "is_sidechain": emitter.agent_id is not None,
            "stop_reason": text_of(message.stop_reason),
            "requested_model": text_of(record.requested_model),
        }
        payload = {name: value for name, value in payload.items() if value is not None}
        payload["usage"] = usage
        emitter.emit("usage", answer.at, "", payload, event_id=f"{PREFIX}usage:{answer.id}")


def _new_answer(
    message_id: str, record: TranscriptRecord, message: ApiMessage, at: int
) -> ApiAnswer:
    return ApiAnswer(
        id=message_id,
        at=at,
        record=record,
        message=message,
        usage=message.usage,
        output_tokens=-1,
        key=message_id,
        texts=[],
    )


def _add_line(
    answer: ApiAnswer,
    record: TranscriptRecord,
    message: ApiMessage,
    blocks: Sequence[ContentBlock],
    at: int,
) -> None:
    answer.at, answer.record, answer.message = at, record, message
    answer.key = text_of(record.uuid) or answer.key
    answer.is_aborted = answer.is_aborted or record.is_aborted_mid_stream is True
    output_tokens = _output_tokens(message.usage)
    # In old files, usage grows from line to line.
    if output_tokens >= answer.output_tokens:
        answer.usage, answer.output_tokens = message.usage, output_tokens
    text = join_text([block for block in blocks if block.type == "text"])
    if text:
        answer.texts.append(text)
    answer.has_calls = answer.has_calls or any(it.type == "tool_use" for it in blocks)


def _output_tokens(usage: msgspec.Raw) -> int:
    try:
        return _USAGE.decode(usage).output_tokens
    except (msgspec.DecodeError, UnicodeDecodeError):
        return 0


class _OutputUsage(msgspec.Struct):
    output_tokens: int = 0


_USAGE: Final = msgspec.json.Decoder(_OutputUsage)
