"""Scan JSON text: where each value of it begins and ends.

In: text. Out: values that know their place, to read them and to edit the text around them; or
`NotJsonError` at the first character that is wrong. Nothing is guessed: what JSON.parse refuses
(comments, a byte order mark, a trailing comma) is refused here.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_LEVELS = 200
"""Of nesting; deeper than any settings, and not yet as deep as Python can call itself."""
LONGEST_INT = 300
"""Digits; from 4,300 on Python refuses to make an int of them."""

Kind = Literal["object", "array", "string", "number", "literal"]
Path = tuple["str | int", ...]


class NotJsonError(Exception):
    """Say what is wrong with a text, and at which of its characters."""

    def __init__(self, offset: int, reason: str) -> None:
        super().__init__(reason)
        self.offset = offset
        self.reason = reason


class Value(msgspec.Struct, frozen=True):
    """Know where a value stands: `text[start:end]` is its JSON."""

    kind: Kind
    start: int
    end: int
    members: Sequence[Member] = ()
    """Of an object, in order, repeated keys included."""
    items: Sequence[Value] = ()
    """Of an array."""


class Member(msgspec.Struct, frozen=True):
    """Know where a member of an object stands; it ends where its value does."""

    key: str
    start: int
    key_end: int
    value: Value


@lru_cache(maxsize=4)  # one edit looks at the same text several times
def scan(text: str) -> Value:
    """Return the value a text is; raise NotJsonError when it is none."""
    value = _value(text, _space(text, 0), 0)
    end = _space(text, value.end)
    if end < len(text):
        raise _wrong(text, end, "nothing more was expected")
    return value


def find(root: Value, path: Path) -> Value | None:
    """Return what stands at a path of keys and indexes; None when nothing does."""
    for step in path:
        under = _under(root, step)
        if under is None:
            return None
        root = under
    return root


def plain(text: str, value: Value) -> Any:  # noqa: ANN401 - it is whatever the JSON is
    """Return a value as Python has it; of a repeated key the last counts."""
    return json.loads(text[value.start : value.end], parse_int=_number)


def repeated_key(value: Value) -> Member | None:
    """Return the first member, anywhere in there, whose key its object has already."""
    seen: set[str] = set()
    for member in value.members:
        if member.key in seen:
            return member
        seen.add(member.key)
    below = (*(member.value for member in value.members), *value.items)
    return next((found for it in below if (found := repeated_key(it))), None)


def place(text: str, offset: int) -> tuple[int, int]:
    """Return line and column of a character, both from 1, as editors count them."""
    lines = _NEWLINE.split(text[:offset])
    return len(lines), len(lines[-1]) + 1


def _under(value: Value, step: str | int) -> Value | None:
    if isinstance(step, int):
        return value.items[step] if step < len(value.items) else None
    named = [member.value for member in value.members if member.key == step]
    return named[-1] if named else None


def _value(text: str, at: int, level: int) -> Value:
    if level > MOST_LEVELS:
        raise NotJsonError(at, f"it is nested more than {MOST_LEVELS} levels deep")
    first = text[at : at + 1]
    if first == "{":
        return _object(text, at, level)
    if first == "[":
        return _array(text, at, level)
    for kind, pattern in _SCALARS:
        if found := pattern.match(text, at):
            return Value(kind, at, found.end())
    raise _wrong(text, at, "a value was expected")


def _object(text: str, start: int, level: int) -> Value:
    members: list[Member] = []
    at = _first(text, start, "}")
    while at is not None:
        members.append(_member(text, at, level))
        at = _next(text, members[-1].value.end, "}")
    end = members[-1].value.end if members else start + 1
    return Value("object", start, _space(text, end) + 1, members=members)


def _member(text: str, at: int, level: int) -> Member:
    key = _STRING.match(text, at)
    if key is None:
        raise _wrong(text, at, "a key in double quotes was expected")
    colon = _space(text, key.end())
    if text[colon : colon + 1] != ":":
        raise _wrong(text, colon, "a colon was expected")
    value = _value(text, _space(text, colon + 1), level + 1)
    return Member(json.loads(key[0]), at, key.end(), value)


def _array(text: str, start: int, level: int) -> Value:
    items: list[Value] = []
    at = _first(text, start, "]")
    while at is not None:
        items.append(_value(text, at, level + 1))
        at = _next(text, items[-1].end, "]")
    end = items[-1].end if items else start + 1
    return Value("array", start, _space(text, end) + 1, items=items)


def _first(text: str, start: int, close: str) -> int | None:
    """Return where the first entry of a container begins; None when it is empty."""
    at = _space(text, start + 1)
    return None if text[at : at + 1] == close else at


def _next(text: str, end: int, close: str) -> int | None:
    """Return where the entry after one that ended begins; None when the container ends."""
    at = _space(text, end)
    if text[at : at + 1] == close:
        return None
    if text[at : at + 1] != ",":
        raise _wrong(text, at, f"a comma or {close} was expected")
    after = _space(text, at + 1)
    if text[after : after + 1] == close:
        raise NotJsonError(at, f"a comma stands before {close}")
    return after


def _space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _wrong(text: str, at: int, expected: str) -> NotJsonError:
    """Name what stands where something else was expected."""
    if at >= len(text):
        return NotJsonError(at, f"the text ends; {expected}")
    for sign, name in _STRANGERS.items():
        if text.startswith(sign, at):
            return NotJsonError(at, f"{name} is no JSON")
    return NotJsonError(at, expected)


def _number(digits: str) -> int | float:
    return int(digits) if len(digits) <= LONGEST_INT else float(digits)


_NEWLINE = re.compile(r"\r\n|\n|\r")
_SPACE = re.compile(r"[ \t\n\r]*")
_STRING = re.compile(r'"[^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*+)*+"')
_SCALARS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("string", _STRING),
    ("number", re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")),
    ("literal", re.compile("true|false|null")),
)
_STRANGERS = {
    "//": "a comment",
    "/*": "a comment",
    "#": "a comment",
    "\ufeff": "a byte order mark",
    "'": "a single quote",
}
