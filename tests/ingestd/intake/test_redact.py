"""Test that secrets are taken out, that nothing else is, and that what is left is valid JSON.

The secrets are made up, one of every kind and more, in `secrets.py`.
"""

import gc
import json
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingestd.intake.decode import RequestMetadata, decode_one
from ingestd.intake.redact import Redact, read_own_patterns
from ingestd.intake.redact.kinds import KINDS
from ingestd.intake.redact.own import OVERLAP_BYTES, PART_BYTES, own_pattern, redact_own
from ingestd.intake.redact.pattern import Pattern
from ingestd.intake.redact.search import PATTERNS, secrets_in
from shared.errors import SettingsError
from shared.event import NewEvent
from tests.ingestd.secrets import DASHES, EXAMPLES, HEX, IN_BASE64, LETTERS, WORDS, Example
from tests.running import ROOT, SAMPLES, sample_bodies
from tests.shared.events import new

SECRETS = {it.kind: it.secret for it in WORDS}
AROUND = ["", "x ", "\n", "a\n", "\t", "\r\n", '"', "'", "(", "= ", "\\", "é", "\u0001", "/"]


def event(value: Any, *, escaped: bool = False) -> NewEvent:
    """Return a hook event that has the value somewhere inside."""
    body = {
        "session_id": "s",
        "hook_event_name": "PostToolUse",
        "tool_response": {"stdout": [value]},
    }
    text = json.dumps(body, ensure_ascii=escaped, separators=(",", ":")).encode()
    return decode_one(text, RequestMetadata())[0]


def value_of(new_event: NewEvent) -> Any:
    """Return the value from inside."""
    return json.loads(bytes(new_event.event.payload))["tool_response"]["stdout"][0]


@pytest.mark.parametrize(
    ("kind", "before", "secret", "after"), EXAMPLES, ids=[kind for kind, *_ in EXAMPLES]
)
def test_a_secret_is_redacted_at_any_position(
    kind: str, before: str, secret: str, after: str
) -> None:
    """Above all at the start of a line: that is how files and `env` show it."""
    for position in AROUND:
        around = " " if kind in IN_BASE64 and position == "/" else position
        redact = Redact()
        cleaned = redact(event(around + before + secret + after + "\nnext line"))
        assert secret not in value_of(cleaned)
        assert value_of(cleaned) == f"{around}{before}[redacted: {kind}]{after}\nnext line"
        assert redact.counts == {kind: 1}
        assert cleaned.event.payload_bytes == len(cleaned.event.payload)


@pytest.mark.parametrize("after", ["", '"', "\\", "\n{}", "\u0001", "…"])
def test_a_private_key_that_was_truncated_is_redacted_too(after: str) -> None:
    """`head` and limits of output cut off its last line, and half a key is secret as well."""
    key = DASHES + "BEGIN OPENSSH PRIVATE" + " KEY" + DASHES + "\r\n" + LETTERS + "\n" + LETTERS
    cleaned = value_of(Redact()(event(key + after)))
    assert cleaned.startswith("[redacted: private-key]")
    assert LETTERS not in cleaned


def test_every_kind_has_an_example_here() -> None:
    """A new pattern without one would be a pattern without a test."""
    assert {kind for kind, *_ in EXAMPLES} == {pattern.kind for pattern in PATTERNS}


def test_a_file_with_many_secrets_loses_every_one() -> None:
    """A `.env` file that was read is all secrets, one to a line."""
    lines = [before + secret + after for _, before, secret, after in EXAMPLES]
    cleaned = value_of(Redact()(event("\n".join(lines))))
    assert [line for line in cleaned.split("\n") if "[redacted: " not in line] == []
    assert [secret for _, _, secret, _ in EXAMPLES if secret in cleaned] == []


def test_the_sender_and_the_summary_are_searched_too() -> None:
    """They are stored as well."""
    secret = SECRETS["github-token"]
    sender = msgspec.Raw(json.dumps({"env": secret}).encode())
    cleaned = Redact()(new(sender=sender, summary=f'a "{secret}"\nü')).event
    assert cleaned.summary == 'a "[redacted: github-token]"\nü'
    assert cleaned.sender == msgspec.Raw(b'{"env": "[redacted: github-token]"}')
    assert cleaned.payload == new().event.payload


def escaped(text: str, choose: Callable[[int], int]) -> bytes:
    """Return a text as a JSON string, each character spelt in one of the spellings JSON allows."""
    pieces = []
    for character in text:
        code = f"{ord(character):04x}"
        spellings = [
            json.dumps(character, ensure_ascii=False)[1:-1],
            f"\\u{code}",
            f"\\u{code.upper()}",
        ]
        spellings += ["\\/"] * (character == "/")
        pieces.append(spellings[choose(len(spellings))])
    return f'"{"".join(pieces)}"'.encode()


