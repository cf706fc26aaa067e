"""Test that a user's own status line is unchanged, wrapped and unwrapped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connect.settings.status_line import WrappedStatusLine, unwrap, wrap
from tests.connect.claude import Claude, sh

if TYPE_CHECKING:
    import subprocess

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)
AWKWARD = [
    "printf 'it'\\''s %s' \"$HOME\"",
    'echo "$(cat | head -c 3)"; exit 3',
    "cat\necho two",
    "cat <<'END'\nhere $x `y`\nEND",
    "printf '%s' \"$?$#$hookwatch_missing\"",
    "echo a # a comment",
    "exit 42",
    "echo \\\\ \\\" '\n'",
    "false",
    "",
    "   ",
    "if true; then",
    "printf 'no newline at the end'; echo oops >&2",
    "'",
    "kill -TERM $$",
]


def tap(script: Path, own: str | None) -> WrappedStatusLine:
    """Return a status line of ours."""
    return WrappedStatusLine(script, "http://127.0.0.1:4000", script.parent / "it's state", own)


def outcome(ran: subprocess.CompletedProcess[str]) -> tuple[int, str, bool]:
    """Return the output of a status line; the shell's name may differ."""
    return ran.returncode, ran.stdout, bool(ran.stderr)


@pytest.mark.parametrize("own", AWKWARD)
def test_a_status_line_works_without_our_script(tmp_path: Path, own: str) -> None:
    """Who deletes us still has the line they made: its output, its exit code."""
    command = wrap(tap(tmp_path / "gone.sh", own))
    assert outcome(sh(command, "abcdef", HOME="/h")) == outcome(sh(own, "abcdef", HOME="/h"))


@pytest.mark.parametrize("own", [own for own in AWKWARD if "kill" not in own])
def test_a_status_line_is_forwarded_unchanged(claude: Claude, own: str) -> None:
    """Through settings, sh and our script: what it prints and how it ends is theirs."""
    theirs = {"type": "command", "command": own, "padding": 2}
    claude.write(json.dumps({"statusLine": theirs}))
    claude.run_connect("--statusline")
    line = claude.read()["statusLine"]
    assert {**line, "command": own} == theirs
    assert outcome(sh(line["command"], "abcdef", HOME="/h")) == outcome(
        sh(own, "abcdef", HOME="/h")
    )
    assert (claude.data / "status-line" / "tapped").read_text() == "abcdef"
    assert claude.run("disconnect", "--yes").code == 0
    assert claude.settings.read_text() == json.dumps({"statusLine": theirs})


@settings(max_examples=60, deadline=None)
@given(TEXTS)
def test_any_text_is_unchanged_after_wrapping_and_unwrapping(own: str) -> None:
    """Disconnect gives back what was there, to the letter."""
    folder = Path("/tmp")
    assert unwrap(wrap(tap(folder / own.replace("/", "_") / "x.sh", own))) == tap(
        folder / own.replace("/", "_") / "x.sh", own
    )


@settings(max_examples=40, deadline=None)
@given(own=TEXTS)
def test_sh_reads_the_quoted_word(own: str) -> None:
    """Quotes, dollars, newlines: nothing in it is read before its time."""
    command = wrap(tap(Path("/gone/s.sh"), own)).replace('eval "$', 'printf %s "$')
    assert sh(command, "").stdout == own


def test_a_user_without_a_status_line_gets_ours_and_no_output_without_it(claude: Claude) -> None:
    """An empty line is better than a message of the shell."""
    claude.run_connect("--statusline")
    line = claude.read()["statusLine"]
    assert list(line) == ["type", "command"]
    assert outcome(sh(line["command"], "abc")) == (0, "ours\n", False)
    (claude.connect / "statusline.sh").unlink()
    assert outcome(sh(line["command"], "abc")) == (0, "", False)


def test_a_second_run_does_not_wrap_again(claude: Claude) -> None:
    """A double wrap would report everything two times."""
    claude.write('{"statusLine": {"type": "command", "command": "echo \\u0068i"}}')
    claude.run_connect("--statusline")
    claude.run_connect("--statusline", "--url", "http://127.0.0.1:4100")
    found = unwrap(claude.read()["statusLine"]["command"])
    assert found is not None
    assert (found.user_command, found.url) == ("echo hi", "http://127.0.0.1:4100")
    claude.run_connect("--no-statusline")
    line = '"statusLine": {"type": "command", "command": "echo \\u0068i"}'
    assert line in claude.settings.read_text()


@pytest.mark.parametrize(
    "command",
    [
        "sh statusline.sh http://127.0.0.1:4000",
        "if [ -r '/a' ]; then exec sh '/b' 'u' 's'; fi",
        "if [ -r '/a' ]; then exec sh '/a' 'u' 's'; fi; echo more",
        "hookwatch_own='x'",
    ],
)
def test_similar_commands_are_not_taken_for_ours(command: str) -> None:
    """Disconnect would remove a user's own line."""
    assert unwrap(command) is None
