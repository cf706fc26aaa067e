"""Convert a message to one form from either encoding.

In: a decoded protobuf message, or a decoded value of OTLP's JSON and its message type. Out: a dict
of the fields that are set, by protobuf's names and in the order of their numbers, ready for JSON:
ids are hex, other bytes base64, attributes a dict of their own; a field with its default is left
out, as in protobuf. So the same export gives the same dict, and new fields come with a newer
opentelemetry-proto.

OTLP's JSON differs from protobuf's in that ids are hex and enums are numbers. Numbers and strings
of digits are both accepted, for Claude Code writes a 64-bit integer as a number.
"""

import binascii
import math
from base64 import b64encode, urlsafe_b64decode
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any, Final

import msgspec
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from ingestd.otlp.signals import Fields

Convert = Callable[[Any], Any]


class MalformedError(Exception):
    """Report a value that does not match its field's type."""


def of_protobuf(message: Message) -> Fields:
    """Return the fields that are set in a message."""
    plan = _plan(message.DESCRIPTOR)
    return {
        field.name: plan[field.name].of_protobuf(value) for field, value in message.ListFields()
    }


def of_json(descriptor: Descriptor, value: object) -> Fields:
    """Return the fields set in a message's JSON, unknown ones ignored; raise MalformedError."""
    given = _object(value)
    fields = {}
    for field in _plan(descriptor).values():
        json_value = given.get(field.json_name)
        if json_value is None:
            continue
        converted = field.of_json(json_value)
        if field.has_presence or converted:
            fields[field.name] = converted
    return fields


class _Field(msgspec.Struct, frozen=True):
    name: str
    json_name: str
    has_presence: bool
    of_protobuf: Convert
    of_json: Convert


@cache
def _plan(descriptor: Descriptor) -> Mapping[str, _Field]:
    fields = sorted(descriptor.fields, key=lambda field: field.number)
    return {field.name: _field(field) for field in fields}


def _field(field: FieldDescriptor) -> _Field:
    if field.message_type is not None and field.message_type is KeyValue.DESCRIPTOR:
        converts: tuple[Convert, Convert] = _attributes_of_protobuf, _attributes_of_json
    else:
        converts = _converts(field)
        if field.is_repeated:
            converts = partial(_each, converts[0]), partial(_each_of_json, converts[1])
    return _Field(field.name, field.camelcase_name, field.has_presence, *converts)


def _converts(field: FieldDescriptor) -> tuple[Convert, Convert]:
    """Return the converters of one value of a field, for each encoding."""
    if field.message_type is not None:
        if field.message_type is AnyValue.DESCRIPTOR:
            return _any_of_protobuf, _any_of_json
        return of_protobuf, partial(of_json, field.message_type)
    if field.name in _IDS:
        return _hex, _hex_of_json
    if (converts := _SCALARS.get(field.type)) is not None:
        return converts
    return _unchanged, partial(_integer, *_RANGES.get(field.type, _INT32))


def _attributes_of_protobuf(pairs: Any) -> Fields:  # noqa: ANN401 - a container without a type
    return {pair.key: _any_of_protobuf(pair.value) for pair in pairs}


def _attributes_of_json(pairs: object) -> Fields:
    return {
        _string(_given(pair, "key", "")): _any_of_json(_given(pair, "value", {}))
        for pair in map(_object, _array(pairs))
    }


def _any_of_protobuf(value: Any) -> Any:  # noqa: ANN401 - whatever an attribute may be
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    given = getattr(value, kind)
    match kind:
        case "array_value":
            return [_any_of_protobuf(one) for one in given.values]
        case "kvlist_value":
            return _attributes_of_protobuf(given.values)
        case "bytes_value":
            return _base64(given)
        case "double_value":
            return _double(given)
        case _:
            return given


def _any_of_json(value: object) -> Any:  # noqa: ANN401 - whatever an attribute may be
    given = _object(value)
    found = [(key, it) for key, it in given.items() if key in _ANY_OF_JSON and it is not None]
    if not found:
        return None
    if len(found) > 1:
        raise MalformedError(f"a value has one kind, not {found[0][0]} and {found[1][0]}")
    key, it = found[0]
    return _ANY_OF_JSON[key](it)


def _list_of_json(value: object) -> list[Any]:
    return [_any_of_json(one) for one in _array(_given(_object(value), "values", []))]


