"""Turn a request's body into events: a hook body, an envelope, or a batch of either.

In: the bytes and the headers of one POST. Out: new events, each with its payload unchanged, or a
Refusal that names the field. Left to the next: redaction and the append.

A hook body is what Claude Code sends (an object with `hook_event_name`). An envelope is the shape
of existing hook scripts: `{source_app, session_id, hook_event_type, timestamp, payload, …}`.
"""

import re
import time
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, NoReturn

import msgspec

from ingestd.intake.project import is_guess, project_of
from shared.errors import ErrorDetail, Refusal, explain
from shared.event import Event, NewEvent
from shared.times import doubt, is_plausible

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=512)]
EVENT_ID_LENGTH: Final = 200
DIGITS: Final = 24
"""Of a number in a header; a longer one is no time in any unit."""
PIECE_BYTES: Final = 64 * 1024
"""Of a JSON array, decoded at once."""
OPENING_BYTES: Final = 12


class RequestMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what a request's headers, or a spool file's first line, add to the body."""

    event_id: str | None = None
    fired_at: int | None = None
    sender: msgspec.Raw | None = None
    ignored: tuple[str, ...] = ()
    """Invalid headers: the event is stored without them."""
    stray_time: str | None = None
    """A reported time that is not plausible; the event gets another."""


class RejectedEntry(msgspec.Struct, frozen=True):
    index: int
    error: ErrorDetail


class HookBody(msgspec.Struct, frozen=True, kw_only=True):
    """Decode the fields that the log has columns for; all others pass through unread."""

    # Only what is required is typed: a field that changes its type next month must not be refused.

    session_id: Name
    hook_event_name: Name | None = None
    hook_event_type: Any = None
    transcript_path: Any = None
    cwd: Any = None
    model: Any = None
    to_model: Any = None
    tool_name: Any = None
    tool_use_id: Any = None
    agent_id: Any = None


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """Hold an envelope; its times are ms since the epoch."""

    session_id: Name
    hook_event_type: Name
    timestamp: int | float
    payload: dict[str, msgspec.Raw] = {}
    source_app: str | None = None
    model_name: str | None = None
    tool_name: str | None = None
    tool_use_id: str | None = None
    agent_id: str | None = None
    summary: str | None = None
    sender: dict[str, msgspec.Raw] | None = None
    event_id: Annotated[str, msgspec.Meta(max_length=EVENT_ID_LENGTH)] | None = None


class Columns(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Hold the columns of an event that ingestd spooled itself; the payload follows them."""

    session_id: Name
    hook_event_type: Name
    received_at: int
    source_app: str | None = None
    model_name: str | None = None
    tool_name: str | None = None
    tool_use_id: str | None = None
    agent_id: str | None = None
    summary: str | None = None


class _SpooledHead(msgspec.Struct, frozen=True, kw_only=True):
    """Decode the first line of a spool file; `event` is set if ingestd itself wrote it."""

    event_id: Annotated[str, msgspec.Meta(min_length=1, max_length=EVENT_ID_LENGTH)]
    fired_at: Any = msgspec.UNSET
    sender: msgspec.Raw = msgspec.Raw(b"null")
    event: Columns | None = None


def read_headers(headers: Mapping[bytes, bytes]) -> RequestMetadata:
    """Read `X-Event-Id`, `X-Fired-At` (ms) and `X-Hookwatch-Sender` (a JSON object).

    A file name in the sender may not be UTF-8: invalid bytes become U+FFFD.
    """
    if headers.keys().isdisjoint(_METADATA_HEADERS):
        return _NO_METADATA
    ignored: list[str] = []
    event_id = headers.get(b"x-event-id", b"").decode("latin-1").strip() or None
    if event_id is not None and len(event_id) > EVENT_ID_LENGTH:
        event_id = None
        ignored.append("X-Event-Id")
    given = headers.get(b"x-fired-at")
    fired_at = _ms(given)
    stray_time = None
    if fired_at is None and given is not None:
        ignored.append("X-Fired-At")
    elif fired_at is not None and not is_plausible(fired_at, now_ms()):
        fired_at, stray_time = None, str(fired_at)
    sender = _object(headers.get(b"x-hookwatch-sender"))
    if sender is None and b"x-hookwatch-sender" in headers:
        ignored.append("X-Hookwatch-Sender")
    return RequestMetadata(
        event_id=event_id,
        fired_at=fired_at,
        sender=sender,
        ignored=tuple(ignored),
        stray_time=stray_time,
    )


