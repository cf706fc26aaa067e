"""Scan JSON text: where each value starts and ends, so that the text around it can be edited.

Strict: what JSON.parse refuses (comments, a byte order mark, a trailing comma) is refused here.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_DEPTH = 200
"""Deeper than any settings, and below Python's recursion limit."""
MAX_INT_DIGITS = 300
"""From 4,300 digits on, Python refuses to parse an int."""

JsonKind = Literal["object", "array", "string", "number", "literal"]
JsonPath = tuple["str | int", ...]


class NotJsonError(Exception):
    """What is wrong with a text, and at which character."""

    def __init__(self, offset: int, reason: str) -> None:
        super().__init__(reason)
        self.offset = offset
        self.reason = reason


class JsonValue(msgspec.Struct, frozen=True):
    """Where a value is: `text[start:end]` is its JSON."""

    kind: JsonKind
    start: int
    end: int
    members: Sequence[JsonMember] = ()
    """Of an object, in order, with repeated keys."""
    items: Sequence[JsonValue] = ()
    """Of an array."""


class JsonMember(msgspec.Struct, frozen=True):
    """Where a member of an object is; it ends where its value ends."""

    key: str
    start: int
    key_end: int
    value: JsonValue


@lru_cache(maxsize=4)  # one edit looks at the same text several times
def scan(text: str) -> JsonValue:
    """Return the root value of a text; raise NotJsonError at the first wrong character."""
    value = _value(text, _space(text, 0), 0)
    end = _space(text, value.end)
    if end < len(text):
        raise _error(text, end, "expected the end of the text")
    return value


def find(root: JsonValue, path: JsonPath) -> JsonValue | None:
    """Return the value at a path of keys and indexes; None when there is none."""
    for key in path:
        child = _child(root, key)
        if child is None:
            return None
        root = child
    return root


def to_python(text: str, value: JsonValue) -> Any:  # noqa: ANN401 - any JSON
    """Convert a value to Python; of a repeated key, the last counts."""
    return json.loads(text[value.start : value.end], parse_int=_number)


def repeated_key(value: JsonValue) -> JsonMember | None:
    """Return the first member, at any depth, whose key occurs earlier in its object."""
    seen: set[str] = set()
    for member in value.members:
        if member.key in seen:
            return member
        seen.add(member.key)
    children = (*(member.value for member in value.members), *value.items)
    return next((repeated for it in children if (repeated := repeated_key(it))), None)


def line_column(text: str, offset: int) -> tuple[int, int]:
    """Return the line and column of a character, both from 1, as editors count them."""
    lines = _NEWLINE.split(text[:offset])
    return len(lines), len(lines[-1]) + 1


def _child(value: JsonValue, key: str | int) -> JsonValue | None:
    if isinstance(key, int):
        return value.items[key] if key < len(value.items) else None
    named = [member.value for member in value.members if member.key == key]
    return named[-1] if named else None


def _value(text: str, at: int, depth: int) -> JsonValue:
    if depth > MAX_DEPTH:
        raise NotJsonError(at, f"nested more than {MAX_DEPTH} levels deep")
    first = text[at : at + 1]
    if first == "{":
        return _object(text, at, depth)
    if first == "[":
        return _array(text, at, depth)
    for kind, pattern in _SCALARS:
        if match := pattern.match(text, at):
            return JsonValue(kind, at, match.end())
    raise _error(text, at, "expected a value")


def _object(text: str, start: int, depth: int) -> JsonValue:
    members: list[JsonMember] = []
    at = _first(text, start, "}")
    while at is not None:
        members.append(_member(text, at, depth))
        at = _next(text, members[-1].value.end, "}")
    end = members[-1].value.end if members else start + 1
    return JsonValue("object", start, _space(text, end) + 1, members=members)


def _member(text: str, at: int, depth: int) -> JsonMember:
    key = _STRING.match(text, at)
    if key is None:
        raise _error(text, at, "expected a key in double quotes")
    colon = _space(text, key.end())
    if text[colon : colon + 1] != ":":
        raise _error(text, colon, "expected a colon")
    value = _value(text, _space(text, colon + 1), depth + 1)
    return JsonMember(json.loads(key[0]), at, key.end(), value)


def _array(text: str, start: int, depth: int) -> JsonValue:
    items: list[JsonValue] = []
    at = _first(text, start, "]")
    while at is not None:
        items.append(_value(text, at, depth + 1))
        at = _next(text, items[-1].end, "]")
    end = items[-1].end if items else start + 1
    return JsonValue("array", start, _space(text, end) + 1, items=items)


def _first(text: str, start: int, close: str) -> int | None:
    """Return where the first entry of a container starts; None when it is empty."""
    at = _space(text, start + 1)
    return None if text[at : at + 1] == close else at


def _next(text: str, end: int, close: str) -> int | None:
    """Return where the entry after `end` starts; None when the container ends."""
    at = _space(text, end)
    if text[at : at + 1] == close:
        return None
    if text[at : at + 1] != ",":
        raise _error(text, at, f"expected a comma or {close}")
    after = _space(text, at + 1)
    if text[after : after + 1] == close:
        raise NotJsonError(at, f"trailing comma before {close}")
    return after


def _space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _error(text: str, at: int, expected: str) -> NotJsonError:
    if at >= len(text):
        return NotJsonError(at, f"the text ends, {expected}")
    for token, name in _NOT_JSON.items():
        if text.startswith(token, at):
            return NotJsonError(at, f"{name} is not JSON")
    return NotJsonError(at, expected)


def _number(digits: str) -> int | float:
    return int(digits) if len(digits) <= MAX_INT_DIGITS else float(digits)


_NEWLINE = re.compile(r"\r\n|\n|\r")
_SPACE = re.compile(r"[ \t\n\r]*")
_STRING = re.compile(r'"[^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*+)*+"')
_SCALARS: tuple[tuple[JsonKind, re.Pattern[str]], ...] = (
    ("string", _STRING),
    ("number", re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")),
    ("literal", re.compile("true|false|null")),
)
_NOT_JSON = {
    "//": "a comment",
    "/*": "a comment",
    "#": "a comment",
    "\ufeff": "a byte order mark",
    "'": "a single quote",
}