def texts_in(value: Any) -> Iterator[str]:
    """Yield every string of a JSON value, keys and those in strings that are JSON included."""
    if isinstance(value, str):
        yield value
        with suppress(json.JSONDecodeError):
            yield from texts_in(json.loads(value) if value[:1] in {"{", "[", '"'} else None)
    elif isinstance(value, list):
        for it in value:
            yield from texts_in(it)
    elif isinstance(value, dict):
        for key, it in value.items():
            yield from texts_in(key)
            yield from texts_in(it)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda it: it.kind)
@given(seed=st.integers(0, 2**32), levels=st.integers(0, 2), is_key=st.booleans())
@settings(max_examples=12, deadline=None)
def test_no_way_to_escape_a_secret_keeps_it(
    example: Example, seed: int, levels: int, *, is_key: bool
) -> None:
    """Senders differ in what they escape, and tools print JSON that holds JSON."""
    choose = Random(seed).randrange
    text = example.before + example.secret + example.after
    for _ in range(levels):
        text = escaped(json.dumps({"a": text}) if is_key else text, choose).decode()
    spelt = escaped(text, choose)
    value = b"{%b:1}" % spelt if is_key else spelt
    body = b'{"session_id":"s","hook_event_name":"X","a":%b}' % value
    stored = json.loads(bytes(Redact()(decode_one(body, RequestMetadata())[0]).event.payload))
    for kept in texts_in(stored):
        assert example.secret not in kept


@pytest.mark.parametrize("levels", [0, 1, 2])
@pytest.mark.parametrize(
    "secret", ['a"b\\c9', "a\\\\n1/b", "p\u00e4ss'w0rd", "\\\\\\9abcdef", 'x1"}"y2z']
)
def test_an_escaped_secret_is_redacted_completely(secret: str, levels: int) -> None:
    """What follows its first quote or backslash is secret as well."""
    text = json.dumps({"DB_PASSWORD": secret, "DB_USER": "shop"})
    for _ in range(levels):
        text = json.dumps({"a": text})
    cleaned = value_of(Redact()(event(text)))
    for _ in range(levels):
        cleaned = json.loads(cleaned)["a"]
    assert json.loads(cleaned) == {"DB_PASSWORD": "[redacted: secret]", "DB_USER": "shop"}


@pytest.mark.parametrize("escape", ["\\r", "\\n", "\\t", "\\b", "\\f"])
def test_the_letter_of_an_escape_starts_no_secret(escape: str) -> None:
    r"""`\n` and `pm_…` are a line break and a word; taken together, the JSON would break."""
    rest = {"r": "k_live_", "n": "pm_", "t": "fp_", "b": "kua_", "f": "igd_"}[escape[1]]
    body = b'{"session_id":"s","hook_event_name":"X","a":"%b%b"}' % (
        escape.encode(),
        (rest + HEX + HEX + HEX[:8]).encode(),
    )
    given_event = decode_one(body, RequestMetadata())[0]
    assert Redact()(given_event) is given_event


def test_every_column_but_the_sessions_id_is_searched() -> None:
    """An envelope has them beside its payload; the id has to stay, for all hangs on it."""
    secret = SECRETS["github-token"]
    names = ("source_app", "model_name", "tool_name", "tool_use_id", "agent_id", "summary")
    columns: dict[str, Any] = dict.fromkeys(names, f"a {secret}")
    given_event = new(session_id=secret, **columns)
    cleaned = Redact()(given_event).event
    assert [getattr(cleaned, name) for name in names] == ["a [redacted: github-token]"] * 6
    assert cleaned.session_id == secret
    assert cleaned.timestamp == given_event.event.timestamp


