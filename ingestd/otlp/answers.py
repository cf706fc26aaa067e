"""Answer an export as OTLP/HTTP says, in the encoding of the request.

In: what was refused, or a Refusal. Out: status, content type and body: an `Export…ServiceResponse`,
which is empty when all was taken, or a `google.rpc.Status`. Both are two fields at most, so they
are written by hand: `Status` lies in a package that nothing else here needs.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from ingestd.otlp.signals import Signal
from shared.errors import Refusal

JSON: Final = b"application/json"
PROTOBUF: Final = b"application/x-protobuf"

Answer = tuple[int, bytes, bytes]
"""Status, content type, body."""


def content_type_of(headers: Mapping[bytes, bytes]) -> bytes:
    """Return which encoding a request says it has; its other parameters do not matter."""
    return headers.get(b"content-type", b"").partition(b";")[0].strip().lower()


def taken(signal: Signal, content_type: bytes, rejected: int, reason: str) -> Answer:
    """Answer an export of which at least something was taken, or that held nothing."""
    if content_type == PROTOBUF:
        partial = _varint_field(1, rejected) + _text_field(2, reason)
        return 200, PROTOBUF, _bytes_field(1, partial) if rejected else b""
    # Protobuf's JSON writes 64-bit integers as strings.
    told = {signal.rejected: str(rejected), "errorMessage": reason}
    return 200, JSON, msgspec.json.encode({"partialSuccess": told} if rejected else {})


def refused(content_type: bytes, refusal: Refusal) -> Answer:
    """Answer an export that was not taken; what is no protobuf is answered in JSON."""
    code, message = _CODES.get(refusal.status, _UNKNOWN), refusal.detail.message
    if content_type == PROTOBUF:
        return refusal.status, PROTOBUF, _varint_field(1, code) + _text_field(2, message)
    return refusal.status, JSON, msgspec.json.encode({"code": code, "message": message})


def _varint_field(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _text_field(number: int, text: str) -> bytes:
    return _bytes_field(number, text.encode())


def _bytes_field(number: int, data: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)


_UNKNOWN: Final = 2
_CODES: Final[Mapping[int, int]] = {
    400: 3,  # INVALID_ARGUMENT
    405: 12,  # UNIMPLEMENTED
    413: 8,  # RESOURCE_EXHAUSTED
    415: 3,
    500: 13,  # INTERNAL
    503: 14,  # UNAVAILABLE
}
"""The codes of google.rpc.Code."""
