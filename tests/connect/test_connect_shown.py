"""Test that the change which is shown can be read."""

from __future__ import annotations

import difflib
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connect.settings.json.layout import readable_lines
from tests.connect.layouts import layouts, values

if TYPE_CHECKING:
    from tests.connect.claude import Claude


@settings(max_examples=60, deadline=None)
@given(values().flatmap(lambda it: st.tuples(st.just(it), layouts(it))))
def test_text_that_is_laid_out_means_the_same(drawn: tuple[Any, str]) -> None:
    """The diff shows the file's own lines, in any layout."""
    value, text = drawn
    lines = readable_lines(text)
    assert json.loads("\n".join(lines)) == value
    assert readable_lines("\n".join(lines)) == lines


@pytest.mark.parametrize("command", ["connect", "disconnect"])
def test_a_file_of_one_line_is_shown_laid_out_and_stays_one_line(
    claude: Claude, command: str
) -> None:
    """A diff of one line of 9 kB shows nothing to anybody."""
    claude.write('{"model":"opus","x":1.50,"y":"\\u0068\\ud800"}')
    if command == "disconnect":
        claude.run_connect()
    output = claude.run(command, "--yes").out
    diff = output.partition("Note: formatting here differs from the file.")[0].splitlines()
    assert max(map(len, diff)) < 1000
    sign = "+" if command == "connect" else "-"
    assert f'{sign}    "PreToolUse": [' in diff
    assert '   "x": 1.50,' in diff
    assert "\n" not in claude.settings.read_text()


def test_a_file_of_many_lines_is_shown_as_it_is(claude: Claude) -> None:
    """What is shown there is what is written."""
    claude.write('{\n\t"x": 1.50,\n\t"a": [1, 2, {"b": 3}]\n}\n')
    before = claude.settings.read_text().splitlines()
    output = claude.run_connect()
    assert "Note: formatting" not in output
    after = claude.settings.read_text().splitlines()
    shown = [*difflib.unified_diff(before, after, lineterm="")][2:]
    assert "\n".join(shown) in output