@pytest.mark.parametrize(
    "text",
    [
        "def sign_in(user: str, password: str) -> None:",
        "token = get_token()",
        "token = await client.get_token(scope)",
        "  api_key: string;",
        "  apiKey: string,",
        "interface A { token: string; password?: string | null }",
        'password = os.environ["X"]',
        "API_KEY = os.environ['API_KEY_1']",
        "API_KEY=os.environ.get('API_KEY_1')",
        "token: Optional[str] = None",
        '{"properties": {"password": {"type": "string", "minLength": 12345678}}}',
        '{"token": null, "secret": true, "password": 12345678, "api_key": []}',
        "connect(secret_key=settings.SECRET, password=password, token=token1)",
        "SECRET_KEY=settings.SECRET_KEY",
        "TOKEN=${TOKEN}",
        'TOKEN="${{ secrets.DEPLOY_TOKEN_2 }}"',
        'export API_KEY="$(pass show api/key1)"',
        "token: <your-token>",
        'API_KEY="<your-api-key-1>"',
        "API_KEY=xxxxxxxx",
        "PASSWORD=changeme",
        'api_key = "your_api_key_here"',
        "password: '********'",
        'password = "{password}"',
        "f'{token1}:{password2}'",
        "git show 1a66057c058f499bdb1b1b13c2cc27706e9118fc",
        "session 1a66057c-058f-499b-8b1b-1b13c2cc27fe",
        '{"session_id": "1a66057c-058f-499b-8b1b-1b13c2cc27fe", "prompt_id": "ab455174"}',
        '{"max_tokens": 200000, "input_tokens": 123456789, "token_count": 12345678}',
        "token_count: 12345678, total_tokens=12345678",
        '{"tool_use_id": "toolu_01AbCdEfGhIjKlMnOpQrStUv"}',
        '{"next_token": "b2Zmc2V0PTEwMDAwMDAx", "pageToken": "aB3dE5gH7jK9"}',
        '{"eos_token": "<|end_of_text_1|>", "pad_token": "[PAD1]"}',
        "password_file: /run/secrets/db1",
        "DB_PASSWORD=/run/secrets/db_password1",
        "PWD=/home/dev/shop2024",
        "public_key: 0a1b2c3d4e5f60718293a4b5c6d7e8f9",
        "--token string   the API token to use",
        "--password PASSWORD",
        'if token == "access":',
        "const {token, password} = props",
        "<input name='password' type='password'>",
        'headers = {"Authorization": f"Bearer {token}"}',
        "Authorization: Bearer <token>",
        "Authorization: Basic authentication",
        "postgres://${USER}:${PASSWORD}@localhost/shop",
        "http://{user}:{password}@host",
        "data:image/png;base64,iVBORw0KGgo/EAAAAAABAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "sk-fading-circle-with-a-long-name-of-many-words-in-it",
        "color: linear-gradient(#0a1b2c3d, #4e5f6071)",
        "https://linear.app/shop/issue/ABC-123/token-refresh",
        '"keyId": "primary-key-2024", "cache_key": "0a1b2c3d4e5f60718293a4b5c6d7e8f9"',
        "password: secrets.token_hex(16),",
        "import { token1 } from './token'",
        "/home/dev/.claude/projects/-home-dev-shop/1a66057c-058f-499b-8b1b-1b13c2cc27fe.jsonl",
        "`api_key: …`, `token = \u2026`",
    ],
)
@pytest.mark.parametrize("levels", [0, 1, 2])
def test_code_that_only_speaks_of_secrets_stays(text: str, levels: int) -> None:
    """Most of what a session reads is source code, and a reader needs it as it is."""
    for _ in range(levels):
        text = json.dumps({"file": text})
    for is_escaped in (True, False):
        given_event = event(text, escaped=is_escaped)
        assert Redact()(given_event) is given_event


