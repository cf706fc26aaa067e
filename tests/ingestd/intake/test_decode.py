"""Test what becomes of a body: its three forms, its oddities, its refusals."""

import json
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ingestd.intake.decode
from ingestd.intake.decode import (
    RejectedEntry,
    RequestMetadata,
    decode_entries,
    decode_one,
    now_ms,
    read_headers,
    split_array,
)
from shared.errors import Refusal
from shared.event import Event, NewEvent, to_json
from shared.times import EARLIEST_MS
from tests.running import SAMPLES, sample_bodies

HOOK = b'{"session_id":"s","hook_event_name":"Stop"'
ENVELOPE = b'{"session_id":"s","hook_event_type":"Stop","timestamp":1700000000000'
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
EXAMPLES = sorted((SAMPLES / "examples").glob("*.json"))


def decoded(body: bytes, **headers: str) -> Event:
    return decode_one(body, read_headers(_raw(headers)))[0].event


def hook(rest: bytes = b"") -> bytes:
    return HOOK + (b"," + rest if rest else b"") + b"}"


def decode_batch(
    body: bytes, sent: RequestMetadata, *, lines: bool
) -> tuple[list[NewEvent], list[RejectedEntry]]:
    """Return the good entries of a batch, and the others."""
    found = list(decode_entries(body, sent, lines=lines))
    rejected = [entry for entry in found if isinstance(entry, RejectedEntry)]
    return [entry for entry in found if isinstance(entry, NewEvent)], rejected


def at(time: str) -> bytes:
    """Return an envelope of a time, as JSON has it."""
    return ENVELOPE.replace(b"1700000000000", time.encode()) + b"}"


def envelope(rest: bytes = b"") -> bytes:
    return ENVELOPE + (b"," + rest if rest else b"") + b"}"


def test_a_hook_body_is_stored_as_it_came() -> None:
    """The log is the truth that every later view is made of; nothing may tidy it."""
    body = b"""\r\n { "session_id": "s1", "hook_event_name":"PreToolUse",\t"cwd" : "/home/dev/shop",
        "transcript_path": "/h/.claude/projects/-home-dev-shop/s1.jsonl", "model": "claude-x",
        "tool_name": "Bash", "tool_use_id": "t1", "agent_id": "a1", "new": [1.0, 1e400] } \n"""
    before = now_ms()
    new, is_envelope = decode_one(
        body, RequestMetadata(event_id="e", fired_at=123, sender=msgspec.Raw(b'{"pid":1}'))
    )
    assert not is_envelope
    assert new.event_id == "e"
    assert before <= new.event.received_at <= now_ms()
    assert new.event == Event(
        session_id="s1",
        hook_event_type="PreToolUse",
        timestamp=123,
        received_at=new.event.received_at,
        source_app="shop",
        model_name="claude-x",
        tool_name="Bash",
        tool_use_id="t1",
        agent_id="a1",
        sender=msgspec.Raw(b'{"pid":1}'),
        payload=msgspec.Raw(body.strip()),
        payload_bytes=len(body.strip()),
    )


def test_a_hook_body_without_a_time_is_stamped_on_arrival() -> None:
    """Claude Code's hooks carry none."""
    event = decoded(hook())
    assert event.timestamp == event.received_at
    assert abs(event.received_at - now_ms()) < 60_000


def test_a_switch_of_the_model_names_the_new_one() -> None:
    """`PostModelSwitch` has no `model`."""
    assert decoded(hook(b'"to_model":"claude-y"')).model_name == "claude-y"


def test_fields_of_an_envelope_override_its_payload() -> None:
    """What its sender wrote outside wins; what it left out is read from inside."""
    body = envelope(
        b'"source_app":"mine","model_name":"m","summary":"sum","event_id":"e","payload":'
        b'{ "model":"inner","tool_name":"Bash","tool_use_id":"t","agent_id":"a","x":1.50}'
    )
    new, is_envelope = decode_one(body, RequestMetadata(event_id="header", fired_at=9))
    assert is_envelope
    assert new.event_id == "e"
    payload = b'{ "model":"inner","tool_name":"Bash","tool_use_id":"t","agent_id":"a","x":1.50}'
    assert new.event == Event(
        session_id="s",
        hook_event_type="Stop",
        timestamp=1_700_000_000_000,
        received_at=new.event.received_at,
        source_app="mine",
        model_name="m",
        tool_name="Bash",
        tool_use_id="t",
        agent_id="a",
        summary="sum",
        payload=msgspec.Raw(payload),
        payload_bytes=len(payload),
    )