def read_spooled_head(line: bytes, *, written_at: int) -> tuple[RequestMetadata, Columns | None]:
    """Read the first line of a spool file, which holds what headers hold of a request.

    Without a plausible time the event gets the time at which its file was written: it may be read
    hours later. Raise Refusal for an invalid line: the rest of the file cannot be trusted either.
    """
    try:
        head = _SPOOLED_HEAD.decode(str(line, "utf-8", "replace"))
    except (msgspec.DecodeError, RecursionError) as error:
        raise Refusal(400, "invalid_spool_file", str(error)) from None
    fired_at, stray_time = head.fired_at, None
    if type(fired_at) is not int or not is_plausible(fired_at, now_ms()):
        if fired_at is not msgspec.UNSET:
            stray_time = repr(fired_at)[:EVENT_ID_LENGTH]
        fired_at = written_at if is_plausible(written_at, now_ms()) else None
    metadata = RequestMetadata(
        event_id=head.event_id,
        fired_at=fired_at,
        sender=_object(bytes(head.sender)),
        stray_time=stray_time,
    )
    return metadata, head.event


def is_complete_object(body: bytes) -> bool:
    """Return whether a body is a JSON object to its end: one that is cut off never is."""
    try:
        _decoded(_RAW_FIELDS, _utf8(body))
    except Refusal:
        return False
    return True


def spooled_head(new: NewEvent) -> bytes:
    """Return the first line from which `restore_spooled` rebuilds this event."""
    event = new.event
    columns = Columns(**{name: getattr(event, name) for name in Columns.__struct_fields__})
    # `event` comes first: a forwarder, which may drain this folder, leaves such files to ingestd.
    return msgspec.json.encode(
        {
            "event": columns,
            "event_id": new.event_id,
            "fired_at": event.timestamp,
            "sender": event.sender,
        }
    )


def restore_spooled(columns: Columns, payload: bytes, metadata: RequestMetadata) -> NewEvent:
    """Return an event that ingestd spooled itself; raise Refusal if its payload is no object."""
    _decoded(_RAW_FIELDS, _utf8(payload))
    known = msgspec.structs.asdict(columns)
    event = Event(
        **known,
        timestamp=columns.received_at if metadata.fired_at is None else metadata.fired_at,
        sender=metadata.sender,
        payload=msgspec.Raw(payload),
        payload_bytes=len(payload),
    )
    return NewEvent(event=event, event_id=metadata.event_id)


def decode_one(body: bytes | bytearray, metadata: RequestMetadata) -> tuple[NewEvent, bool]:
    """Return the event of one object, and whether it came as an envelope; raise Refusal."""
    text = _utf8(body)
    hook, text = _decoded(_HOOK_BODY, text)
    if hook.hook_event_name is not None and hook.hook_event_type is None:
        return _from_hook(hook, hook.hook_event_name, text, metadata), False
    if hook.hook_event_type is None:
        raise Refusal(
            400,
            "missing_field",
            "hook_event_name (in a hook body) or hook_event_type (in an envelope) is required",
            "hook_event_name",
        )
    envelope, text = _decoded(_ENVELOPE, text)
    return _from_envelope(envelope, text, metadata), True


def decode_entries(
    body: bytes | bytearray, metadata: RequestMetadata, *, lines: bool
) -> Iterator[NewEvent | RejectedEntry]:
    """Yield each entry of a JSON array, or of NDJSON (`lines`), decoded or rejected.

    Raise Refusal when the array itself is malformed, even at its end. Blank lines are skipped.
    """
    for index, entry in enumerate(split_lines(body) if lines else split_array(body)):
        try:
            yield decode_one(entry, _metadata_for(metadata, index))[0]
        except Refusal as refusal:
            yield RejectedEntry(index, refusal.detail)


def decode_object(decoder: msgspec.json.Decoder[Any], body: bytes | bytearray) -> tuple[Any, bytes]:
    """Return the decoded body, and the text it is stored as; raise Refusal."""
    return _decoded(decoder, _utf8(body))


def decode_utf8(decoder: msgspec.json.Decoder[Any], text: bytes) -> Any:  # noqa: ANN401 - any JSON
    """Return a decoded text that is known to be UTF-8; raise Refusal."""
    return _decoded(decoder, text)[0]


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def _from_hook(hook: HookBody, event_type: str, text: bytes, metadata: RequestMetadata) -> NewEvent:
    now = now_ms()
    event = Event(
        session_id=hook.session_id,
        hook_event_type=event_type,
        timestamp=now if metadata.fired_at is None else metadata.fired_at,
        received_at=now,
        source_app=project_of(metadata.sender, hook.transcript_path, hook.cwd),
        model_name=_text(hook.model) or _text(hook.to_model),
        tool_name=_text(hook.tool_name),
        tool_use_id=_text(hook.tool_use_id),
        agent_id=_text(hook.agent_id),
        sender=metadata.sender,
        payload=msgspec.Raw(text),
        payload_bytes=len(text),
    )
    return NewEvent(
        event=event,
        event_id=metadata.event_id,
        is_project_guessed=is_guess(metadata.sender, hook.transcript_path, hook.cwd),
    )