def test_the_projects_own_source_is_not_redacted() -> None:
    """It is as good an example of source code as any; its tests hold made-up secrets."""
    for folder in ("ingestd", "queryd", "shared", "connect", "web/src"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in {".py", ".ts", ".tsx", ".sh", ".json"} and "test" not in path.name:
                given_event = event(path.read_text("utf-8"))
                assert Redact()(given_event) is given_event, path


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
def test_text_similar_to_a_secret_is_kept(text: str) -> None:
    """A log full of holes is no log."""
    given_event = event(text)
    assert Redact()(given_event) is given_event


def test_every_captured_body_passes_as_the_very_same_object() -> None:
    """They hold no secret, so every byte stays; and an event without any must cost no copy."""
    bodies = [json.dumps(body).encode() for body in sample_bodies()]
    bodies += [path.read_bytes() for path in sorted((SAMPLES / "examples").glob("*.json"))]
    redact = Redact()
    for body in bodies:
        new_event = decode_one(body, RequestMetadata())[0]
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
def test_the_redacted_body_is_valid_json(value: Any, *, escaped: bool) -> None:
    """One payload that is not breaks the stream, and every page that shows it."""
    cleaned = Redact()(event(value, escaped=escaped))
    json.loads(bytes(cleaned.event.payload))


PIECES = st.sampled_from(
    [
        *(secret for _, _, secret, _ in EXAMPLES),
        *(before for _, before, _, _ in EXAMPLES),
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
def test_a_second_redaction_changes_nothing(parts: list[str], between: str) -> None:
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


def own(tmp_path: Path, text: str) -> Redact:
    path = tmp_path / "patterns"
    path.write_text(text, "utf-8")
    return Redact(read_own_patterns(path))


def test_custom_patterns_apply_to_unescaped_strings(tmp_path: Path) -> None:
    """Users write expressions for plain text, not for escaped JSON."""
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


def test_custom_patterns_leave_the_rest_unchanged(tmp_path: Path) -> None:
    """Only a string that had something in it is rewritten."""
    redact = own(tmp_path, "ticket: T-\\d+")
    body = b'{"session_id":"s","hook_event_name":"X", "a" : "\\u00fc\\/", "b":["T-1", 1.50]}'
    cleaned = redact(decode_one(body, RequestMetadata())[0])
    assert bytes(cleaned.event.payload) == body.replace(b"T-1", b"[redacted: ticket]")
    untouched = event("\\ud83d\\ude00 nothing")
    assert redact(untouched) is untouched


@given(value=VALUES, escaped=st.booleans())
@settings(max_examples=100, deadline=None)
def test_any_json_stays_valid_with_custom_patterns(value: Any, *, escaped: bool) -> None:
    """Whatever they match: quotes, backslashes, line breaks."""
    given_event = event(value, escaped=escaped)
    patterns = tuple(
        own_pattern(kind, text)
        for kind, text in (("quote", r'["\\]+'), ("break", r"\s"), ("any", "A+"))
    )
    json.loads(bytes(Redact(patterns)(given_event).event.payload))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("ok: x\nno colon here", "2: expected 'kind: expression'"),
        (": x", "1: expected 'kind: expression'"),
        ("kind:", "1: expected 'kind: expression'"),
        ("kind: (", "1: missing ): ("),
        ("kind: a(?=b)", "1: invalid perl operator: (?="),
        ("ok: x\nkind: (a)\\1", "2: invalid escape sequence: \\1"),
        ("kind: x*", "1: the expression matches an empty text"),
        ("kind: \\b", "1: the expression matches an empty text"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, text: str, reason: str) -> None:
    """A pattern that is silently ignored would leak what it was written for."""
    path = tmp_path / "patterns"
    with pytest.raises(SettingsError) as caught:
        own(tmp_path, text)
    assert str(caught.value) == f"HOOKWATCH_REDACT_PATTERNS: {path}:{reason}"


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    """The same for all of them."""
    for path in (tmp_path / "missing", tmp_path / "latin"):
        (tmp_path / "latin").write_bytes(b"kind: \xff")
        with pytest.raises(
            SettingsError, match=r"^HOOKWATCH_REDACT_PATTERNS: .*/(missing|latin): "
        ):
            read_own_patterns(path)


@pytest.mark.parametrize("text", ["x" * 200, "ä" * 20_000, "x" * 100_000, "x" * 50_000 + "y"])
def test_a_pattern_that_matches_everywhere_leaves_nothing(text: str) -> None:
    """Each match of it is sure only at the end of the text; so a limit hides more."""
    patterns = (own_pattern("one", "x.*y|x|ä"),)
    assert set(value_of(Redact(patterns)(event(text))).replace("[redacted: one]", "")) <= {""}


@given(
    before=st.integers(PART_BYTES - OVERLAP_BYTES - 40, PART_BYTES + 40),
    letter=st.sampled_from("aä€"),
)
@settings(max_examples=60, deadline=None)
def test_a_match_is_found_wherever_a_part_ends(before: int, letter: str) -> None:
    """A long text is searched in stretches, and none may end within a secret."""
    patterns = (own_pattern("ticket", "T-[0-9]{4}"), own_pattern("rest", "Z+"))
    filler = letter * (before // len(letter.encode()))
    cleaned = value_of(Redact(patterns)(event(f"{filler}T-1234{filler}T-5678Z")))
    assert cleaned == f"{filler}[redacted: ticket]{filler}[redacted: ticket][redacted: rest]"


def doubling_costs(search: Callable[[bytes], object], text: bytes, times: int) -> float:
    """Return by what the CPU time grows when a text is doubled, from the best of several runs.

    The runs alternate, for a busy machine slows whatever runs at that moment. A garbage collection
    would look at the objects of all tests so far: many a text then looked bad and was repeated.
    """
    took: dict[int, float] = {}
    gc.disable()
    try:
        for _ in range(times):
            for repeats in (1, 2):
                body = b'"%b"' % (text * repeats)
                started = time.thread_time()
                search(body)
                seconds = time.thread_time() - started
                took[repeats] = min(seconds, took.get(repeats, seconds))
    finally:
        gc.enable()
    return took[2] / took[1]


def assert_linear(
    piece: bytes, search: Callable[[bytes], object] = secrets_in, first_bytes: int = 8_000
) -> None:
    """Search repeated pieces, and double of them: it costs at most 2.5 times the CPU.

    What looks bad is measured again, more often and then larger: on a busy machine one run shows
    little, and what takes the square of the time does so in every run.
    """
    ratios = []
    sizes = ((1, 1), (1, 3), (2, 3), (4, 5), (8, 5), (8, 5), (8, 10), (16, 10), (16, 20))
    for factor, times in sizes:
        ratios.append(
            doubling_costs(search, piece * (first_bytes * factor // len(piece) + 1), times)
        )
        if ratios[-1] <= 2.5:
            return
    raise AssertionError(f"{piece[:60]!r} doubled costs {ratios}")


def parts_of(pattern: Pattern) -> Iterator[bytes]:
    """Yield what a pattern looks for, whole, cut short and repeated, with all that may be between.

    Its examples are cut after the prefix, in the middle, and before the last character.
    """
    examples = [
        json.dumps(it.before + it.secret + it.after)[1:-1].encode()
        for it in EXAMPLES
        if it.kind == pattern.kind
        and any(hint.decode() in it.before + it.secret for hint in pattern.hints)
    ]
    hints = pattern.hints[:: max(1, len(pattern.hints) // 4)]
    pieces = [json.dumps(hint.decode())[1:-1].encode() for hint in hints]
    for whole in examples[:4]:
        cuts = {6, len(whole) // 2, len(whole) - 1}
        pieces += [whole, *(whole[:cut].rstrip(b"\\") for cut in cuts)]
    for number, piece in enumerate(pieces):
        # Each piece with some of the separators, so that all of them come up for a pattern.
        for separator in SEPARATORS[number % 4 :: 4]:
            yield piece + separator


SEPARATORS = (
    *(b"", b"-", b" ", b".", b"_", b"/", b":", b"=", b"@", b"'", b"A", b"0", b"://"),
    *(b"\\n", b'\\"', b"\\\\", b"\\/", b"\\u002d", b"\\\\\\u0022", b'\\":\\"'),
)


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda it: it.kind)
def test_each_pattern_takes_time_linear_in_the_text(pattern: Pattern) -> None:
    """A page that Claude fetches may hold anything, and every request waits for its search."""
    for piece in parts_of(pattern):
        assert_linear(piece)


@pytest.mark.parametrize(
    "piece",
    [
        b"-eyJ",
        b"\\/",
        b"\\u0041",
        b"\\\\\\u002f",
        b'\\"',
        b"\\\\" * 40,
        b"".join(hint for pattern in KINDS for hint in pattern.hints),
        b"-".join(hint for pattern in KINDS for hint in pattern.hints) + b"A" * 5_000,
        b"".join(b'%b":"PASSWORD%b":' % ((b"\\" * (2**level - 1),) * 2) for level in range(1, 6)),
        b"0123456789abcdef",
    ],
    ids=lambda it: ascii(it[:12]),
)
def test_redaction_takes_linear_time(piece: bytes) -> None:
    """All patterns together, and what is done before and after them."""
    assert_linear(piece)


def test_a_run_behind_every_prefix_takes_time_linear_in_the_text() -> None:
    """Each prefix could look through all that follows it: once is enough."""
    hints = b"-".join(hint for pattern in KINDS for hint in pattern.hints)
    assert_linear(b"A", lambda text: secrets_in(hints + text[1:]), first_bytes=200_000)


@pytest.mark.parametrize(
    "expression", ["x.*y|x", "(x+x+)+y", "(.*)(.*)(.*)z", "[a-z]+@[a-z]+", "\\w{1,8}\\d"]
)
def test_custom_patterns_take_linear_time(expression: str) -> None:
    """Whatever they are: they are written without thought of a text made to slow them down."""
    patterns = (own_pattern("own", expression),)
    for piece in (b"x", b"xa ", b"xyz@", b"\\n", b"\\u00e4x", b'x\\"'):
        # From the size on at which a text is searched in more than one stretch.
        assert_linear(piece * PART_BYTES, lambda text: redact_own(text, patterns, {}))


def test_hints_everywhere_take_little_memory() -> None:
    """A list of all places of hints would take 60 times the text."""
    text = b'"%b"' % (b"://" * 100_000)
    tracemalloc.start()
    try:
        secrets_in(text)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 20 * len(text)
