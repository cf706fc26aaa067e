"""Test that a browser gets the same event from a frame as the log has."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queryd.live.frame import KEEP_ALIVE, RETRY, frame, message
from queryd.store.payload import decode
from queryd.summaries.preview import preview
from shared.event import Event
from tests.shared.events import new, stored, unstored
from tests.sse_parser import Dispatched, dispatched

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


class Note(msgspec.Struct):
    """Stand for any named message."""

    text: str


def test_a_frame_contains_the_id_and_the_event() -> None:
    """These bytes are the interface; an `event:` line would take it from `onmessage`."""
    data = frame(stored(new(1), 7)).data
    assert data.startswith(b'id: 7\ndata: {"session_id":"s",')
    assert data.endswith(b',"unsaved_id":null}\n\n')
    assert data.count(b"\n") == 3


def test_an_unsaved_event_has_no_id() -> None:
    """It would become the client's place, and that place is nowhere in the log."""
    event = unstored(1, unsaved_id=3)
    (found,) = dispatched(frame(event).data)
    assert (found.name, found.last_id) == ("unsaved", "")
    assert msgspec.json.decode(found.data, type=Event) == preview(
        event, decode(bytes(event.payload))
    )


def test_a_named_message_does_not_change_the_last_event_id() -> None:
    """`hello` comes again on every reconnect."""
    assert message("hello", Note("a\nb")) == b'event: hello\ndata: {"text":"a\\nb"}\n\n'


def test_text_between_messages_dispatches_nothing() -> None:
    """A page must not get a message for a keep-alive."""
    assert dispatched(RETRY + KEEP_ALIVE + KEEP_ALIVE) == []
    assert RETRY == b"retry: 1000\n\n"
    assert KEEP_ALIVE == b": keep-alive\n\n"


@pytest.mark.parametrize("line_break", ["\n", "\r", "\r\n", "\n\r", "\n\n", "\r\r\n\n", "\n \n"])
def test_a_payload_with_line_breaks_is_one_message(line_break: str) -> None:
    """JSON allows them between its tokens, SSE ends a field at each, and a message at two."""
    payload = line_break.join(["{", '"a":', "[1,", "2]", "}"]).encode()
    event = stored(new(payload=payload), 3)
    first, second = dispatched(frame(event).data * 2)
    assert first == second
    assert json.loads(first.data)["payload"] == {"a": [1, 2]}


@given(
    value=st.dictionaries(TEXT, TEXT | st.integers() | st.lists(TEXT, max_size=3), max_size=4),
    indent=st.sampled_from([None, 0, 2, "\t"]),
    line_break=st.sampled_from([b"\n", b"\r", b"\r\n"]),
    session=TEXT,
)
@settings(max_examples=200, deadline=None)
def test_a_frame_parses_back_to_the_event(
    value: dict[str, Any], indent: int | str | None, line_break: bytes, session: str
) -> None:
    """By the rules of SSE, whatever is in it: U+2028, NUL, colons at the start of lines."""
    text = json.dumps(value, indent=indent, ensure_ascii=False).encode()
    event = stored(new(payload=text.replace(b"\n", line_break), session_id=session), 9)
    (found,) = dispatched(frame(event).data)
    assert found == Dispatched("message", found.data, "9")
    again = msgspec.json.decode(found.data, type=Event)
    assert json.loads(bytes(again.payload)) == value
    assert msgspec.structs.replace(again, payload=event.payload) == preview(
        event, decode(bytes(event.payload))
    )