def _from_envelope(envelope: Envelope, text: bytes, metadata: RequestMetadata) -> NewEvent:
    received_at = now_ms()
    if not is_plausible(envelope.timestamp, received_at):
        reason = doubt(envelope.timestamp, received_at)
        raise Refusal(400, "invalid_field", f"timestamp: {reason}", "timestamp")
    payload = _RAW_FIELDS.decode(text).get("payload", _NO_PAYLOAD)
    inner, _ = _decoded(_PAYLOAD, bytes(payload))
    sender = _sender_of(envelope, text)
    event = Event(
        session_id=envelope.session_id,
        hook_event_type=envelope.hook_event_type,
        timestamp=round(envelope.timestamp),
        received_at=received_at,
        source_app=envelope.source_app or project_of(sender, inner.transcript_path, inner.cwd),
        model_name=envelope.model_name or _text(inner.model) or _text(inner.to_model),
        tool_name=envelope.tool_name or _text(inner.tool_name),
        tool_use_id=envelope.tool_use_id or _text(inner.tool_use_id),
        agent_id=envelope.agent_id or _text(inner.agent_id),
        summary=envelope.summary,
        sender=sender or metadata.sender,
        payload=payload,
        payload_bytes=len(payload),
    )
    has_name = bool(envelope.source_app)
    return NewEvent(
        event=event,
        event_id=envelope.event_id or metadata.event_id,
        is_project_guessed=not has_name and is_guess(sender, inner.transcript_path, inner.cwd),
    )


def _sender_of(envelope: Envelope, text: bytes) -> msgspec.Raw | None:
    """Return an envelope's sender and unknown fields, unless these repeat the payload."""
    extra = {
        name: value
        for name, value in _RAW_FIELDS.decode(text).items()
        if name not in _ENVELOPE_FIELDS and envelope.payload.get(name) != value
    }
    known = envelope.sender or {}
    return msgspec.Raw(msgspec.json.encode({**extra, **known})) if extra or known else None


def _metadata_for(metadata: RequestMetadata, index: int) -> RequestMetadata:
    """Give each entry of a batch its own event id, the same in a retry of that batch."""
    if metadata.event_id is None:
        return metadata
    return msgspec.structs.replace(metadata, event_id=f"{metadata.event_id}/{index}")


def is_array(body: bytes | bytearray) -> bool:
    return _OPENS_ARRAY.match(body) is not None


def split_lines(body: bytes | bytearray) -> Iterator[bytes]:
    """Yield the lines of NDJSON that are not blank, lazily."""
    start = 0
    while start < len(body):
        # Not splitlines(): U+2028, which JSON allows inside strings, would cut an entry in two.
        end = body.find(b"\n", start)
        end = len(body) if end < 0 else end
        if line := body[start:end].strip():
            yield bytes(line)
        start = end + 1


def split_array(body: bytes | bytearray) -> Iterator[bytes]:
    """Yield the raw entries of a JSON array, decoding some 64 KiB at a time.

    To decode 32 MiB at once takes 80 to 170 ms, in which no hook is answered. A piece that decodes
    as a list of entries is the next part of the array. One that does not was cut within an entry:
    the next try is twice as long, so a body is decoded some three times at most.
    """
    start = first = body.index(b"[") + 1  # only blanks come before it
    size = PIECE_BYTES
    boundary = entry_boundary(body, first)
    while cut := boundary.search(body, start + size, start + 2 * size) or _BETWEEN.search(
        body, start + size
    ):
        entries = _piece(body[start : cut.start() + 1])
        if entries is None:
            size *= 2
        else:
            yield from entries
            start, size = cut.end(), PIECE_BYTES
    tail = body[start:].rstrip()
    rest = _piece(tail[:-1]) if tail.endswith(b"]") else None
    if rest is None or (not rest and start > first):  # a comma at the end
        _refuse_array(body, start, is_first=start == first)
    yield from rest


def entry_boundary(body: bytes | bytearray, first: int) -> re.Pattern[bytes]:
    """Return what probably separates the entries of an array, whose first entry is at `first`.

    They nearly always start with the same keys, and the objects within them with others.
    """
    opening = re.escape(bytes(body[first : first + 64]).lstrip()[:OPENING_BYTES])
    return re.compile(rb"\}\s*,(?=\s*%b)" % opening)


