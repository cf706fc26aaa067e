"""Turn a request's body into events: a hook body, an envelope, or a batch of either.

In: the bytes and the headers of one POST. Out: new events, each with its payload as it came, or
a Refusal that names the field. Left to the next: redaction and the append.

A hook body is what Claude Code sends (an object with `hook_event_name`). An envelope is the shape
existing hook scripts send: `{source_app, session_id, hook_event_type, timestamp, payload, …}`.
"""

import re
import time
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final

import msgspec

from ingestd.project import project_of
from shared.errors import ErrorDetail, Refusal, explain
from shared.event import Event, NewEvent

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=512)]
LATEST_MS: Final = 8_640_000_000_000_000
"""The end of time in a browser: a later timestamp could not be drawn."""
Milliseconds = (
    Annotated[int, msgspec.Meta(ge=0, le=LATEST_MS)]
    | Annotated[float, msgspec.Meta(ge=0, le=LATEST_MS)]
)
EVENT_ID_LENGTH: Final = 200


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what a request's headers say beside its body."""

    event_id: str | None = None
    fired_at: int | None = None
    sender: msgspec.Raw | None = None
    ignored: tuple[str, ...] = ()
    """The headers that made no sense: they must not cost us the event."""


class Rejected(msgspec.Struct, frozen=True):
    """Name one entry of a batch that could not be taken, and why."""

    index: int
    error: ErrorDetail


class HookBody(msgspec.Struct, frozen=True, kw_only=True):
    """Pick from a body what the log has columns for; everything else passes through unread.

    Only what is required is typed: a field that changes its shape next month must not be refused.
    """

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
    timestamp: Milliseconds
    payload: dict[str, msgspec.Raw] = {}
    source_app: str | None = None
    model_name: str | None = None
    tool_name: str | None = None
    tool_use_id: str | None = None
    agent_id: str | None = None
    summary: str | None = None
    sender: dict[str, msgspec.Raw] | None = None
    event_id: Annotated[str, msgspec.Meta(max_length=EVENT_ID_LENGTH)] | None = None


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """Hold the first line of a spooled event."""

    event_id: Annotated[str, msgspec.Meta(min_length=1, max_length=EVENT_ID_LENGTH)]
    fired_at: Annotated[int, msgspec.Meta(ge=0, le=LATEST_MS)]
    sender: msgspec.Raw = msgspec.Raw(b"null")


def read_headers(headers: Mapping[bytes, bytes]) -> Sent:
    """Read `X-Event-Id`, `X-Fired-At` (ms) and `X-Hookwatch-Sender` (a JSON object).

    A file's name may be no UTF-8: what of the sender is none becomes U+FFFD.
    """
    ignored: list[str] = []
    event_id = headers.get(b"x-event-id", b"").decode("latin-1").strip() or None
    if event_id is not None and len(event_id) > EVENT_ID_LENGTH:
        event_id = None
        ignored.append("X-Event-Id")
    fired_at = _ms(headers.get(b"x-fired-at"))
    if fired_at is None and b"x-fired-at" in headers:
        ignored.append("X-Fired-At")
    sender = _object(headers.get(b"x-hookwatch-sender"))
    if sender is None and b"x-hookwatch-sender" in headers:
        ignored.append("X-Hookwatch-Sender")
    return Sent(event_id=event_id, fired_at=fired_at, sender=sender, ignored=tuple(ignored))


def read_kept(line: bytes) -> Sent:
    """Read the first line of a spooled event, which keeps what the headers would have said.

    Raise Refusal when it is no such line: the rest is not to be trusted either.
    """
    try:
        kept = _KEPT.decode(str(line, "utf-8", "replace"))
    except (msgspec.DecodeError, RecursionError) as error:
        raise Refusal(400, "invalid_spool_file", str(error)) from None
    return Sent(event_id=kept.event_id, fired_at=kept.fired_at, sender=_object(bytes(kept.sender)))


def decode_one(body: bytes, sent: Sent) -> tuple[NewEvent, bool]:
    """Return the event of one object, and whether it came as an envelope; raise Refusal."""
    text = _utf8(body)
    hook, text = _decoded(_HOOK_BODY, text)
    if hook.hook_event_name is not None and hook.hook_event_type is None:
        return _from_hook(hook, hook.hook_event_name, text, sent), False
    if hook.hook_event_type is None:
        raise Refusal(
            400,
            "missing_field",
            "hook_event_name (in a hook body) or hook_event_type (in an envelope) is required",
            "hook_event_name",
        )
    envelope, text = _decoded(_ENVELOPE, text)
    return _from_envelope(envelope, text, sent), True


def decode_batch(body: bytes, sent: Sent, *, lines: bool) -> tuple[list[NewEvent], list[Rejected]]:
    """Return the good entries of a JSON array, or of NDJSON (`lines`), and those that are not.

    Raise Refusal when the array itself is broken. Blank lines are no entries.
    """
    good: list[NewEvent] = []
    rejected: list[Rejected] = []
    for index, entry in enumerate(_lines(body) if lines else _array(body)):
        try:
            good.append(decode_one(entry, _sent_for(sent, index))[0])
        except Refusal as refusal:
            rejected.append(Rejected(index, refusal.detail))
    return good, rejected