@pytest.mark.parametrize(
    ("rest", "sender"),
    [
        (b'"chat":[ 1, 2 ],"host":"h"', {"chat": [1, 2], "host": "h"}),
        (b'"sender":{"pid":1},"extra":2', {"pid": 1, "extra": 2}),
        (b'"cwd":"/a","payload":{"cwd":"/a"}', None),
        (b'"cwd":"/b","payload":{"cwd":"/a"}', {"cwd": "/b"}),
        (b'"id":7,"received_at":1,"payload_bytes":2,"payload_clipped":false', None),
        (b'"unsaved_id":null', None),
    ],
)
def test_unknown_fields_of_an_envelope_are_kept(rest: bytes, sender: Any) -> None:
    """Existing hook scripts add fields of their own; they are shown, not lost."""
    event = decoded(envelope(rest))
    assert (None if event.sender is None else json.loads(bytes(event.sender))) == sender


@pytest.mark.parametrize(
    ("given_ms", "stored_ms"),
    [
        ("1700000000000.4", 1_700_000_000_000),
        ("1700000000000.6", 1_700_000_000_001),
        ("1.7e12", 1_700_000_000_000),
    ],
)
def test_an_envelopes_time_may_be_a_float(given_ms: str, stored_ms: int) -> None:
    """Python scripts send `time.time() * 1000`."""
    assert decoded(at(given_ms)).timestamp == stored_ms


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("1700000000", "these look like seconds"),
        ("1700000000.25", "these look like seconds"),
        ("1700000000000000", "these look like microseconds"),
        ("1700000000000000000", "these look like nanoseconds"),
        ("1.7e18", "these look like nanoseconds"),
        ("0", "this is before 2001"),
        ("-1", "this is before 2001"),
        ("978307199999", "this is before 2001"),
        ("4000000000000", "this is more than a day ahead of the clock"),
        ("8640000000000001", "this is more than a day ahead of the clock"),
        ("1e300", "this is more than a day ahead of the clock"),
        ("9" * 40, "this is more than a day ahead of the clock"),
    ],
)
def test_an_envelope_of_another_unit_is_refused_with_the_unit(given: str, reason: str) -> None:
    """Stored, it would be last in every list for ever, and no retention would ever delete it."""
    with pytest.raises(Refusal) as caught:
        decode_one(at(given), RequestMetadata())
    assert caught.value.status == 400
    assert caught.value.detail.code == "invalid_field"
    assert caught.value.detail.field == "timestamp"
    message = f"timestamp: expected milliseconds since the epoch, {reason}"
    assert caught.value.detail.message == message


@pytest.mark.parametrize("ahead_ms", [-20 * 365 * 86_400_000, 0, 86_000_000])
def test_an_envelope_may_be_years_old_and_hours_ahead(ahead_ms: int) -> None:
    """A backfill is of months ago, and the clock of another time zone is no unit."""
    then = now_ms() + ahead_ms
    assert decoded(at(str(then))).timestamp == then


def test_an_envelope_without_a_payload_has_an_empty_one() -> None:
    """Some scripts send only the fact."""
    assert decoded(envelope()).payload == msgspec.Raw(b"{}")


