"""Test that the change which is shown can be read: its summary, and its diff on request."""

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
    output = claude.run(command, "--yes", "--diff").out
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
    output = claude.run_connect("--diff")
    assert "Note: formatting" not in output
    after = claude.settings.read_text().splitlines()
    shown = [*difflib.unified_diff(before, after, lineterm="")][2:]
    assert "\n".join(shown) in output


def summary_of(output: str) -> list[str]:
    """Return the lines of a summary."""
    (first, *lines) = output.splitlines()
    assert first == "Changes to ~/.claude/settings.json:"
    return [line for line in lines if line.startswith("  ")]


def test_a_summary_shows_what_changes_in_a_few_lines(claude: Claude) -> None:
    """A diff of 300 lines is confirmed unread."""
    claude.write('{"statusLine": {"type": "command", "command": "date"}}')
    assert summary_of(claude.run_connect("--statusline", "--telemetry")) == [
        "  + 27 hooks, one script → http://127.0.0.1:4000",
        "  + status line, around yours",
        "  + telemetry, 5 environment variables",
    ]
    changed = ["--with", "MessageDisplay", "--url", "http://127.0.0.1:4100", "--no-statusline"]
    assert summary_of(claude.run_connect(*changed)) == [
        "  + 1 hook, one script → http://127.0.0.1:4100",
        "  ~ 27 hooks",
        "  - status line, around yours",
        "  ~ telemetry, 5 environment variables",
    ]
    assert summary_of(claude.run_connect("--without", "MessageDisplay")) == [
        "  - 1 hook: MessageDisplay"
    ]
    assert summary_of(claude.run("disconnect", "--yes").out) == [
        "  - 27 hooks",
        "  - telemetry, 5 environment variables",
    ]


def test_a_summary_says_which_hooks_post_by_themselves(claude: Claude) -> None:
    assert summary_of(claude.run_connect("--via", "http")) == [
        "  + 27 hooks, 25 by http, 2 by one script → http://127.0.0.1:4000"
    ]


@pytest.mark.parametrize("command", ["connect", "disconnect"])
def test_the_diff_is_shown_on_request_before_the_answer(claude: Claude, command: str) -> None:
    """It is there to check, as often as one likes, and asking for it confirms nothing."""
    claude.write('{"model": "opus"}\n')
    if command == "disconnect":
        claude.run_connect()
    before = claude.settings.read_text()
    plain = claude.run(command, answer="n\n")
    assert "[y/N, d shows the diff] " in plain.out
    assert "@@ " not in plain.out
    looked = claude.run(command, answer="d\nd\nn\n")
    assert (looked.code, looked.out.count("@@ ")) == (2, 2)
    assert claude.settings.read_text() == before
    assert claude.run(command, answer="d\ny\n").code == 0
    assert claude.settings.read_text() != before


def test_a_dry_run_for_scripts_has_summary_and_diff(claude: Claude) -> None:
    """It decides in a script whether anything is to be done, without reading a diff."""
    claude.run_connect("--without", "MessageDisplay")
    same = json.loads(claude.run("connect", "--dry-run", "--json").out)
    assert same == {
        "added_hooks": [],
        "updated_hooks": [],
        "removed_hooks": [],
        "status_line": None,
        "telemetry": None,
        "path": "~/.claude/settings.json",
        "url": "http://127.0.0.1:4000",
        "notes": [],
        "diff": [],
    }
    before = claude.settings.read_text()
    words = ["--via", "http", "--telemetry", "--with", "Elicitation"]
    ran = claude.run("connect", "--dry-run", "--json", *words)
    found = json.loads(ran.out)
    assert (ran.code, claude.settings.read_text()) == (0, before)
    assert found["added_hooks"] == ["Elicitation"]
    assert len(found["updated_hooks"]) == 25
    assert found["telemetry"] == "added"
    assert "Claude Code prints two lines" in found["notes"][0]
    assert found["diff"][0] == "--- ~/.claude/settings.json"
    refused = claude.run("connect", "--json")
    assert (refused.code, refused.err) == (2, "hookwatch connect: --json needs --dry-run.\n")