def decode_object(decoder: msgspec.json.Decoder[Any], body: bytes) -> tuple[Any, bytes]:
    """Return what a decoder makes of a body, and the text it is stored as; raise Refusal."""
    return _decoded(decoder, _utf8(body))


def now_ms() -> int:
    """Return the time in ms since the epoch."""
    return time.time_ns() // 1_000_000


def _from_hook(hook: HookBody, event_type: str, text: bytes, sent: Sent) -> NewEvent:
    now = now_ms()
    event = Event(
        session_id=hook.session_id,
        hook_event_type=event_type,
        timestamp=now if sent.fired_at is None else sent.fired_at,
        received_at=now,
        source_app=project_of(sent.sender, hook.transcript_path, hook.cwd),
        model_name=_text(hook.model) or _text(hook.to_model),
        tool_name=_text(hook.tool_name),
        tool_use_id=_text(hook.tool_use_id),
        agent_id=_text(hook.agent_id),
        sender=sent.sender,
        payload=msgspec.Raw(text),
        payload_bytes=len(text),
    )
    return NewEvent(event=event, event_id=sent.event_id)


def _from_envelope(envelope: Envelope, text: bytes, sent: Sent) -> NewEvent:
    payload = _RAW_FIELDS.decode(text).get("payload", _NO_PAYLOAD)
    inner, _ = _decoded(_PAYLOAD, bytes(payload))
    sender = _beside(envelope, text)
    event = Event(
        session_id=envelope.session_id,
        hook_event_type=envelope.hook_event_type,
        timestamp=round(envelope.timestamp),
        received_at=now_ms(),
        source_app=envelope.source_app or project_of(sender, inner.transcript_path, inner.cwd),
        model_name=envelope.model_name or _text(inner.model) or _text(inner.to_model),
        tool_name=envelope.tool_name or _text(inner.tool_name),
        tool_use_id=envelope.tool_use_id or _text(inner.tool_use_id),
        agent_id=envelope.agent_id or _text(inner.agent_id),
        summary=envelope.summary,
        sender=sender or sent.sender,
        payload=payload,
        payload_bytes=len(payload),
    )
    return NewEvent(event=event, event_id=envelope.event_id or sent.event_id)


def _beside(envelope: Envelope, text: bytes) -> msgspec.Raw | None:
    """Keep what an envelope says beside its known fields, unless it repeats the payload's."""
    extra = {
        name: value
        for name, value in _RAW_FIELDS.decode(text).items()
        if name not in _ENVELOPE_FIELDS and envelope.payload.get(name) != value
    }
    known = envelope.sender or {}
    return msgspec.Raw(msgspec.json.encode({**extra, **known})) if extra or known else None


def _sent_for(sent: Sent, index: int) -> Sent:
    """Give each entry of a batch a key of its own, the same one in a retry of that batch."""
    if sent.event_id is None:
        return sent
    return msgspec.structs.replace(sent, event_id=f"{sent.event_id}/{index}")


def _array(body: bytes) -> list[msgspec.Raw]:
    entries: list[msgspec.Raw] = _decoded(_ARRAY, _utf8(body))[0]
    return entries


def _lines(body: bytes) -> Iterator[bytes]:
    # Not splitlines(): U+2028, which JSON allows inside strings, would cut an entry in two.
    return (line for line in body.split(b"\n") if line.strip())


def _decoded(decoder: msgspec.json.Decoder[Any], text: bytes) -> tuple[Any, bytes]:
    """Decode, and return the text that decoded: the given one, or one with surrogates mended."""
    try:
        return _decode(decoder, text), text
    except Refusal:
        mended = _mend_surrogates(text)
        if mended == text:
            raise
        return _decode(decoder, mended), mended


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


def _utf8(body: bytes) -> bytes:
    try:
        str(body, "utf-8")
    except UnicodeDecodeError as error:
        raise Refusal(400, "invalid_json", f"not UTF-8 (byte {error.start})") from None
    if text := bytes(body).strip():
        return text
    raise Refusal(400, "invalid_json", "the body is empty")


def _mend_surrogates(text: bytes) -> bytes:
    r"""Replace each lone surrogate escape by `\ufffd`.

    JavaScript writes one where it cut a string inside an emoji. JSON allows the escape, but no
    UTF-8 text can hold what it means, so nothing behind us could decode the payload.
    """
    return _ESCAPE.sub(lambda found: found[0] if found[1] is None else rb"\ufffd", text)


def _ms(text: bytes | None) -> int | None:
    digits = (text or b"").strip()
    if not digits.isdigit() or len(digits) > len(str(LATEST_MS)):
        return None
    return int(digits) if int(digits) <= LATEST_MS else None


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


class _Inner(HookBody, frozen=True, kw_only=True):
    """Read an envelope's payload as loosely as can be: its envelope has said what is required."""

    session_id: Any = None
    hook_event_name: Any = None


_NO_PAYLOAD: Final = msgspec.Raw(b"{}")
_HOOK_BODY: Final = msgspec.json.Decoder(HookBody)
_ENVELOPE: Final = msgspec.json.Decoder(Envelope)
_PAYLOAD: Final = msgspec.json.Decoder(_Inner)
_ARRAY: Final = msgspec.json.Decoder(list[msgspec.Raw])
_RAW_FIELDS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_KEPT: Final = msgspec.json.Decoder(Kept)
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
_ESCAPE: Final = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