REFUSED: list[tuple[bytes, str, str, str | None]] = [
    (b"", "invalid_json", "the body is empty", None),
    (b" \r\n\t", "invalid_json", "the body is empty", None),
    (b"nope", "invalid_json", "JSON is malformed: invalid character (byte 4)", None),
    (b'{"a":"\xff"}', "invalid_json", "not UTF-8 (byte 6)", None),
    (b"{", "invalid_json", "Input data was truncated", None),
    (hook() + b" x", "invalid_json", "JSON is malformed: trailing characters (byte 45)", None),
    (hook(b'"a":01'), "invalid_json", "JSON is malformed: invalid number (byte 48)", None),
    (hook(b'"a":NaN'), "invalid_json", "JSON is malformed: invalid character (byte 47)", None),
    (hook(b'"a":"\n"'), "invalid_json", "JSON is malformed: invalid character (byte 48)", None),
    (hook(b'"a":' + b"[" * 9999), "invalid_json", "JSON is nested too deeply", None),
    (b'"text"', "not_an_object", "body: expected `object`, got `str`", None),
    (b"1", "not_an_object", "body: expected `object`, got `int`", None),
    (b"null", "not_an_object", "body: expected `object`, got `null`", None),
    (b"[]", "not_an_object", "body: expected `object`, got `array`", None),
    (b"{}", "missing_field", "session_id is required", "session_id"),
    (b'{"hook_event_name":"X"}', "missing_field", "session_id is required", "session_id"),
    (
        b'{"session_id":"s"}',
        "missing_field",
        "hook_event_name (in a hook body) or hook_event_type (in an envelope) is required",
        "hook_event_name",
    ),
    (
        b'{"session_id":1,"hook_event_name":"X"}',
        "invalid_field",
        "session_id: expected `str`, got `int`",
        "session_id",
    ),
    (
        b'{"session_id":"","hook_event_name":"X"}',
        "invalid_field",
        "session_id: expected `str` of length >= 1",
        "session_id",
    ),
    (
        b'{"session_id":"%s","hook_event_name":"X"}' % (b"s" * 513),
        "invalid_field",
        "session_id: expected `str` of length <= 512",
        "session_id",
    ),
    (
        b'{"session_id":"s","hook_event_name":["X"]}',
        "invalid_field",
        "hook_event_name: expected `str | null`, got `array`",
        "hook_event_name",
    ),
    (
        b'{"session_id":"s","hook_event_type":"X"}',
        "missing_field",
        "timestamp is required",
        "timestamp",
    ),
    (
        b'{"session_id":"s","hook_event_type":1,"timestamp":1}',
        "invalid_field",
        "hook_event_type: expected `str`, got `int`",
        "hook_event_type",
    ),
    (
        at('"1"'),
        "invalid_field",
        "timestamp: expected `int | float`, got `str`",
        "timestamp",
    ),
    (
        envelope(b'"payload":[]'),
        "invalid_field",
        "payload: expected `object`, got `array`",
        "payload",
    ),
    (
        envelope(b'"source_app":1'),
        "invalid_field",
        "source_app: expected `str | null`, got `int`",
        "source_app",
    ),
    (
        envelope(b'"sender":"x"'),
        "invalid_field",
        "sender: expected `object | null`, got `str`",
        "sender",
    ),
    (
        envelope(b'"event_id":"%s"' % (b"e" * 201)),
        "invalid_field",
        "event_id: expected `str` of length <= 200",
        "event_id",
    ),
]


@pytest.mark.parametrize(("body", "code", "message", "field"), REFUSED)
def test_an_invalid_event_is_refused_with_the_field(
    body: bytes, code: str, message: str, field: str | None
) -> None:
    """This answer is all that the author of a hook script has to find the mistake."""
    with pytest.raises(Refusal) as caught:
        decode_one(body, RequestMetadata())
    assert caught.value.status == 400
    expected = {"error": {"code": code, "message": message, "field": field}}
    assert caught.value.body == msgspec.json.encode(expected)


def test_each_entry_of_an_array_is_an_event() -> None:
    """One bad entry of a replayed spool must not cost the others."""
    body = b"[%s, 1 ,%s, {}]" % (hook(), envelope())
    good, rejected = decode_batch(body, RequestMetadata(event_id="e"), lines=False)
    assert [new.event_id for new in good] == ["e/0", "e/2"]
    assert [bytes(new.event.payload) for new in good] == [hook(), b"{}"]
    assert msgspec.json.encode(rejected) == (
        b'[{"index":1,"error":{"code":"not_an_object",'
        b'"message":"body: expected `object`, got `int`","field":null}},'
        b'{"index":3,"error":{"code":"missing_field",'
        b'"message":"session_id is required","field":"session_id"}}]'
    )


