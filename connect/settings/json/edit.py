"""Edit JSON text: add, remove and replace values, and leave every other character as it is.

What is added follows the file's own indent, newlines and spacing. No library does this: those that
keep a file's form rewrite it as a whole, and the one that edits text starts Node.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec

from connect.settings.json.scan import JsonPath, JsonValue, find, scan

if TYPE_CHECKING:
    from collections.abc import Sequence

DEFAULT_INDENT = "  "
WHITESPACE = " \t\n\r"


def append(text: str, path: JsonPath, value: Any, *, key: str | None = None) -> str:  # noqa: ANN401
    """Append a value to the container at a path; with a key, as a member of an object."""
    root = scan(text)
    container = _at(root, path)
    style = _style(text, root)
    spans = _spans(container)
    if spans:
        end = spans[-1][1]
        gap = _gap(text, container, spans, style)
        return text[:end] + "," + gap + _entry(key, value, style, _line_indent(gap)) + text[end:]
    before, indent, after = _open_empty(text, root, path, style)
    entry = _entry(key, value, style, indent)
    return text[: container.start + 1] + before + entry + after + text[container.end - 1 :]


def remove(text: str, path: JsonPath, *, leave: str = "") -> str:
    """Remove the value at a path; when it was the only one, `leave` becomes the white space."""
    root = scan(text)
    container = _at(root, path[:-1])
    spans = _spans(container)
    index = _index(container, path[-1])
    if len(spans) == 1:
        return text[: container.start + 1] + leave + text[container.end - 1 :]
    if index == 0:
        return text[: spans[0][0]] + text[spans[1][0] :]
    return text[: spans[index - 1][1]] + text[spans[index][1] :]


def replace(text: str, path: JsonPath, value: Any) -> str:  # noqa: ANN401 - any JSON
    root = scan(text)
    indent = _own_indent(text, root, path)
    return replace_raw(text, path, _format(value, _style(text, root), indent))


def replace_raw(text: str, path: JsonPath, raw: str) -> str:
    value = _at(scan(text), path)
    return text[: value.start] + raw + text[value.end :]


def raw_at(text: str, path: JsonPath) -> str:
    value = _at(scan(text), path)
    return text[value.start : value.end]


def space_in(text: str, path: JsonPath) -> str | None:
    """Return the white space in an empty container; None when it is not empty."""
    container = _at(scan(text), path)
    return None if _spans(container) else text[container.start + 1 : container.end - 1]


class _JsonStyle(msgspec.Struct, frozen=True):
    newline: str
    unit: str
    """The indent of one level."""
    colon: str
    comma: str
    """Between the entries of one line."""


def _style(text: str, root: JsonValue) -> _JsonStyle:
    newline = "\r\n" if "\r\n" in text else "\r" if "\r" in text and "\n" not in text else "\n"
    if not root.members:
        return _JsonStyle(newline, DEFAULT_INDENT, ": ", ", ")
    first = root.members[0]
    indent = _line_indent(text[root.start + 1 : first.start])
    colon = text[first.key_end : first.value.start]
    if colon.strip(" \t") != ":":
        colon = ": "
    return _JsonStyle(
        newline,
        DEFAULT_INDENT if indent is None else indent,
        colon,
        "," if colon == ":" and indent is None else ", ",
    )


def _gap(
    text: str, container: JsonValue, spans: Sequence[tuple[int, int]], style: _JsonStyle
) -> str:
    """Return the white space before a new entry: the same as before the last one."""
    before = spans[-2][1] if len(spans) > 1 else container.start
    lead = text[before : spans[-1][0]].lstrip(WHITESPACE)[1:]
    indent = _line_indent(lead)
    if indent is not None:
        return style.newline + indent
    return lead if len(spans) > 1 else style.comma[1:]


def _open_empty(
    text: str, root: JsonValue, path: JsonPath, style: _JsonStyle
) -> tuple[str, str | None, str]:
    """Return the text before the first entry of an empty container, its indent, the text after."""
    outer = _own_indent(text, root, path)
    if outer is None:
        return "", None, ""
    inner = outer + style.unit
    return style.newline + inner, inner, style.newline + outer


def _own_indent(text: str, root: JsonValue, path: JsonPath) -> str | None:
    """Return the indent of the entry at a path; None when it shares its line with others."""
    if not path:
        return _line_indent(text[: root.start]) or ""
    container = _at(root, path[:-1])
    spans = _spans(container)
    index = _index(container, path[-1])
    before = spans[index - 1][1] if index else container.start
    return _line_indent(text[before : spans[index][0]].lstrip(WHITESPACE)[1:])


def _entry(key: str | None, value: Any, style: _JsonStyle, indent: str | None) -> str:  # noqa: ANN401
    formatted = _format(value, style, indent)
    return formatted if key is None else _string(key) + style.colon + formatted


def _format(value: Any, style: _JsonStyle, indent: str | None) -> str:  # noqa: ANN401 - any JSON
    if indent is None:
        return _encode(value, separators=(style.comma, style.colon))
    lines = _encode(value, indent=style.unit, separators=(",", style.colon))
    return lines.replace("\n", style.newline + indent)


def _string(text: str) -> str:
    return _encode(text)


def _encode(value: Any, **layout: Any) -> str:  # noqa: ANN401 - any JSON
    """Write JSON with letters unescaped, unless one is half a surrogate pair."""
    formatted = json.dumps(value, ensure_ascii=False, **layout)
    try:
        formatted.encode()
    except UnicodeEncodeError:
        return json.dumps(value, **layout)
    return formatted


def _line_indent(space: str) -> str | None:
    """Return what follows the last newline; None when there is none."""
    newline = max(space.rfind("\n"), space.rfind("\r"))
    return None if newline < 0 else space[newline + 1 :]


def _at(root: JsonValue, path: JsonPath) -> JsonValue:
    value = find(root, path)
    if value is None:
        raise KeyError(path)
    return value


def _spans(container: JsonValue) -> Sequence[tuple[int, int]]:
    if container.kind == "object":
        return [(member.start, member.value.end) for member in container.members]
    return [(item.start, item.end) for item in container.items]


def _index(container: JsonValue, key: str | int) -> int:
    if isinstance(key, int):
        return key
    return max(at for at, member in enumerate(container.members) if member.key == key)
