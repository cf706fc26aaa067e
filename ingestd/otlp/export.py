"""Decode an export record by record, so that a large one is read in slices.

In: the bytes of a request, in either encoding. Out: its records, as `message` decodes them, with
their origin; a malformed record with the reason; or, for a malformed request, a Refusal, which may
come after records. No step takes longer than 64 KiB do, or the largest resource, scope or record;
a record over the limit is not decoded.
"""

from collections.abc import Generator, Iterator
from functools import cache
from typing import Any, Final

import msgspec
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from ingestd.intake.decode import decode_utf8
from ingestd.otlp.json_parts import RECORD_BYTES, JsonParts
from ingestd.otlp.message import MalformedError, of_json, of_protobuf
from ingestd.otlp.protobuf_parts import ProtobufParts
from ingestd.otlp.signals import RESOURCE, SCOPE, Fields, RequestLevel, Signal, levels_of
from shared.errors import Refusal

TOO_LARGE: Final = f"a record may have {RECORD_BYTES >> 20} MiB"


class Origin(msgspec.Struct, frozen=True):
    """Hold the resource and the scope of some records: a process, and a part of it."""

    resource: Fields
    scope: Fields


class OtlpRecord(msgspec.Struct, frozen=True):
    """Hold one log record, metric or span; without fields it is malformed, with a reason."""

    origin: Origin
    fields: Fields | None
    reason: str = ""


Records = Iterator[OtlpRecord | None]
"""None stands for a slice of work without a record: a rest is due."""


def of_protobuf_body(signal: Signal, body: bytes | bytearray) -> Records:
    """Yield the records of a protobuf request; raise Refusal."""
    request, resource, scope = levels_of(signal)
    record = GetMessageClass(signal.record)
    _, resources = yield from _split(request, body, slice(0, len(body)))
    for each_resource in resources:
        own, scopes = yield from _split(resource, body, each_resource)
        fields = of_protobuf(own.resource)
        for each_scope in scopes:
            own, records = yield from _split(scope, body, each_scope)
            origin = Origin(fields, of_protobuf(own.scope))
            for each in records:
                if each.stop - each.start > RECORD_BYTES:
                    yield OtlpRecord(origin, None, TOO_LARGE)
                    continue
                yield OtlpRecord(origin, of_protobuf(_parsed(record, bytes(body[each]))))


def of_json_body(signal: Signal, body: bytes | bytearray) -> Records:
    """Yield the records of a JSON request; raise Refusal."""
    request, resource, scope = _decoders(signal)
    parts = JsonParts(body, tuple(level.json_child for level in levels_of(signal)))
    yield from parts.split()
    for at_resource in _children(decode_utf8(request, parts.request)):
        one_resource = decode_utf8(resource, parts.resources[at_resource])
        fields = _fields(RESOURCE, one_resource.resource)
        for at_scope in _children(one_resource):
            one_scope = decode_utf8(scope, parts.scopes[at_scope])
            origin = Origin(fields, _fields(SCOPE, one_scope.scope))
            for at_piece in _children(one_scope):
                piece = parts.piece(at_piece)
                if piece is None:
                    yield OtlpRecord(origin, None, TOO_LARGE)
                    continue
                for text in decode_utf8(_ARRAY, piece):
                    yield _record(signal, origin, text)
                yield None
            yield None
        yield None


def _split(
    level: RequestLevel, body: bytes | bytearray, part: slice
) -> Generator[None, None, tuple[Any, Iterator[slice]]]:
    """Return a message without its children, and where these are."""
    parts = ProtobufParts()
    yield from parts.split(body, part, child=level.child)
    yield
    return _parsed(level.message, bytes(parts.own)), parts.children()


def _parsed(kind: type[Message], text: bytes) -> Any:  # noqa: ANN401 - a class made at run time
    try:
        return kind.FromString(text)
    except DecodeError as error:
        raise Refusal(400, "invalid_protobuf", str(error)) from None


def _record(signal: Signal, origin: Origin, text: msgspec.Raw) -> OtlpRecord:
    try:
        return OtlpRecord(origin, of_json(signal.record, _decoded(text)))
    except RecursionError:
        return OtlpRecord(origin, None, "nested too deeply")
    except MalformedError as error:
        return OtlpRecord(origin, None, str(error))
    except Refusal as refusal:
        return OtlpRecord(origin, None, refusal.detail.message)


def _fields(descriptor: Any, text: msgspec.Raw) -> Fields:  # noqa: ANN401 - protobuf's descriptor
    """Return a resource or a scope; raise Refusal, for all its records depend on it."""
    try:
        value = _decoded(text)
        return {} if value is None else of_json(descriptor, value)
    except (MalformedError, RecursionError) as error:
        raise Refusal(400, "invalid_field", f"{descriptor.name}: {error}") from None


def _decoded(text: msgspec.Raw) -> Any:  # noqa: ANN401 - any JSON
    return decode_utf8(_ANYTHING, bytes(text))


def _children(part: Any) -> range:  # noqa: ANN401 - a struct made at run time
    return range(*(part.children or (0,)))


@cache
def _decoders(signal: Signal) -> tuple[msgspec.json.Decoder[Any], ...]:
    """Return decoders for the parts of a request, as `JsonParts` leaves them."""
    own = ((), (("resource", msgspec.Raw, _NULL),), (("scope", msgspec.Raw, _NULL),))
    return tuple(
        msgspec.json.Decoder(
            msgspec.defstruct(
                "Part",
                [*fields, ("children", tuple[int, int] | None, None)],
                rename={"children": level.json_child},
                frozen=True,
            )
        )
        for level, fields in zip(levels_of(signal), own, strict=True)
    )


_NULL: Final = msgspec.Raw(b"null")
_ARRAY: Final = msgspec.json.Decoder(list[msgspec.Raw])
_ANYTHING: Final[msgspec.json.Decoder[Any]] = msgspec.json.Decoder()
