"""Test that secrets are taken out, that nothing else is, and that what is left is valid JSON.

Every secret here is made up, and put together at run time, so that no scanner takes it for one.
"""

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingestd.decode import Sent, decode_one
from ingestd.redact import BUILT_IN, Redact, read_own_patterns
from shared.errors import SettingsError
from shared.event import NewEvent
from tests.running import SAMPLES, sample_bodies
from tests.shared.made import new

LETTERS = "aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zA"
UPPER = "ABCDEFGH234567JK"
DASHES = "-" * 5
SECRETS = {
    "anthropic-key": "sk-" + "ant-api03-" + LETTERS + "_-" + LETTERS,
    "openai-key": "sk-" + "proj-" + LETTERS + LETTERS,
    "github-token": "gh" + "p_" + LETTERS + "abcd",
    "gitlab-token": "gl" + "pat-" + LETTERS[:20],
    "aws-key": "AK" + "IA" + UPPER,
    "google-key": "AI" + "za" + LETTERS + "abc",
    "slack-token": "xo" + "xb-" + "123456789012-" + LETTERS,
    "stripe-key": "sk" + "_live_" + LETTERS,
    "npm-token": "np" + "m_" + LETTERS + "abcd",
    "pypi-token": "py" + "pi-" + LETTERS + LETTERS,
    "huggingface-token": "h" + "f_" + LETTERS + "ab",
    "jwt": "ey" + "J" + LETTERS + "." + "ey" + "J" + LETTERS + "." + LETTERS,
}
"""Those that are told by their own looks, wherever they stand."""

IN_CONTEXT = {
    "aws-secret": ("aws_secret_access_key = ", LETTERS + "/bcdefg+", ""),
    "bearer-token": ("Authorization: Bearer ", LETTERS, ""),
    "password": ("postgres://shop:", "hun" + "ter2", "@db.example:5432/shop"),
    "secret": ("MY_API_KEY=", "hun" + "ter2hunter2", ""),
    "private-key": (
        "",
        DASHES + "BEGIN RSA PRIVATE" + " KEY" + DASHES + "\n" + LETTERS + "+/=\n" + LETTERS + "\n"
        + DASHES + "END RSA PRIVATE" + " KEY" + DASHES,
        "",
    ),
}  # fmt: skip
"""Those that only what stands before them gives away."""

CASES = [(kind, "", text, "") for kind, text in SECRETS.items()] + [
    (kind, *parts) for kind, parts in IN_CONTEXT.items()
]
MORE = [
    ("github-token", "", "github" + "_pat_" + LETTERS, ""),
    ("github-token", "", "gh" + "s_" + LETTERS + "abcd", ""),
    ("openai-key", "", "sk-" + LETTERS + LETTERS, ""),
    ("aws-key", "", "AS" + "IA" + UPPER, ""),
    ("stripe-key", "", "rk" + "_test_" + LETTERS, ""),
    ("aws-secret", '{"SecretAccessKey": "', LETTERS + "/bcdefg+", '"}'),
    ("secret", 'export DB_PASSWORD="', "hun" + "ter2hunter2", '"'),
    ("secret", "SECRET_TOKEN='", "hun" + "ter2hunter2", "'"),
    ("bearer-token", "curl -H 'authorization: bearer ", LETTERS, "' x"),
    ("password", "redis://:", "hun" + "ter2", "@cache"),
]
AROUND = ["", "x ", "\n", "a\n", "\t", "\r\n", '"', "'", "(", "= ", "\\", "é", "\u0001", "/"]


def event(value: Any, *, escaped: bool = False) -> NewEvent:
    """Return a hook event that has the value somewhere inside."""
    body = {
        "session_id": "s",
        "hook_event_name": "PostToolUse",
        "tool_response": {"stdout": [value]},
    }
    text = json.dumps(body, ensure_ascii=escaped, separators=(",", ":")).encode()
    return decode_one(text, Sent())[0]


def value_of(new_event: NewEvent) -> Any:
    """Return the value from inside."""
    return json.loads(bytes(new_event.event.payload))["tool_response"]["stdout"][0]


@pytest.mark.parametrize(
    ("kind", "before", "secret", "after"), CASES + MORE, ids=[kind for kind, *_ in CASES + MORE]
)
@pytest.mark.parametrize("around", AROUND, ids=ascii)
def test_a_secret_is_taken_out_wherever_it_stands(
    kind: str, before: str, secret: str, after: str, around: str
) -> None:
    """Above all at the start of a line: that is how files and `env` show it."""
    redact = Redact()
    cleaned = redact(event(around + before + secret + after + "\nnext line"))
    assert secret not in value_of(cleaned)
    assert value_of(cleaned) == f"{around}{before}[redacted: {kind}]{after}\nnext line"
    assert redact.counts == {kind: 1}
    assert cleaned.event.payload_bytes == len(cleaned.event.payload)


