"""Parse a line of a transcript, as far as its fields are known.

The format is the client's own and changes every month: any field may be missing, or of any type.
"""

import re
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from shared.times import is_plausible

NOTHING: Final = msgspec.Raw(b"null")


class UnreadableLineError(Exception):
    """Why a line cannot be parsed."""


class TranscriptRecord(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One line. Large fields stay JSON until they are needed."""

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
        """The line's time in ms; None when it has none."""
        return ms_of(self.timestamp)


class ApiMessage(msgspec.Struct, frozen=True):
    """The API's message in a line."""

    id: Any = None
    model: Any = None
    content: msgspec.Raw = NOTHING
    stop_reason: Any = None
    usage: msgspec.Raw = NOTHING


class ContentBlock(msgspec.Struct, frozen=True):
    """One block of a message's content."""

    type: Any = None
    text: Any = None
    id: Any = None
    name: Any = None
    input: msgspec.Raw = NOTHING
    tool_use_id: Any = None
    content: msgspec.Raw = NOTHING
    is_error: Any = None


def parse_record(line: bytes) -> TranscriptRecord:
    """Parse a line; raise UnreadableLineError."""
    text = line.strip(b"\0 \t\r\n")
    if not text:
        raise UnreadableLineError("NUL bytes" if b"\0" in line else "empty")
    try:
        return _decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        return _decode(_repair_text(text))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UnreadableLineError("not a JSON object") from error


def message_of(record: TranscriptRecord) -> ApiMessage:
    """Return a record's message; an empty one when there is none."""
    return parse(_MESSAGE, record.message) or ApiMessage()


def blocks_of(content: msgspec.Raw) -> list[ContentBlock]:
    """Return the blocks of a message's content; plain text is one block."""
    if bytes(memoryview(content)[:1]) == b'"':
        text = parse(_STRING, content)
        return [] if text is None else [ContentBlock(type="text", text=text)]
    blocks = parse(_BLOCKS, content) or []
    return [block for block in (parse(_BLOCK, raw) for raw in blocks) if block is not None]


def join_text(blocks: Sequence[ContentBlock]) -> str:
    return "\n".join(block.text for block in blocks if isinstance(block.text, str))


def fields_of(raw: msgspec.Raw) -> dict[str, Any]:
    """Return an object's fields; none for any other value."""
    return parse(_OBJECT, raw) or {}


def raw_fields_of(raw: msgspec.Raw) -> dict[str, msgspec.Raw]:
    """Return an object's fields as JSON; none for any other value."""
    return parse(_RAW_OBJECT, raw) or {}


def parse(decoder: "msgspec.json.Decoder[Any]", raw: msgspec.Raw) -> Any:  # noqa: ANN401 - the decoder's
    """Decode a value; None when it has another type."""
    for prepare in (bytes, _repair_text):
        try:
            return decoder.decode(prepare(raw))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
    return None


def ms_of(value: object) -> int | None:
    """Convert an ISO 8601 time, or a number of ms, to ms since the epoch.

    None for times that no event can have: ingestd would reject it.
    """
    ms = _ms_of_text(value) if isinstance(value, str) else value
    if isinstance(ms, bool) or not isinstance(ms, int | float):
        return None
    return round(ms) if is_plausible(ms, time.time_ns() // 1_000_000) else None


def text_of(value: object) -> str | None:
    """Return a text that is not empty and not too long for a name or an id."""
    return value if isinstance(value, str) and 0 < len(value) <= MAX_NAME_CHARS else None


def _ms_of_text(value: str) -> int | None:
    try:
        when = datetime.fromisoformat(value[:40])
    except ValueError:
        return None
    return ((when if when.tzinfo else when.replace(tzinfo=UTC)) - _EPOCH) // _MS


def _decode(text: bytes) -> TranscriptRecord:
    # Fields that stay JSON must be UTF-8 too: ingestd rejects anything else.
    if not text.isascii():
        text.decode()
    return _RECORD.decode(text)


def _repair_text(text: bytes | msgspec.Raw) -> bytes:
    """Replace invalid UTF-8, and lone surrogates, which UTF-8 cannot encode."""
    valid = bytes(text).decode(errors="replace").encode()
    return _ESCAPE.sub(lambda match: match[0] if match[1] is None else rb"\ufffd", valid)


MAX_NAME_CHARS: Final = 500
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MS: Final = timedelta(milliseconds=1)
_RECORD: Final = msgspec.json.Decoder(TranscriptRecord)
_MESSAGE: Final = msgspec.json.Decoder(ApiMessage)
_BLOCKS: Final = msgspec.json.Decoder(list[msgspec.Raw])
_BLOCK: Final = msgspec.json.Decoder(ContentBlock)
_STRING: Final = msgspec.json.Decoder(str)
_OBJECT: Final = msgspec.json.Decoder(dict[str, Any])
_RAW_OBJECT: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ESCAPE: Final = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
