"""Lay JSON text out to be read: one entry a line.

In: text that is JSON. Out: lines of it. Every scalar is written as the text has it (`1.50`,
escapes), so that what differs between two of them differs in the files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from connect.settings.json.scan import Value, scan

if TYPE_CHECKING:
    from collections.abc import Iterator

INDENT = "  "


def laid_out(text: str) -> list[str]:
    """Return a text's lines, one for each entry; none of a blank text."""
    return "".join(_written(text, scan(text), "\n")).split("\n") if text.strip() else []


def _written(text: str, value: Value, newline: str) -> Iterator[str]:
    brackets = {"object": "{}", "array": "[]"}.get(value.kind)
    if brackets is None:
        yield text[value.start : value.end]
        return
    entries = [(f"{text[it.start : it.key_end]}: ", it.value) for it in value.members]
    entries += [("", it) for it in value.items]
    yield brackets[0]
    for at, (key, inner) in enumerate(entries):
        yield f"{',' if at else ''}{newline}{INDENT}{key}"
        yield from _written(text, inner, newline + INDENT)
    yield f"{newline if entries else ''}{brackets[1]}"
