"""Decode an export record by record, so that a large one can be read in slices.

In: the bytes of a request, in either encoding. Out: its records, as `message` decodes them, with
their origin; a malformed record with the reason; or, for a malformed request, a Refusal.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any, Final

import msgspec
from google.protobuf.message import DecodeError

from ingestd.intake.decode import decode_object
from ingestd.otlp.message import MalformedError, of_json, of_protobuf
from ingestd.otlp.signals import RESOURCE, SCOPE, Fields, Signal
from shared.errors import Refusal


class Origin(msgspec.Struct, frozen=True):
    """Hold the resource and the scope of some records: a process, and a part of it."""

    resource: Fields
    scope: Fields


class OtlpRecord(msgspec.Struct, frozen=True):
    """Hold one log record, metric or span; without fields it is malformed, with a reason."""

    origin: Origin
    fields: Fields | None
    reason: str = ""


def of_protobuf_body(signal: Signal, body: bytes) -> Iterator[OtlpRecord]:
    """Yield the records of a protobuf request; raise Refusal."""
    try:
        request: Any = signal.request.FromString(body)
    except DecodeError as error:
        raise Refusal(400, "invalid_protobuf", str(error)) from None
    for resource in getattr(request, signal.resources):
        resource_fields = of_protobuf(resource.resource)
        for scope in getattr(resource, signal.scopes):
            origin = Origin(resource_fields, of_protobuf(scope.scope))
            for record in getattr(scope, signal.records):
                yield OtlpRecord(origin, of_protobuf(record))


def of_json_body(signal: Signal, body: bytes) -> Iterator[OtlpRecord]:
    """Yield the records of a JSON request; raise Refusal."""
    request, _ = decode_object(_request(signal), body)
    for resource in request.resources or ():
        resource_fields = _fields(RESOURCE, resource.resource)
        for scope in resource.scopes or ():
            origin = Origin(resource_fields, _fields(SCOPE, scope.scope))
            for record in scope.records or ():
                yield _record(signal, origin, record)


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
    return decode_object(_ANYTHING, bytes(text))[0]


@cache
def _request(signal: Signal) -> msgspec.json.Decoder[Any]:
    """Return a decoder for a request that leaves its records as text."""
    scope = _struct(("scope", msgspec.Raw, _NULL), ("records", _many(msgspec.Raw), None),
                    names={"records": _camel(signal.records)})  # fmt: skip
    resource = _struct(("resource", msgspec.Raw, _NULL), ("scopes", _many(scope), None),
                       names={"scopes": _camel(signal.scopes)})  # fmt: skip
    request = _struct(("resources", _many(resource), None),
                      names={"resources": _camel(signal.resources)})  # fmt: skip
    return msgspec.json.Decoder(request)


def _struct(*fields: tuple[str, Any, Any], names: dict[str, str]) -> type[msgspec.Struct]:
    return msgspec.defstruct("Part", fields, rename=names, frozen=True)


def _many(kind: Any) -> Any:  # noqa: ANN401 - a type made at run time
    return list[kind] | None


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


_NULL: Final = msgspec.Raw(b"null")
_ANYTHING: Final[msgspec.json.Decoder[Any]] = msgspec.json.Decoder()