def test_each_line_of_ndjson_is_an_event() -> None:
    """Blank lines are no entries; JSON allows U+2028 inside strings, and it ends no line."""
    first = hook('"a":"x\u2028y\u0085z"'.encode())
    body = b"\n" + first + b"\r\n\n  \n\xff\n" + hook() + b"\n{"
    good, rejected = decode_batch(body, RequestMetadata(), lines=True)
    assert [bytes(new.event.payload) for new in good] == [first, hook()]
    assert [(each.index, each.error.message) for each in rejected] == [
        (1, "not UTF-8 (byte 0)"),
        (3, "Input data was truncated"),
    ]


def test_an_empty_batch_is_a_batch() -> None:
    """A spool without anything in it is no mistake."""
    assert decode_batch(b"[]", RequestMetadata(), lines=False) == ([], [])
    assert decode_batch(b"", RequestMetadata(), lines=True) == ([], [])


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"[1", "Input data was truncated"),
        (b'["\xff"]', "not UTF-8 (byte 2)"),
        (b"[" * 9999, "JSON is nested too deeply"),
    ],
)
def test_a_broken_array_is_refused_whole(body: bytes, message: str) -> None:
    """Where one entry ends and the next starts cannot be known."""
    with pytest.raises(Refusal) as caught:
        decode_batch(body, RequestMetadata(), lines=False)
    assert caught.value.detail.message == message


@given(
    entries=st.lists(
        st.dictionaries(TEXT, JSON, max_size=3) | st.lists(JSON, max_size=3) | JSON, max_size=12
    ),
    piece=st.integers(1, 60),
    space=st.sampled_from(["", " ", "\n\t"]),
)
@settings(max_examples=80, deadline=None)
def test_an_array_read_in_pieces_is_the_array(entries: list[Any], piece: int, space: str) -> None:
    """Wherever a piece ends: in a string, between objects of one entry, between entries."""
    texts = [json.dumps(entry) for entry in entries]
    body = f"{space}[{space}" + f"{space},{space}".join(texts) + f"{space}]{space}"
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(ingestd.intake.decode, "PIECE_BYTES", piece)
        assert [bytes(entry) for entry in split_array(body.encode())] == [
            text.encode() for text in texts
        ]


