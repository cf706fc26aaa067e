"""Write JSON in any layout: what people, editors and minifiers leave behind."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

KEYS = st.text(max_size=6) | st.sampled_from(
    ["a", "hooks", 'quo"te', "back\\slash", "é", "\U0001f600"]
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
)


def values(leaves: int = 8) -> st.SearchStrategy[Any]:
    """Draw any JSON value."""
    return st.recursive(
        SCALARS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
        max_leaves=leaves,
    )


@st.composite
def layouts(draw: st.DrawFn, given: Any) -> str:
    """Draw a text of a value: indented, minified, or with white space wherever JSON allows it."""
    kind = draw(st.sampled_from(["indented", "minified", "one line", "wild"]))
    ascii_only = draw(st.booleans())
    if kind == "indented":
        unit = draw(st.sampled_from(["  ", "    ", "\t", "", " "]))
        newline = draw(st.sampled_from(["\n", "\r\n", "\r"]))
        colon = draw(st.sampled_from([": ", ":", " : "]))
        text = json.dumps(
            given, indent=unit, separators=(",", colon), ensure_ascii=ascii_only
        ).replace("\n", newline)
        return text + draw(st.sampled_from(["", newline, newline * 2]))
    if kind == "minified":
        return json.dumps(given, separators=(",", ":"), ensure_ascii=ascii_only)
    if kind == "one line":
        return json.dumps(given, ensure_ascii=ascii_only)
    return draw(_wild(given))


@st.composite
def _wild(draw: st.DrawFn, given: Any) -> str:
    """Draw white space at every place that may have some."""

    def space() -> str:
        return draw(st.text(" \t\n\r", max_size=3))

    def written(value: Any) -> str:
        if isinstance(value, dict) and value:
            members = [
                space() + _letters(draw, key) + space() + ":" + space() + written(it) + space()
                for key, it in value.items()
            ]
            return "{" + ",".join(members) + "}"
        if isinstance(value, list) and value:
            return "[" + ",".join(space() + written(it) + space() for it in value) + "]"
        if isinstance(value, dict | list):
            return (
                ("{" if isinstance(value, dict) else "[")
                + space()
                + ("}" if isinstance(value, dict) else "]")
            )
        return _letters(draw, value) if isinstance(value, str) else json.dumps(value)

    return space() + written(given) + space()


def _letters(draw: st.DrawFn, text: str) -> str:
    """Write a string with escapes that need not be."""
    plain = json.dumps(text, ensure_ascii=draw(st.booleans()))
    return plain.replace("/", "\\/") if draw(st.booleans()) else plain