@pytest.mark.parametrize("after", ["", '"', "\\", "\n{}", "\u0001", "…"])
def test_a_private_key_that_was_cut_short_is_taken_out_too(after: str) -> None:
    """`head` and limits of output cut off its last line, and half a key is secret as well."""
    key = DASHES + "BEGIN OPENSSH PRIVATE" + " KEY" + DASHES + "\r\n" + LETTERS + "\n" + LETTERS
    cleaned = value_of(Redact()(event(key + after)))
    assert cleaned.startswith("[redacted: private-key]")
    assert LETTERS not in cleaned


def test_every_kind_has_an_example_here() -> None:
    """A new pattern without one would be a pattern without a test."""
    assert {kind for kind, *_ in CASES} == {pattern.kind for pattern in BUILT_IN}


def test_a_file_with_many_secrets_loses_every_one() -> None:
    """A `.env` file that was read is all secrets, one to a line."""
    lines = [before + secret + after for _, before, secret, after in CASES]
    cleaned = value_of(Redact()(event("\n".join(lines))))
    assert [line for line in cleaned.split("\n") if "[redacted: " not in line] == []
    assert [secret for _, _, secret, _ in CASES if secret in cleaned] == []


def test_the_sender_and_the_summary_are_searched_too() -> None:
    """They are stored as well."""
    secret = SECRETS["github-token"]
    sender = msgspec.Raw(json.dumps({"env": secret}).encode())
    cleaned = Redact()(new(sender=sender, summary=f'a "{secret}"\nü')).event
    assert cleaned.summary == 'a "[redacted: github-token]"\nü'
    assert cleaned.sender == msgspec.Raw(b'{"env": "[redacted: github-token]"}')
    assert cleaned.payload == new().event.payload


@pytest.mark.parametrize(
    "text",
    [
        "sk-ant-short",
        "task-" + "x" * 40,
        "https://user@example.com/a:b@c",
        "https://example.com:8080/x?y=a@b",
        "TOKEN=$HOME",
        "TOKEN=",
        "API_KEY=[redacted: secret]",
        "the bearer of bad news, my friends",
        DASHES + "BEGIN CERTIFICATE" + DASHES + "\nMIIB\n" + DASHES + "END CERTIFICATE" + DASHES,
        DASHES + "BEGIN PUBLIC KEY" + DASHES,
    ],
)
def test_what_only_looks_like_a_secret_stays(text: str) -> None:
    """A log full of holes is no log."""
    given_event = event(text)
    assert Redact()(given_event) is given_event


def test_every_captured_body_passes_as_the_very_same_object() -> None:
    """They hold no secret; and an event without any must cost no copy."""
    bodies = [json.dumps(body).encode() for body in sample_bodies()]
    bodies += [path.read_bytes() for path in sorted((SAMPLES / "examples").glob("*.json"))]
    redact = Redact()
    for body in bodies:
        new_event = decode_one(body, Sent())[0]
        assert redact(new_event) is new_event
    assert redact.counts == {}


@pytest.mark.parametrize(
    "value",
    [
        {"TOKEN=": 123456789},
        ["TOKEN=", True, False, None],
        [{"a": "API_KEY="}, 12345678, 12345678],
        "secret_access_key=\n" + "A" * 39,
        "secret_access_key: \u00e9" + "A" * 35,
        ["secret_access_key", ":" + "A" * 40],
        "PASSWORD=\\",
        'PASSWORD="\\"',
        "Bearer \\" + "A" * 40,
        "https://a:\\@b",
        DASHES + "BEGIN PRIVATE" + " KEY" + DASHES + "\\",
        DASHES + "BEGIN PRIVATE" + " KEY" + DASHES + "\u0001" + DASHES + "END",
    ],
)
@pytest.mark.parametrize("escaped", [True, False])
def test_what_is_left_is_valid_json(value: Any, *, escaped: bool) -> None:
    """One payload that is not breaks the stream, and every page that shows it."""
    cleaned = Redact()(event(value, escaped=escaped))
    json.loads(bytes(cleaned.event.payload))


