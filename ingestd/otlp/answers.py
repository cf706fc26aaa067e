"""Answer an export by the OTLP/HTTP specification, in the encoding of the request.

In: the number of rejected records, or a Refusal. Out: status, content type and body: an
`Export…ServiceResponse`, which is empty when all was accepted, or a `google.rpc.Status`. Both have
two fields at most, so they are encoded by hand: `Status` needs a package of its own.
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
    """Return the media type of a request, without its parameters."""
    return headers.get(b"content-type", b"").partition(b";")[0].strip().lower()


def accepted(signal: Signal, content_type: bytes, rejected: int, reason: str) -> Answer:
    """Answer an export of which some records were accepted, or that had none."""
    if content_type == PROTOBUF:
        partial = _varint_field(1, rejected) + _text_field(2, reason)
        return 200, PROTOBUF, _bytes_field(1, partial) if rejected else b""
    # Protobuf's JSON writes 64-bit integers as strings.
    partial_success = {signal.rejected: str(rejected), "errorMessage": reason}
    return 200, JSON, msgspec.json.encode({"partialSuccess": partial_success} if rejected else {})


def refused(content_type: bytes, refusal: Refusal) -> Answer:
    """Answer an export that was not accepted; in JSON unless it was protobuf."""
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
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


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
