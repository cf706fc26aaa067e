"""Test that a large payload is cut to a size a page can hold, and a small one is left alone."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestd.intake.decode import RequestMetadata, decode_one
from queryd.store.payload import decode
from queryd.summaries.clip import STRING_CHARS, WHOLE_BYTES, clip
from shared.event import Event
from tests.running import sample_bodies
from tests.shared.events import unstored

MOST_BYTES = 2 * WHOLE_BYTES
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
LONG = st.builds(lambda text, times: text * times, TEXT, st.sampled_from([1, 300, 2_000]))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | LONG,
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(LONG, inner, max_size=6),
    max_leaves=20,
)
PAD = {"pad": "x" * WHOLE_BYTES}


def cut(event: Event) -> Event:
    """Clip an event as it is clipped on its way out."""
    return clip(event, decode(bytes(event.payload)))


def clipped(value: Any) -> Any:
    event = cut(unstored(payload=json.dumps(value, ensure_ascii=False).encode()))
    assert event.payload_clipped
    assert len(event.payload) <= MOST_BYTES
    return json.loads(bytes(event.payload))


def test_a_small_payload_is_not_copied() -> None:
    """Nearly all are small, and a page may rely on every byte of those."""
    text = b'{ "a" : "%s" }' % (b"x" * (WHOLE_BYTES - 12))
    event = unstored(payload=text)
    assert len(text) == WHOLE_BYTES
    assert cut(event) is event


def test_a_large_payload_keeps_its_structure_and_the_starts_of_texts() -> None:
    """A row shows the tool, the file and the first lines; the rest is asked for."""
    value = {
        "tool_name": "Write",
        "tool_input": {"file_path": "/a", "content": "é" * 50_000, "flag": True},
        "many": list(range(100)),
        "none": None,
    }
    assert clipped(value) == {
        "tool_name": "Write",
        "tool_input": {
            "file_path": "/a",
            "content": "é" * STRING_CHARS + f"… [+{50_000 - STRING_CHARS} chars]",
            "flag": True,
        },
        "many": [*range(50), "… [+50 items]"],
        "none": None,
    }


def test_clipping_changes_only_the_payload() -> None:
    """Above all the size of the whole, which the page shows."""
    event = unstored(7, payload=json.dumps(PAD).encode(), tool_name="Bash")
    short = cut(event)
    assert msgspec.structs.replace(short, payload=event.payload, payload_clipped=False) == event


@pytest.mark.parametrize(
    "value",
    [
        {"a": ["😀" * 2_000] * 50, "b": ["😀" * 2_000] * 50},
        {"a": ["\u0001" * 2_000] * 50},
        {"a": ['"\\' * 2_000] * 50},
        {str(number): "x" * 90 for number in range(50_000)},
        {"k" * 50_000: 1, "l" * 50_000: 2},
        {"a": [[["x" * 1_000] * 60] * 60] * 2},
        {"numbers": {str(number): 10**4_000 + number for number in range(60)}},
        [[number] * 50 for number in range(2_000)],
    ],
    ids=["emojis", "controls", "quotes", "fields", "keys", "nested", "numbers", "lists"],
)
def test_every_large_payload_becomes_small(value: Any) -> None:
    """A page that follows fifty sessions holds thousands of them."""
    clipped(value)


@pytest.mark.parametrize(
    "rest",
    [
        b'"a":1e999',
        b'"a":-1e999',
        b'"a":18446744073709551616',
        b'"a":' + b"9" * 4_000,
        b'"a":' + b"9" * 6_000,
        b'"a":"\\ud83d"',
        b'"a":"\\u0000\\ud83d\\ude00"',
        b'"a":' + b"[" * 900 + b"]" * 900,
        b'"a":1e999,"b":' + b"[" * 900 + b"]" * 900,
        b'"a":1,"a":2',
    ],
    ids=lambda rest: rest[:16],
)
@pytest.mark.parametrize("depth", [0, 150])
def test_any_accepted_payload_can_be_clipped(rest: bytes, depth: int) -> None:
    """One event that cannot be ends the follower, and with it every stream, for good.

    A request's handlers stand deeper on the stack than the follower, so less room is left there.
    """
    head = b'{"session_id":"s","hook_event_name":"X",'
    event = decode_one(head + rest + b',"pad":"%s"}' % (b"x" * WHOLE_BYTES), RequestMetadata())[
        0
    ].event

    def deep(levels: int) -> Event:
        return deep(levels - 1) if levels else cut(event)

    short = deep(depth)
    assert short.payload_clipped
    assert len(short.payload) <= MOST_BYTES
    msgspec.json.decode(bytes(short.payload))


@given(value=st.dictionaries(TEXT, JSON, max_size=5), padding=st.booleans())
@settings(max_examples=200, deadline=None)
def test_any_json_is_clipped_to_valid_json(*, value: dict[str, Any], padding: bool) -> None:
    """And never grows past what a page can hold."""
    whole = {**value, **PAD} if padding else value
    text = json.dumps(whole).replace("Infinity", "1e999").encode()
    event = unstored(payload=text)
    short = cut(event)
    json.loads(bytes(short.payload))
    assert len(short.payload) <= max(MOST_BYTES, WHOLE_BYTES)
    assert short.payload_clipped == (len(text) > WHOLE_BYTES)


def test_every_captured_body_is_small_after_clipping() -> None:
    """Among them is one that writes a large file."""
    texts = [json.dumps(body).encode() for body in sample_bodies()]
    assert max(map(len, texts)) > WHOLE_BYTES
    assert max(len(cut(unstored(payload=text)).payload) for text in texts) <= MOST_BYTES


def test_half_a_character_is_replaced() -> None:
    """Node writes one where it cuts a text; an exception would end the follower."""
    payload = b'{"cut":"\\ud83d","\\ud83d":1,"pad":"%s"}' % (b"x" * WHOLE_BYTES)
    found = json.loads(bytes(cut(unstored(payload=payload)).payload))
    assert (found["cut"], found["?"]) == ("?", 1)
