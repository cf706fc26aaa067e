"""Hold error keys to real errors, and to any text at all."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queryd.calls.fingerprint import KEY_CHARS, error_key
from queryd.store.payload import decode
from tests.running import ROOT

EXAMPLES = {
    # Of Claude Code itself, as the samples have them.
    "Exit code 143\nCommand timed out after 1s": "Exit code 143: Command timed out after <n>s",
    "Exit code 2\ntwo": "Exit code 2: two",
    "Exit code 4\nsub-fail": "Exit code 4: sub-fail",
    "getaddrinfo ENOTFOUND example.invalid": "getaddrinfo ENOTFOUND example.invalid",
    "tiny failed: because": "tiny failed: because",
    "<tool_use_error>String to replace not found in file.\nString: no such</tool_use_error>": (
        "String to replace not found in file."
    ),
    "Claude requested permissions to write to /home/dev/a.txt, but you haven't granted it yet.": (
        "Claude requested permissions to write to <path>, but you haven't granted it yet."
    ),
    # Of what it runs.
    "Exit code 1\nTraceback (most recent call last):\n  File \"/a/b.py\", line 3\nKeyError: 'x'": (
        "Exit code 1: KeyError: <text>"
    ),
    "Exit code 1\n> shop@1.2.3 test\n\nFAIL src/cart.test.ts > adds 3 items": (
        "Exit code 1: FAIL <path> > adds <n> items"
    ),
    "Exit code 127\n/bin/bash: line 1: foo: command not found": (
        "Exit code 127: <path>: line <n>: foo: command not found"
    ),
    "src/app.ts(12,5): error TS2345: Argument of type 'string' is not assignable": (
        "<path>(<n>): error TS2345: Argument of type <text> is not assignable"
    ),
    "Request failed with status code 404": "Request failed with status code 404",
    "HTTP 429: rate limited, retry in 12.5s": "HTTP 429: rate limited, retry in <n>s",
    "MCP error -32603: upstream timeout after 30000ms": (
        "MCP error -32603: upstream timeout after <n>ms"
    ),
    "connect ECONNREFUSED 127.0.0.1:5432": "connect ECONNREFUSED <n>",
    "2026-11-22T21:08:54.123Z ERROR job 3f2a9c1b-0000-4000-8000-123456789abc failed": (
        "<time> ERROR job <id> failed"
    ),
    "commit 1a2b3c4d5e not found": "commit <id> not found",
    "Error: ENOENT: no such file or directory, open 'C:\\Users\\x y\\a.txt'": (
        "Error: ENOENT: no such file or directory, open <text>"
    ),
    "GET https://api.example.invalid/v1/things?id=7 failed": "GET <url> failed",
    "\x1b[31merror\x1b[0m: could not compile `foo` (lib)": "error: could not compile <text> (lib)",
    "": "",
    " \n\t": "",
}


@pytest.mark.parametrize(("error", "key"), EXAMPLES.items())
def test_an_error_has_the_expected_key(error: str, key: str) -> None:
    """It is what someone reads to distinguish one kind of failure from another."""
    assert error_key(error) == key


def test_different_failures_have_different_keys() -> None:
    """Taking too much away would put everything into one cluster."""
    keys = {error_key(error) for error in EXAMPLES if error.strip()}
    assert len(keys) == len([error for error in EXAMPLES if error.strip()])


@given(st.text(max_size=3_000))
def test_any_error_has_a_short_one_line_key(error: str) -> None:
    """A tool may say anything."""
    key = error_key(error)
    assert len(key) <= KEY_CHARS
    assert len(key.splitlines()) <= 1


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.sampled_from(list(EXAMPLES)[3:5]))
def test_numbers_do_not_change_the_key(one: int, other: int, error: str) -> None:
    """The same failure a minute later is the same failure."""
    assert error_key(f"{error} after {one} ms") == error_key(f"{error} after {other} ms")


@pytest.mark.parametrize(
    "piece",
    ["a", "/", "1", "a/", "'", "1:", "a.b-", "\x1b[", "a1", "-", "0.0,", "x\n", "::", "a_1"],
)
def test_no_text_makes_the_key_slow(piece: str) -> None:
    """An expression that backtracks would stop the views at one event, again after each restart."""
    started = time.process_time()
    error_key("Error: " + piece * 1_000_000)
    assert time.process_time() - started < 2


def test_every_error_of_the_samples_has_a_key() -> None:
    """These are the errors of real sessions."""
    files = sorted((ROOT / "tests/samples/sessions").glob("*.jsonl"))
    found = [error for path in files for error in errors_of(path)]
    assert found
    assert all(error_key(error) for error in found)


def errors_of(path: Path) -> list[str]:
    """Return the errors of a sample's tool calls."""
    bodies = [decode(line)["body"] for line in path.read_bytes().splitlines()]
    failures = [body for body in bodies if body["hook_event_name"] == "PostToolUseFailure"]
    return [body["error"] for body in failures]