PIECES = st.sampled_from(
    [
        *(secret for _, _, secret, _ in CASES),
        *(before for _, before, _, _ in CASES),
        *AROUND,
        "TOKEN=",
        "PASSWORD='",
        "API_KEY=\\",
        "SecretAccessKey",
        ":",
        "=",
        "://",
        "@",
        "Bearer ",
        "A" * 39,
        "A" * 40,
        "[redacted: x]",
        "]",
        "<",
        DASHES + "BEGIN PRIVATE" + " KEY" + DASHES,
    ]
)
TEXT = st.lists(PIECES, max_size=5).map("".join) | st.text(
    st.characters(exclude_categories=["Cs"]), max_size=8
)
VALUES = st.recursive(
    TEXT | st.integers(10**7, 10**12) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


@given(value=VALUES, escaped=st.booleans())
@example(value="TOKEN=" + "A" * 20 + SECRETS["aws-key"], escaped=False)
@settings(max_examples=400, deadline=None)
def test_any_json_stays_valid(value: Any, *, escaped: bool) -> None:
    """However its secrets are glued together, cut, quoted and escaped."""
    json.loads(bytes(Redact()(event(value, escaped=escaped)).event.payload))


@given(parts=st.lists(PIECES, max_size=6), between=st.sampled_from([" ", "\n", '"', ", ", "\t"]))
@settings(max_examples=300, deadline=None)
def test_once_is_enough(parts: list[str], between: str) -> None:
    """What one look at a text leaves, a second must not find: it would be stored as it is."""
    redact = Redact()
    once = redact(event(between.join(parts)))
    again = redact(once)
    assert bytes(again.event.payload) == bytes(once.event.payload)
    assert again is once


@given(before=TEXT, secret=st.sampled_from(sorted(SECRETS.items())), after=TEXT)
@settings(max_examples=200, deadline=None)
def test_no_secret_survives_in_any_text(before: str, secret: tuple[str, str], after: str) -> None:
    """As long as it is a word of its own."""
    text = f"{before} {secret[1]} {after}"
    assert f" {secret[1]} " not in value_of(Redact()(event(text)))


@pytest.mark.timeout(15)  # what is not linear here would take minutes
@pytest.mark.parametrize(
    "text",
    [
        "https://x " + "abcdef0123" * 50_000,
        "a.b+c-" * 80_000 + "://",
        "TOKEN=" + "A_" * 250_000,
        ("://" + "a" * 40) * 10_000,
        ("://a:" + "b" * 40) * 10_000,
        (DASHES + "BEGIN ") * 40_000 + "PRIVATE",
        "Bearer " * 70_000,
        "AKIA" * 120_000,
        "secret_access_key" + "\\" * 250_000,
    ],
    ids=lambda text: text[:12],
)
def test_a_long_text_is_searched_in_one_go(text: str) -> None:
    """Every request waits while one body is searched: a hex dump must not stop the daemon."""
    value_of(Redact()(event(text)))


def own(tmp_path: Path, text: str) -> Redact:
    path = tmp_path / "patterns"
    path.write_text(text, "utf-8")
    return Redact(read_own_patterns(path))


def test_patterns_of_ones_own_are_applied_to_what_a_string_means(tmp_path: Path) -> None:
    """Nobody writes expressions for escaped JSON."""
    redact = own(
        tmp_path, '# ours\n\n ticket : T-\\d+\nquoted: say "[^"]*"\numlaut: grüße\\s+\\w+\n'
    )
    text = 'a T-12, say "x\\y"\ngrüße\n\tanna T-3'
    for escaped in (True, False):
        cleaned = redact(event(text, escaped=escaped))
        assert value_of(cleaned) == (
            "a [redacted: ticket], [redacted: quoted]\n[redacted: umlaut] [redacted: ticket]"
        )
    assert redact.counts == {"ticket": 4, "quoted": 2, "umlaut": 2}


def test_patterns_of_ones_own_leave_the_rest_as_it_came(tmp_path: Path) -> None:
    """Only a string that had something in it is written anew."""
    redact = own(tmp_path, "ticket: T-\\d+")
    body = b'{"session_id":"s","hook_event_name":"X", "a" : "\\u00fc\\/", "b":["T-1", 1.50]}'
    cleaned = redact(decode_one(body, Sent())[0])
    assert bytes(cleaned.event.payload) == body.replace(b"T-1", b"[redacted: ticket]")
    untouched = event("\\ud83d\\ude00 nothing")
    assert redact(untouched) is untouched


@given(value=VALUES, escaped=st.booleans())
@settings(max_examples=100, deadline=None)
def test_any_json_stays_valid_with_patterns_of_ones_own(value: Any, *, escaped: bool) -> None:
    """Whatever they match: quotes, backslashes, line breaks."""
    given_event = event(value, escaped=escaped)
    patterns = tuple(
        (kind, re.compile(text))
        for kind, text in (("quote", r'["\\]+'), ("break", r"\s"), ("any", "A+"))
    )
    json.loads(bytes(Redact(patterns)(given_event).event.payload))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("ok: x\nno colon here", "2: want 'kind: expression'"),
        (": x", "1: want 'kind: expression'"),
        ("kind:", "1: want 'kind: expression'"),
        ("kind: (", "1: missing ), unterminated subpattern at position 0"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, text: str, reason: str) -> None:
    """A pattern that is silently ignored would leak what it was written for."""
    path = tmp_path / "patterns"
    with pytest.raises(SettingsError) as caught:
        own(tmp_path, text)
    assert str(caught.value) == f"HOOKWATCH_REDACT_PATTERNS: {path}:{reason}"


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """The same for all of them."""
    for path in (tmp_path / "missing", tmp_path / "latin"):
        (tmp_path / "latin").write_bytes(b"kind: \xff")
        with pytest.raises(
            SettingsError, match=r"^HOOKWATCH_REDACT_PATTERNS: .*/(missing|latin): "
        ):
            read_own_patterns(path)
