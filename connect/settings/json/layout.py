"""Lay out JSON text for reading: one entry per line.

Scalars stay as the text has them (`1.50`, escapes), so that lines of two files differ only where
the files do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from connect.settings.json.scan import JsonValue, scan

if TYPE_CHECKING:
    from collections.abc import Iterator

INDENT = "  "


def readable_lines(text: str) -> list[str]:
    """Return one line per entry; none for a blank text."""
    return "".join(_write(text, scan(text), "\n")).split("\n") if text.strip() else []


def _write(text: str, value: JsonValue, newline: str) -> Iterator[str]:
    brackets = {"object": "{}", "array": "[]"}.get(value.kind)
    if brackets is None:
        yield text[value.start : value.end]
        return
    entries = [(f"{text[it.start : it.key_end]}: ", it.value) for it in value.members]
    entries += [("", it) for it in value.items]
    yield brackets[0]
    for index, (key, inner) in enumerate(entries):
        yield f"{',' if index else ''}{newline}{INDENT}{key}"
        yield from _write(text, inner, newline + INDENT)
    yield f"{newline if entries else ''}{brackets[1]}"