@pytest.mark.parametrize("broken", ['{"a":1},', '{"a":1},{', '{"a":1}]', '{"a":1},]', "{},,{}"])
@pytest.mark.parametrize("piece", [1, 8, 1_000])
def test_an_array_read_in_pieces_is_refused_if_any_of_it_is_broken(
    broken: str, piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The place is named as it is in the whole body."""
    monkeypatch.setattr(ingestd.intake.decode, "PIECE_BYTES", piece)
    body = b'[{"b":[{},{},"},{"]},' + broken.encode()
    body += b"" if broken.endswith("]") else b"]"
    if broken == '{"a":1}]':
        body += b"]"
    with pytest.raises(Refusal) as caught:
        list(split_array(body))
    with pytest.raises(msgspec.DecodeError) as expected:
        msgspec.json.decode(body, type=list[msgspec.Raw])
    assert caught.value.detail.message == str(expected.value)


def test_a_large_array_is_read_a_piece_at_a_time() -> None:
    """A slice of work can end only where an entry is handed out: no step may read it all."""
    entry = json.dumps({"session_id": "s", "tool_input": [{"a": 1}, {"b": "},{"}]}).encode()
    count = 20_000
    body = b"[" + b",".join([entry] * count) + b"]"
    entries = split_array(body)
    shares = []
    for _ in range(count // 1_000):
        started = time.thread_time()
        for _ in range(1_000):
            assert bytes(next(entries)) == entry
        shares.append(time.thread_time() - started)
    assert next(entries, None) is None
    assert max(shares) < sum(shares) / 2


def test_an_array_of_entry_like_text_is_read_in_linear_time() -> None:
    """One entry full of `},` cannot be cut anywhere: each try must be longer than the last."""

    def seconds(count: int) -> float:
        body = b'[{"a":[' + b"{}," * count + b"{}]}]"
        started = time.thread_time()
        assert len(list(split_array(body))) == 1
        return time.thread_time() - started

    seconds(100_000)
    assert min(seconds(800_000) for _ in range(3)) < 4 * min(seconds(400_000) for _ in range(3))


def test_the_headers_contain_the_forwarders_data() -> None:
    """When it fired, who it was, and which try this is."""
    sender = '{ "project_dir": "/home/dev/shöp", "pid": 12 }'.encode()
    raw = {b"x-event-id": b" e1 ", b"x-fired-at": b"1795367996267", b"x-hookwatch-sender": sender}
    assert read_headers(raw) == RequestMetadata(
        event_id="e1", fired_at=1795367996267, sender=msgspec.Raw(sender)
    )
    assert read_headers({}) == RequestMetadata()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Event-Id", b"e" * 201),
        ("X-Fired-At", b"yesterday"),
        ("X-Fired-At", b""),
        ("X-Fired-At", b"-1"),
        ("X-Fired-At", b"1.5"),
        ("X-Fired-At", b"9" * 5000),
        ("X-Fired-At", "\u0663".encode()),
        ("X-Hookwatch-Sender", b"{"),
        ("X-Hookwatch-Sender", b""),
        ("X-Hookwatch-Sender", b"[]"),
        ("X-Hookwatch-Sender", b'{"a":' + b"[" * 9999),
    ],
)
def test_an_invalid_header_is_ignored(name: str, value: bytes) -> None:
    """It must not lose its event."""
    assert read_headers({name.lower().encode(): value}) == RequestMetadata(ignored=(name,))


@pytest.mark.parametrize("given", ["0", "1700000000", "1700000000000000", "9" * 24])
def test_a_header_of_no_plausible_time_is_no_time(given: str) -> None:
    """Its event is stamped on arrival; the sender cannot be asked again."""
    assert read_headers({b"x-fired-at": given.encode()}) == RequestMetadata(stray_time=given)


def test_a_sender_that_is_no_utf8_is_replaced() -> None:
    """A folder's name may be any bytes, and the rest of what the forwarder knew is fine."""
    sender = read_headers({b"x-hookwatch-sender": b'{"project_dir":"/a\xff","pid":1}'}).sender
    assert sender is not None
    assert bytes(sender) == '{"project_dir":"/a\ufffd","pid":1}'.encode()


def test_the_sender_names_the_project() -> None:
    """The forwarder knows the project's folder; cwd may be anywhere by now."""
    raw = {b"x-hookwatch-sender": b'{"project_dir":"/home/dev/shop"}'}
    event = decode_one(hook(b'"cwd":"/tmp"'), read_headers(raw))[0].event
    assert event.source_app == "shop"


@pytest.mark.parametrize(
    ("given_text", "stored_text"),
    [
        (rb"cut \ud83d", rb"cut \ufffd"),
        (rb"\udc00 tail", rb"\ufffd tail"),
        (rb"\uD83D\uD83D\uDE00", rb"\ufffd\uD83D\uDE00"),
        (rb"\ude00\ud83d", rb"\ufffd\ufffd"),
        (rb"\\ud83d \ud83d", rb"\\ud83d \ufffd"),
        (rb"whole \ud83d\ude00 \ud83d", rb"whole \ud83d\ude00 \ufffd"),
    ],
)
@pytest.mark.parametrize("form", [b'"a":"%s"', b'"a":{"b":["%s"]}', b'"%s":1', b'"tool_name":"%s"'])
def test_half_an_emoji_is_replaced(given_text: bytes, stored_text: bytes, form: bytes) -> None:
    """JavaScript cuts strings inside emojis; no UTF-8 can hold what is left of one."""
    assert bytes(decoded(hook(form % given_text)).payload) == hook(form % stored_text)
    inner = envelope(b'"payload":{%s}' % (form % given_text))
    assert bytes(decoded(inner).payload) == b"{%s}" % (form % stored_text)


@pytest.mark.parametrize(
    "rest",
    [
        rb'"a":"nul \u0000 here"',
        rb'"a":"\ud83d\ude00 \/ \b\f"',
        '"a":"😀 \u2028 \x7f"'.encode(),
        b'"a":1e999,"b":-1e-999,"c":18446744073709551616',
        b'"a":' + b"9" * 5000,
        b'"a":' + b"[" * 500 + b"]" * 500,
        b'"a":1,"a":2,"hook_event_name":"Stop"',
        b'"tool_name":{"now":"an object"},"cwd":7,"model":["m"],"tool_use_id":null,"agent_id":""',
        b'"hook_event_type":null',
        b'"":""',
    ],
)
def test_unusual_json_is_stored_unchanged(rest: bytes) -> None:
    """Claude Code adds fields every month, and passes through whatever its tools print."""
    event = decoded(hook(rest))
    assert bytes(event.payload) == hook(rest)
    assert (event.tool_name, event.model_name, event.tool_use_id, event.agent_id) == (None,) * 4


def test_an_unknown_event_name_is_accepted() -> None:
    """The hooks of next month must not need an upgrade of ours."""
    body = b'{"session_id":"s","hook_event_name":"QuantumLeap","where":"Oz"}'
    assert decoded(body).hook_event_type == "QuantumLeap"


@given(
    required=st.fixed_dictionaries(
        {"session_id": TEXT.filter(bool), "hook_event_name": TEXT.filter(bool)}
    ),
    fields=st.dictionaries(TEXT, JSON, max_size=5),
    indent=st.sampled_from([None, 0, 2]),
    escaped=st.booleans(),
    around=st.sampled_from([b"", b" ", b"\r\n\t"]),
)
@settings(max_examples=300, deadline=None)
def test_the_payload_is_the_body_byte_for_byte(
    *,
    required: dict[str, str],
    fields: dict[str, Any],
    indent: int | None,
    escaped: bool,
    around: bytes,
) -> None:
    """Whatever the JSON, however it is written."""
    whole = {**fields, **required}
    whole.pop("hook_event_type", None)
    text = json.dumps(whole, indent=indent, ensure_ascii=escaped).encode()
    event = decoded(around + text + around)
    assert bytes(event.payload) == text
    assert event.payload_bytes == len(text)
    assert event.session_id == required["session_id"]


@given(
    fields=st.fixed_dictionaries(
        {
            "session_id": TEXT.filter(bool),
            "hook_event_type": TEXT.filter(bool),
            "timestamp": st.integers(EARLIEST_MS, 1_795_000_000_000),
            "payload": st.dictionaries(TEXT, JSON, max_size=4),
        },
        optional={
            name: TEXT.filter(bool)
            for name in ("source_app", "model_name", "tool_name", "tool_use_id", "agent_id")
        }
        | {"summary": TEXT, "sender": st.dictionaries(TEXT.filter(bool), JSON, min_size=1)},
    )
)
@settings(max_examples=200, deadline=None)
def test_an_event_sent_back_as_an_envelope_is_the_same_event(fields: dict[str, Any]) -> None:
    """What `/api/events` gives out can be put into another log, as in a move to a new machine."""
    first = decoded(json.dumps(fields).encode())
    again = decoded(to_json(first))
    assert msgspec.structs.replace(again, received_at=0) == msgspec.structs.replace(
        first, received_at=0
    )


def test_every_captured_body_is_stored_unchanged() -> None:
    """These are real: whatever else changes, they must pass."""
    bodies = [json.dumps(body).encode() for body in sample_bodies()]
    assert len(bodies) > 500
    good, rejected = decode_batch(b"\n".join(bodies), RequestMetadata(), lines=True)
    assert rejected == []
    assert [bytes(new.event.payload) for new in good] == bodies


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_kind_of_event_is_stored_unchanged(path: Path) -> None:
    """One of each hook there is, as its documentation and the client have them."""
    body = path.read_bytes()
    event = decoded(body)
    assert bytes(event.payload) == body.strip()
    assert event.hook_event_type == path.stem


def _raw(headers: dict[str, str]) -> dict[bytes, bytes]:
    return {name.lower().encode(): value.encode() for name, value in headers.items()}
