"""Hold the editor of JSON text to its law: one edit, and not a character beside it."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connect.settings.json.edit import append, raw_at, remove, replace, replace_raw, space_in
from connect.settings.json.scan import (
    JsonPath,
    NotJsonError,
    find,
    line_column,
    repeated_key,
    scan,
    to_python,
)
from tests.connect.layouts import KEYS, layouts, values

TEXTS = values(12).flatmap(layouts)


def paths(value: Any, at: JsonPath = ()) -> list[JsonPath]:
    """Return the paths of everything in a value, itself included."""
    below: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        below = list(value.items())
    elif isinstance(value, list):
        below = list(enumerate(value))
    return [at, *(path for step, it in below for path in paths(it, (*at, step)))]


def value_at(value: Any, path: JsonPath) -> Any:
    """Return what a plain value holds at a path."""
    for step in path:
        value = value[step]
    return value


@settings(deadline=None)
@given(TEXTS)
def test_every_value_is_found_at_its_position(text: str) -> None:
    """An edit that starts a character too early destroys a file."""
    whole, root = json.loads(text), scan(text)
    for path in paths(whole):
        found = find(root, path)
        assert found is not None
        assert json.loads(text[found.start : found.end]) == value_at(whole, path)
        assert to_python(text, found) == value_at(whole, path)


@settings(deadline=None)
@given(st.data(), TEXTS)
def test_an_insertion_equals_that_in_the_parsed_value(data: st.DataObject, text: str) -> None:
    """And every character of before is there, in its order, around what was put in."""
    whole = json.loads(text)
    boxes = [path for path in paths(whole) if isinstance(value_at(whole, path), dict | list)]
    if not boxes:
        return
    path, new = data.draw(st.sampled_from(boxes)), data.draw(values(4))
    expected = copy.deepcopy(whole)
    box, key = value_at(expected, path), None
    if isinstance(box, dict):
        key = data.draw(KEYS.filter(lambda it: it not in box))
        box[key] = new
    else:
        box.append(new)
    edited = append(text, path, new, key=key)
    assert json.loads(edited) == expected
    end = find(scan(text), path)
    assert end is not None
    empty = space_in(text, path)
    kept = end.end - 1 if empty is not None else _last_end(text, path)
    assert edited.startswith(text[: kept - len(empty or "")])
    assert edited.endswith(text[kept:])
    last: JsonPath = (*path, key if key is not None else len(box) - 1)
    assert remove(edited, last, leave=empty or "") == text


def _last_end(text: str, path: JsonPath) -> int:
    box = find(scan(text), path)
    assert box is not None
    return (box.items[-1] if box.items else box.members[-1].value).end


@settings(deadline=None)
@given(st.data(), TEXTS)
def test_a_removal_equals_that_in_the_parsed_value(data: st.DataObject, text: str) -> None:
    """What stood on either side stays, character for character."""
    whole = json.loads(text)
    inner = [path for path in paths(whole) if path]
    if not inner:
        return
    path = data.draw(st.sampled_from(inner))
    expected = copy.deepcopy(whole)
    del value_at(expected, path[:-1])[path[-1]]
    edited = remove(text, path)
    assert json.loads(edited) == expected
    removed = len(text) - len(edited)
    at = next((i for i, letter in enumerate(edited) if letter != text[i]), len(edited))
    assert any(text[:i] + text[i + removed :] == edited for i in range(at + 1))


@settings(deadline=None)
@given(st.data(), TEXTS)
def test_a_replacement_equals_that_in_the_parsed_value(data: st.DataObject, text: str) -> None:
    """And the old text put back makes the old file."""
    whole = json.loads(text)
    path, new = data.draw(st.sampled_from(paths(whole))), data.draw(values(4))
    found = find(scan(text), path)
    assert found is not None
    edited = replace(text, path, new)
    assert edited.startswith(text[: found.start])
    assert edited.endswith(text[found.end :])
    now = find(scan(edited), path)
    assert now is not None
    assert to_python(edited, now) == new
    assert replace_raw(edited, path, raw_at(text, path)) == text


@pytest.mark.parametrize(
    ("text", "edited"),
    [
        ('{\n\t"a": 1\n}\n', '{\n\t"a": 1,\n\t"k": [\n\t\t1\n\t]\n}\n'),
        ('{\r\n "a" : 1\r\n}', '{\r\n "a" : 1,\r\n "k" : [\r\n  1\r\n ]\r\n}'),
        ('{"a":1}', '{"a":1,"k":[1]}'),
        ('{"a": 1, "b": 2}\n', '{"a": 1, "b": 2, "k": [1]}\n'),
        ("{}\n", '{\n  "k": [\n    1\n  ]\n}\n'),
        ('{\n "a": 1,\n\n "b": 2\n}', '{\n "a": 1,\n\n "b": 2,\n "k": [\n  1\n ]\n}'),
    ],
)
def test_inserted_text_matches_the_layout_of_the_file(text: str, edited: str) -> None:
    """Users read this file, and keep it in git."""
    assert append(text, (), [1], key="k") == edited


@pytest.mark.parametrize(
    ("text", "line", "column", "reason"),
    [
        ("", 1, 1, "the text ends, expected a value"),
        ('{\n  // mine\n  "a": 1}', 2, 3, "a comment is not JSON"),
        ('{"a": 1 /* one */}', 1, 9, "a comment is not JSON"),
        ("\ufeff{}", 1, 1, "a byte order mark is not JSON"),
        ('{"a": 1,\r\n "b": 2,\r\n}', 2, 8, "trailing comma before }"),
        ("[1,\r2,]", 2, 2, "trailing comma before ]"),
        ('{"a": 1\n "b": 2}', 2, 2, "expected a comma or }"),
        ('{"a" 1}', 1, 6, "expected a colon"),
        ("{'a': 1}", 1, 2, "a single quote is not JSON"),
        ("{a: 1}", 1, 2, "expected a key in double quotes"),
        ('{"a": NaN}', 1, 7, "expected a value"),
        ('{"a": 01}', 1, 8, "expected a comma or }"),
        ('{"a": "\t"}', 1, 7, "expected a value"),
        ('{"a": "\\x"}', 1, 7, "expected a value"),
        ("{} {}", 1, 4, "expected the end of the text"),
        ('{"a": [1', 1, 9, "the text ends, expected a comma or ]"),
        ("[" * 300, 1, 202, "nested more than 200 levels deep"),
    ],
)
def test_invalid_json_is_refused_with_its_position(
    text: str, line: int, column: int, reason: str
) -> None:
    """Users who edit by hand need the position."""
    with pytest.raises(NotJsonError) as refused:
        scan(text)
    assert (*line_column(text, refused.value.offset), refused.value.reason) == (
        line,
        column,
        reason,
    )


@settings(deadline=None)
@given(st.text(alphabet='{}[]",:01e-+.tn \\u', max_size=12))
def test_the_scanner_accepts_the_same_json_as_python(text: str) -> None:
    """Nothing is refused that Claude Code would read."""
    try:
        json.loads(text)
    except ValueError:
        with pytest.raises(NotJsonError):
            scan(text)
    else:
        scan(text)


def test_a_repeated_key_is_found_wherever_it_is() -> None:
    """Of two, each reader takes another."""
    found = repeated_key(scan('{"a": [{"b": 1, "c": {}, "\\u0062": 2}]}'))
    assert found is not None
    assert (found.key, found.start) == ("b", 25)
    assert repeated_key(scan('{"a": {"a": [{"a": 1}, {"a": 2}]}}')) is None


def test_an_integer_of_any_length_is_read() -> None:
    """Python refuses to; a file that holds one is JSON all the same."""
    text = "[" + "9" * 5000 + "]"
    assert to_python(text, scan(text)) == [float("inf")]
