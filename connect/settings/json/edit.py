"""Edit JSON text: put in, take out and replace values, and leave every other character as it is.

In: text that is JSON, a path of keys and indexes, a plain value. Out: the text with that one edit.
What is put in follows the file's own indent, newlines and spacing, so that an edit reads as if its
owner had made it. No library did this: those that keep a file's form write it anew as a whole, and
the one that edits text starts Node to do so.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec

from connect.settings.json.scan import Path, Value, find, scan

if TYPE_CHECKING:
    from collections.abc import Sequence

DEFAULT_INDENT = "  "
SPACES = " \t\n\r"


def append(text: str, path: Path, value: Any, *, key: str | None = None) -> str:  # noqa: ANN401
    """Put a value behind the last of the container at a path: with a key, a member of an object."""
    root = scan(text)
    box = _at(root, path)
    style = _style(text, root)
    spans = _spans(box)
    if spans:
        end = spans[-1][1]
        gap = _gap(text, box, spans, style)
        return text[:end] + "," + gap + _entry(key, value, style, _line_indent(gap)) + text[end:]
    before, indent, after = _opened(text, root, path, style)
    entry = _entry(key, value, style, indent)
    return text[: box.start + 1] + before + entry + after + text[box.end - 1 :]


def remove(text: str, path: Path, *, leave: str = "") -> str:
    """Take out what stands at a path; where it stood alone, `leave` becomes the white space."""
    root = scan(text)
    box = _at(root, path[:-1])
    spans = _spans(box)
    index = _index(box, path[-1])
    if len(spans) == 1:
        return text[: box.start + 1] + leave + text[box.end - 1 :]
    if index == 0:
        return text[: spans[0][0]] + text[spans[1][0] :]
    return text[: spans[index - 1][1]] + text[spans[index][1] :]


def replace(text: str, path: Path, value: Any) -> str:  # noqa: ANN401 - any JSON
    """Put a value in the place of the one at a path."""
    root = scan(text)
    indent = _own_indent(text, root, path)
    return replace_raw(text, path, _written(value, _style(text, root), indent))


def replace_raw(text: str, path: Path, raw: str) -> str:
    """Put JSON text in the place of the value at a path."""
    found = _at(scan(text), path)
    return text[: found.start] + raw + text[found.end :]


def raw_at(text: str, path: Path) -> str:
    """Return the JSON text of the value at a path."""
    found = _at(scan(text), path)
    return text[found.start : found.end]


def space_in(text: str, path: Path) -> str | None:
    """Return the white space in an empty container; None when the container holds something."""
    box = _at(scan(text), path)
    return None if _spans(box) else text[box.start + 1 : box.end - 1]


class _Style(msgspec.Struct, frozen=True):
    """Say how a file is written."""

    newline: str
    unit: str
    """What one level is indented by."""
    colon: str
    comma: str
    """Between the entries of one line."""


def _style(text: str, root: Value) -> _Style:
    newline = "\r\n" if "\r\n" in text else "\r" if "\r" in text and "\n" not in text else "\n"
    if not root.members:
        return _Style(newline, DEFAULT_INDENT, ": ", ", ")
    first = root.members[0]
    indent = _line_indent(text[root.start + 1 : first.start])
    colon = text[first.key_end : first.value.start]
    if colon.strip(" \t") != ":":
        colon = ": "
    return _Style(
        newline,
        DEFAULT_INDENT if indent is None else indent,
        colon,
        "," if colon == ":" and indent is None else ", ",
    )


def _gap(text: str, box: Value, spans: Sequence[tuple[int, int]], style: _Style) -> str:
    """Return the white space a further entry is to be parted by, as the last one is."""
    before = spans[-2][1] if len(spans) > 1 else box.start
    lead = text[before : spans[-1][0]].lstrip(SPACES)[1:]
    indent = _line_indent(lead)
    if indent is not None:
        return style.newline + indent
    return lead if len(spans) > 1 else style.comma[1:]


def _opened(text: str, root: Value, path: Path, style: _Style) -> tuple[str, str | None, str]:
    """Return what comes before the first entry of an empty container, its indent, what after."""
    outer = _own_indent(text, root, path)
    if outer is None:
        return "", None, ""
    inner = outer + style.unit
    return style.newline + inner, inner, style.newline + outer


def _own_indent(text: str, root: Value, path: Path) -> str | None:
    """Return how the entry at a path is indented; None when it shares its line with others."""
    if not path:
        return _line_indent(text[: root.start]) or ""
    box = _at(root, path[:-1])
    spans = _spans(box)
    index = _index(box, path[-1])
    before = spans[index - 1][1] if index else box.start
    return _line_indent(text[before : spans[index][0]].lstrip(SPACES)[1:])


def _entry(key: str | None, value: Any, style: _Style, indent: str | None) -> str:  # noqa: ANN401
    written = _written(value, style, indent)
    return written if key is None else _string(key) + style.colon + written


def _written(value: Any, style: _Style, indent: str | None) -> str:  # noqa: ANN401 - any JSON
    if indent is None:
        return _encodable(value, separators=(style.comma, style.colon))
    lines = _encodable(value, indent=style.unit, separators=(",", style.colon))
    return lines.replace("\n", style.newline + indent)


def _string(text: str) -> str:
    return _encodable(text)


def _encodable(value: Any, **layout: Any) -> str:  # noqa: ANN401 - any JSON
    """Write JSON with its letters as they are, unless there is half a surrogate pair among them."""
    written = json.dumps(value, ensure_ascii=False, **layout)
    try:
        written.encode()
    except UnicodeEncodeError:
        return json.dumps(value, **layout)
    return written


def _line_indent(space: str) -> str | None:
    """Return what follows the last newline of white space; None when there is no newline."""
    newline = max(space.rfind("\n"), space.rfind("\r"))
    return None if newline < 0 else space[newline + 1 :]


def _at(root: Value, path: Path) -> Value:
    found = find(root, path)
    if found is None:
        raise KeyError(path)
    return found


def _spans(box: Value) -> Sequence[tuple[int, int]]:
    if box.kind == "object":
        return [(member.start, member.value.end) for member in box.members]
    return [(item.start, item.end) for item in box.items]


def _index(box: Value, step: str | int) -> int:
    if isinstance(step, int):
        return step
    return max(at for at, member in enumerate(box.members) if member.key == step)
