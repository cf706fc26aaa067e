"""Read a line of a transcript: its fields as far as we know them, the rest unread.

In: the bytes of a line. Out: a record, or `Broken` that says why not. The format is the client's
own and changes every month: no field is relied on to be there, or to be of its type.
"""

import re
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from shared.times import is_plausible

NOTHING: Final = msgspec.Raw(b"null")


class Broken(Exception):  # noqa: N818 - it names what was found
    """Say why a line cannot be read."""


class Record(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Hold one line; heavy fields stay bytes of JSON until they are needed."""

    type: Any = None
    subtype: Any = None
    uuid: Any = None
    parent_uuid: Any = None
    timestamp: Any = None
    session_id: Any = None
    agent_id: Any = None
    prompt_id: Any = None
    cwd: Any = None
    version: Any = None
    entrypoint: Any = None
    is_sidechain: Any = None
    permission_mode: Any = None
    is_meta: Any = None
    is_compact_summary: Any = None
    turn_origin: Any = None
    message: msgspec.Raw = NOTHING
    tool_use_result: msgspec.Raw = NOTHING
    tool_denial_kind: Any = None
    permission_decision: msgspec.Raw = NOTHING
    interrupted_message_id: Any = None
    request_id: Any = None
    requested_model: Any = None
    request_session_id: Any = None
    forked_from: msgspec.Raw = NOTHING
    effort: Any = None
    attribution_agent: Any = None
    is_api_error_message: Any = None
    is_aborted_mid_stream: Any = None
    error: Any = None
    error_details: Any = None
    attachment: msgspec.Raw = NOTHING
    compact_metadata: msgspec.Raw = NOTHING
    custom_title: Any = None
    ai_title: Any = None
    start_time: Any = None
    total_duration: Any = None

    @property
    def at(self) -> int | None:
        """Return when it happened, in ms; None when the line does not say."""
        return ms_of(self.timestamp)


class Message(msgspec.Struct, frozen=True):
    """Hold the API's message of a line."""

    id: Any = None
    model: Any = None
    content: msgspec.Raw = NOTHING
    stop_reason: Any = None
    usage: msgspec.Raw = NOTHING


class Block(msgspec.Struct, frozen=True):
    """Hold one block of a message's content."""

    type: Any = None
    text: Any = None
    id: Any = None
    name: Any = None
    input: msgspec.Raw = NOTHING
    tool_use_id: Any = None
    content: msgspec.Raw = NOTHING
    is_error: Any = None


def record_of(line: bytes) -> Record:
    """Return the record of a line; raise Broken."""
    text = line.strip(b"\0 \t\r\n")
    if not text:
        raise Broken("NUL bytes" if b"\0" in line else "empty")
    try:
        return _decoded(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        return _decoded(_mended(text))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Broken("not a JSON object") from error


def message_of(record: Record) -> Message:
    """Return a record's message, an empty one where there is none."""
    return parse(_MESSAGE, record.message) or Message()


def blocks_of(content: msgspec.Raw) -> list[Block]:
    """Return the blocks of a content; a plain text is one block."""
    if bytes(memoryview(content)[:1]) == b'"':
        text = parse(_STRING, content)
        return [] if text is None else [Block(type="text", text=text)]
    found = parse(_BLOCKS, content) or []
    return [block for block in (parse(_BLOCK, one) for one in found) if block is not None]


def words_of(blocks: Sequence[Block]) -> str:
    """Return the text of blocks."""
    return "\n".join(block.text for block in blocks if isinstance(block.text, str))


def fields_of(raw: msgspec.Raw) -> dict[str, Any]:
    """Return an object's fields; of anything else, none."""
    return parse(_OBJECT, raw) or {}


def raw_fields_of(raw: msgspec.Raw) -> dict[str, msgspec.Raw]:
    """Return an object's fields as bytes of JSON; of anything else, none."""
    return parse(_RAW_OBJECT, raw) or {}


def parse(decoder: "msgspec.json.Decoder[Any]", raw: msgspec.Raw) -> Any:  # noqa: ANN401 - the decoder's
    """Return what a decoder makes of it, or None."""
    for mend in (bytes, _mended):
        try:
            return decoder.decode(mend(raw))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
    return None


def ms_of(value: object) -> int | None:
    """Return a time in ms since the epoch: of ISO 8601, or of a number of ms.

    None where no event can have such a time: ingestd would refuse the event for it.
    """
    ms = _ms_of_text(value) if isinstance(value, str) else value
    if isinstance(ms, bool) or not isinstance(ms, int | float):
        return None
    return round(ms) if is_plausible(ms, time.time_ns() // 1_000_000) else None


def text_of(value: object) -> str | None:
    """Return a text that is not empty, and short enough to be a name."""
    return value if isinstance(value, str) and 0 < len(value) <= NAME_CHARS else None


def _ms_of_text(value: str) -> int | None:
    try:
        when = datetime.fromisoformat(value[:40])
    except ValueError:
        return None
    return ((when if when.tzinfo else when.replace(tzinfo=UTC)) - _EPOCH) // _MS


def _decoded(text: bytes) -> Record:
    # What is carried on unread must be text too: ingestd refuses bytes that are not.
    if not text.isascii():
        text.decode()
    return _RECORD.decode(text)


def _mended(text: bytes | msgspec.Raw) -> bytes:
    """Replace what is no UTF-8, and each half of an emoji, which no UTF-8 can hold."""
    whole = bytes(text).decode(errors="replace").encode()
    return _ESCAPE.sub(lambda found: found[0] if found[1] is None else rb"\ufffd", whole)


NAME_CHARS: Final = 500
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MS: Final = timedelta(milliseconds=1)
_RECORD: Final = msgspec.json.Decoder(Record)
_MESSAGE: Final = msgspec.json.Decoder(Message)
_BLOCKS: Final = msgspec.json.Decoder(list[msgspec.Raw])
_BLOCK: Final = msgspec.json.Decoder(Block)
_STRING: Final = msgspec.json.Decoder(str)
_OBJECT: Final = msgspec.json.Decoder(dict[str, Any])
_RAW_OBJECT: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ESCAPE: Final = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