def _pairs_of_json(value: object) -> Fields:
    return _attributes_of_json(_given(_object(value), "values", []))


def _each(convert: Convert, values: Any) -> list[Any]:  # noqa: ANN401 - a container without a type
    return [convert(value) for value in values]


def _each_of_json(convert: Convert, values: object) -> list[Any]:
    return [convert(value) for value in _array(values)]


def _given(value: dict[str, Any], key: str, default: object) -> object:
    """Return a field; null means unset in protobuf's JSON."""
    found = value.get(key)
    return default if found is None else found


def _object(value: object) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    raise MalformedError(f"expected an object, got {_type(value)}")


def _array(value: object) -> list[Any]:
    if isinstance(value, list):
        return value
    raise MalformedError(f"expected an array, got {_type(value)}")


def _string(value: object) -> str:
    if isinstance(value, str):
        return value
    raise MalformedError(f"expected a string, got {_type(value)}")


def _bool(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise MalformedError(f"expected true or false, got {_type(value)}")


def _integer(low: int, high: int, value: object) -> int:
    try:
        if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
            raise TypeError  # noqa: TRY301 - one answer for all that is no integer
        found = int(value)  # type: ignore[call-overload] # what is not a number raises
    except (TypeError, ValueError, OverflowError):
        raise MalformedError(f"expected an integer, got {_type(value)}") from None
    if low <= found <= high:
        return int(found)
    raise MalformedError("an integer is out of its range")


def _double_of_json(value: object) -> float | str:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise MalformedError(f"expected a number, got {_type(value)}")
    try:
        return _double(float(value))
    except (ValueError, OverflowError):
        raise MalformedError(f"expected a number, got {_type(value)}") from None


def _double(value: float) -> float | str:
    """Return a finite number, or the name that protobuf's JSON has for another."""
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")


def _hex(value: bytes) -> str:
    return value.hex()


def _hex_of_json(value: object) -> str:
    try:
        return bytes.fromhex(_string(value)).hex()
    except ValueError:
        raise MalformedError("an id is written in hexadecimal digits") from None


def _base64(value: bytes) -> str:
    return b64encode(value).decode()


def _base64_of_json(value: object) -> str:
    text = _string(value).rstrip("=").replace("+", "-").replace("/", "_")
    try:
        return _base64(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError):
        raise MalformedError("bytes are written in base64") from None


def _unchanged(value: Any) -> Any:  # noqa: ANN401 - any value
    return value


def _type(value: object) -> str:
    return _TYPES.get(type(value), "null")


_TYPES: Final = {
    bool: "a boolean",
    dict: "an object",
    float: "a number",
    int: "a number",
    list: "an array",
    str: "a string",
}
_IDS: Final = frozenset({"trace_id", "span_id", "parent_span_id"})
_SCALARS: Final[Mapping[int, tuple[Convert, Convert]]] = {
    FieldDescriptor.TYPE_BYTES: (_base64, _base64_of_json),
    FieldDescriptor.TYPE_STRING: (_unchanged, _string),
    FieldDescriptor.TYPE_BOOL: (_unchanged, _bool),
    FieldDescriptor.TYPE_DOUBLE: (_double, _double_of_json),
    FieldDescriptor.TYPE_FLOAT: (_double, _double_of_json),
}
_INT32: Final = (-(2**31), 2**31 - 1)
_INT64: Final = (-(2**63), 2**63 - 1)
_RANGES: Final[Mapping[int, tuple[int, int]]] = {
    FieldDescriptor.TYPE_INT64: _INT64,
    FieldDescriptor.TYPE_SINT64: _INT64,
    FieldDescriptor.TYPE_SFIXED64: _INT64,
    FieldDescriptor.TYPE_UINT64: (0, 2**64 - 1),
    FieldDescriptor.TYPE_FIXED64: (0, 2**64 - 1),
    FieldDescriptor.TYPE_UINT32: (0, 2**32 - 1),
    FieldDescriptor.TYPE_FIXED32: (0, 2**32 - 1),
}
_ANY_OF_JSON: Final[Mapping[str, Convert]] = {
    "stringValue": _string,
    "boolValue": _bool,
    "intValue": partial(_integer, *_INT64),
    "doubleValue": _double_of_json,
    "arrayValue": _list_of_json,
    "kvlistValue": _pairs_of_json,
    "bytesValue": _base64_of_json,
}
