"""Know when an answer is whole: what it cost, and whether a turn is over with it.

In: the lines of a thread's messages, one a block. Out: a `usage` for each message, a stop for each
answer that was the last word. Neither is known before the next line, or the end of the file.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec

from connect.backfill.records import (
    NOTHING,
    Block,
    Message,
    Record,
    raw_fields_of,
    text_of,
    words_of,
)
from shared.history import PREFIX

if TYPE_CHECKING:
    from connect.backfill.actor import Actor

LAST_WORD: Final = frozenset({"end_turn", "stop_sequence", "refusal"})
GOES_ON: Final = frozenset({"tool_use", "pause_turn"})
UNFINISHED_MS: Final = 300_000
"""An answer whose last line is older than this gets no more of them."""
SYNTHETIC: Final = "<synthetic>"


class Answer(msgspec.Struct):
    """Hold the message that is being read."""

    id: str
    at: int
    record: Record
    message: Message
    usage: msgspec.Raw
    output_tokens: int
    key: str
    words: list[str]
    has_calls: bool = False
    is_aborted: bool = False
    is_told: bool = False
    """Its stop was told, or is not to be."""

    @property
    def is_last_word(self) -> bool:
        """Tell whether the API itself said that this ends the turn."""
        return self._may_be_last() and text_of(self.message.stop_reason) in LAST_WORD

    @property
    def may_be_last_word(self) -> bool:
        """Tell whether it ends the turn if nothing follows: old clients wrote no reason."""
        return self._may_be_last() and text_of(self.message.stop_reason) not in GOES_ON

    def _may_be_last(self) -> bool:
        return not (self.has_calls or self.is_told or self.is_aborted)


class Answers:
    """Follow the messages of one thread."""

    def __init__(self, actor: "Actor") -> None:
        self._actor = actor
        self._now: Answer | None = None
        self.model: str | None = None
        """That of the last message."""

    def take(self, record: Record, message: Message, blocks: Sequence[Block], at: int) -> None:
        """Take one line of a message."""
        if message.model == SYNTHETIC:
            return
        self.model = text_of(message.model) or self.model
        message_id = text_of(message.id) or text_of(record.uuid) or f"{at}"
        if self._now is None or self._now.id != message_id:
            self.go_on()
            self._close()
            self._now = _answer(message_id, record, message, at)
        self._add(self._now, record, message, blocks, at)

    def rest(self) -> None:
        """Take note that nothing more came, before something else did."""
        self._tell(is_over=self._now is not None and self._now.may_be_last_word)
        self._close()

    def go_on(self) -> None:
        """Take note that Claude went on by itself."""
        self._tell(is_over=self._now is not None and self._now.is_last_word)

    def drop(self) -> None:
        """Take note that somebody, or an error, broke it off."""
        if self._now is not None:
            self._tell(is_over=self._now.is_last_word)
            self._now.is_told = True
        self._close()

    def settle_last(self, *, now: int) -> None:
        """Tell of the last answer of a file, unless it is still being written."""
        answer = self._now
        if answer is None:
            return
        if answer.message.stop_reason is None and now - answer.at < UNFINISHED_MS:
            self._now = None
            return
        self.rest()

    def _tell(self, *, is_over: bool) -> None:
        answer = self._now
        if answer is not None and is_over:
            answer.is_told = True
            words = "\n\n".join(answer.words).strip()  # as the hook tells it
            # Told first, so that it stands where the answer stood.
            self._push_usage(answer)
            self._actor.stop(answer.at, answer.key, words)

    def _close(self) -> None:
        answer, self._now = self._now, None
        if answer is not None:
            self._push_usage(answer)

    def _push_usage(self, answer: Answer) -> None:
        usage, answer.usage = answer.usage, NOTHING
        if not raw_fields_of(usage):
            return
        record, message = answer.record, answer.message
        payload: dict[str, Any] = {
            **self._actor.titled(self._actor.body("effort")),
            "model": text_of(message.model),
            "message_id": answer.id,
            "request_id": text_of(record.request_id),
            "is_sidechain": self._actor.agent_id is not None,
            "stop_reason": text_of(message.stop_reason),
            "requested_model": text_of(record.requested_model),
        }
        payload = {name: value for name, value in payload.items() if value is not None}
        payload["usage"] = usage
        event_id = f"{PREFIX}usage:{answer.id}"
        self._actor.push("usage", answer.at, "", payload, event_id=event_id)

    def _add(
        self, answer: Answer, record: Record, message: Message, blocks: Sequence[Block], at: int
    ) -> None:
        answer.at, answer.record, answer.message = at, record, message
        answer.key = text_of(record.uuid) or answer.key
        answer.is_aborted = answer.is_aborted or record.is_aborted_mid_stream is True
        tokens = _output_tokens(message.usage)
        if tokens >= answer.output_tokens:
            answer.usage, answer.output_tokens = message.usage, tokens
        said = words_of([block for block in blocks if block.type == "text"])
        if said:
            answer.words.append(said)
        answer.has_calls = answer.has_calls or any(it.type == "tool_use" for it in blocks)


def _answer(message_id: str, record: Record, message: Message, at: int) -> Answer:
    return Answer(
        id=message_id,
        at=at,
        record=record,
        message=message,
        usage=message.usage,
        output_tokens=-1,
        key=message_id,
        words=[],
    )


def _output_tokens(usage: msgspec.Raw) -> int:
    try:
        return _TOKENS.decode(usage).output_tokens
    except (msgspec.DecodeError, UnicodeDecodeError):
        return 0


class _Tokens(msgspec.Struct):
    output_tokens: int = 0


_TOKENS: Final = msgspec.json.Decoder(_Tokens)