def _refuse_array(body: bytes | bytearray, start: int, *, is_first: bool) -> NoReturn:
    """Raise the Refusal of an array whose entries from `start` on are malformed."""
    before = b"[" if is_first else b"[0,"
    try:
        _decoded(_ARRAY, _utf8(before + body[start:]))
    except Refusal as refusal:
        detail, shift = refusal.detail, start - len(before)
        message = _POSITION.sub(lambda at: f"(byte {int(at[1]) + shift})", detail.message)
        raise Refusal(refusal.status, detail.code, message, detail.field) from None
    raise AssertionError("a well-formed array")


def _piece(text: bytes | bytearray) -> list[msgspec.Raw] | None:
    try:
        entries: list[msgspec.Raw] = _decoded(_ARRAY, _utf8(b"[" + text + b"]"))[0]
    except Refusal:
        return None
    return entries


def _decoded(decoder: msgspec.json.Decoder[Any], text: bytes) -> tuple[Any, bytes]:
    """Decode, and return the text that decoded: the given one, or one without lone surrogates."""
    try:
        return _decode(decoder, text), text
    except Refusal:
        valid = _replace_surrogates(text)
        if valid == text:
            raise
        return _decode(decoder, valid), valid


def _decode(decoder: msgspec.json.Decoder[Any], text: bytes) -> Any:  # noqa: ANN401 - the decoder's
    try:
        return decoder.decode(text)
    except msgspec.ValidationError as error:
        code, message, field = explain(error)
        if field is None:
            raise Refusal(400, "not_an_object", message) from None
        raise Refusal(400, code, message, field) from None
    except msgspec.DecodeError as error:
        raise Refusal(400, "invalid_json", str(error)) from None
    except RecursionError:
        raise Refusal(400, "invalid_json", "JSON is nested too deeply") from None


def _utf8(body: bytes | bytearray) -> bytes:
    try:
        str(body, "utf-8")
    except UnicodeDecodeError as error:
        raise Refusal(400, "invalid_json", f"not UTF-8 (byte {error.start})") from None
    if text := bytes(body).strip():
        return text
    raise Refusal(400, "invalid_json", "the body is empty")


def _replace_surrogates(text: bytes) -> bytes:
    r"""Replace each lone surrogate escape by `\ufffd`.

    JavaScript writes one where it cut a string inside an emoji. JSON allows the escape, but UTF-8
    cannot encode the character, so no reader could decode the payload.
    """
    if _SURROGATE.search(text) is None:
        return text
    return _ESCAPE.sub(lambda found: found[0] if found[1] is None else rb"\ufffd", text)


def _ms(text: bytes | None) -> int | None:
    digits = (text or b"").strip()
    return int(digits) if digits.isdigit() and len(digits) <= DIGITS else None


def _object(text: bytes | None) -> msgspec.Raw | None:
    if text is None:
        return None
    text = str(text, "utf-8", "replace").encode()
    try:
        _RAW_FIELDS.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return None
    return msgspec.Raw(text)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


class _PayloadFields(HookBody, frozen=True, kw_only=True):
    """Decode an envelope's payload; its envelope holds what is required."""

    session_id: Any = None
    hook_event_name: Any = None


_METADATA_HEADERS: Final = frozenset((b"x-event-id", b"x-fired-at", b"x-hookwatch-sender"))
_NO_METADATA: Final = RequestMetadata()
_NO_PAYLOAD: Final = msgspec.Raw(b"{}")
_HOOK_BODY: Final = msgspec.json.Decoder(HookBody)
_ENVELOPE: Final = msgspec.json.Decoder(Envelope)
_PAYLOAD: Final = msgspec.json.Decoder(_PayloadFields)
_ARRAY: Final = msgspec.json.Decoder(list[msgspec.Raw])
_RAW_FIELDS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_SPOOLED_HEAD: Final = msgspec.json.Decoder(_SpooledHead)
_ENVELOPE_FIELDS: Final = frozenset(
    {
        *Envelope.__struct_fields__,
        "id",
        "received_at",
        "payload_bytes",
        "payload_clipped",
        "unsaved_id",
    }
)
_OPENS_ARRAY: Final = re.compile(rb"\s*+\[")
_POSITION: Final = re.compile(r"\(byte (\d+)\)")
_BETWEEN: Final = re.compile(rb"\}\s*,")
"""What separates two entries, and may separate two objects within one."""
_SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F]")
_ESCAPE: Final = re.compile(
    rb"(?:\\\\)+|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|\\(u[dD][89a-fA-F][0-9a-fA-F]{2})"
)
"""An escaped backslash is matched so that it is skipped: what follows it is not an escape."""
