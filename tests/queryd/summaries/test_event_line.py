"""Test that a line has all that a row shows, whatever the payload."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queryd.store.payload import decode
from queryd.summaries.event_line import EventLine, event_line
from queryd.summaries.preview import preview
from tests.queryd.summaries.samples import example
from tests.queryd.summaries.test_laws import JSON, PAYLOAD, TYPES
from tests.shared.events import unstored

CALLS = JSON | st.lists(JSON | st.dictionaries(st.just("tool_use_id"), JSON), max_size=3)


def line_of(kind: str, payload: Any, **fields: Any) -> EventLine:
    """Return the line of an event."""
    text = json.dumps(payload).encode()
    event = unstored(hook_event_type=kind, payload=text, **fields)
    return event_line(preview(event, decode(text)), decode(text))


def test_a_line_has_the_event_without_its_payload() -> None:
    """The page reads these names; each is always there, null if unknown."""
    found = line_of("Stop", {"cwd": "/w/shop/"}, id=7, tool_use_id="t", agent_id="a")
    assert json.loads(msgspec.json.encode(found)) == {
        "id": 7,
        "session_id": "s",
        "hook_event_type": "Stop",
        "timestamp": 1_000,
        "received_at": 2_000,
        "source_app": None,
        "project": "shop",
        "tool_name": None,
        "tool_use_id": "t",
        "agent_id": "a",
        "agent_type": None,
        "summary": "Answered",
        "outcome": None,
        "waited_ms": None,
        "source": None,
        "notification_type": None,
        "call_ids": [],
        "payload_bytes": 19,
        "unsaved_id": None,
    }


@pytest.mark.parametrize(
    ("cwd", "project"),
    [
        ("/home/dev/shop", "shop"),
        ("C:\\work\\shop\\", "shop"),
        ("//", None),
        ("", None),
        (" ", None),
        (7, None),
        ("/a/\ud800", "?"),
    ],
)
def test_a_project_without_a_name_is_its_folder(cwd: Any, project: str | None) -> None:
    """As the page labels a session that has no name of its own."""
    assert line_of("Stop", {"cwd": cwd}).project == project
    assert line_of("Stop", {"cwd": cwd}, source_app="app").project == "app"


@pytest.mark.parametrize(
    ("kind", "payload", "outcome"),
    [
        ("PreToolUse", {}, None),
        ("PostToolUse", {"tool_response": {"stdout": "ok"}}, "succeeded"),
        ("PostToolUse", {"tool_response": {"interrupted": True}}, "interrupted"),
        ("PostToolUseFailure", {"error": "Exit code 1"}, "failed"),
        ("PostToolUseFailure", {"error": "no", "is_interrupt": True}, "interrupted"),
        ("PermissionDenied", {"reason": "no"}, "denied"),
        ("Stop", {"is_interrupt": True}, None),
    ],
)
def test_the_outcome_is_that_of_the_call_that_ends(
    kind: str, payload: dict[str, Any], outcome: str | None
) -> None:
    """A row's colour comes from it: an interruption is no failure."""
    assert line_of(kind, payload).outcome == outcome


def test_a_batch_names_its_calls() -> None:
    """Calls that it does not name are still running."""
    captured = example("PostToolBatch")
    ids = [call["tool_use_id"] for call in captured["tool_calls"]]
    assert ids
    assert list(line_of("PostToolBatch", captured).call_ids) == ids
    assert line_of("PostToolUse", captured).call_ids == ()
    many = {"tool_calls": [{"tool_use_id": str(number)} for number in range(600)]}
    assert len(line_of("PostToolBatch", many).call_ids) == 500


def test_fields_of_one_type_are_null_for_others() -> None:
    """Telemetry has a `source` too, which is no start of a session."""
    payload = {"source": "compact", "notification_type": "idle_prompt", "agent_type": " Plan\n"}
    found = {kind: line_of(kind, payload) for kind in ("SessionStart", "Notification", "Stop")}
    assert [it.source for it in found.values()] == ["compact", None, None]
    assert [it.notification_type for it in found.values()] == [None, "idle_prompt", None]
    assert [it.agent_type for it in found.values()] == ["Plan"] * 3


@given(kind=st.sampled_from(TYPES), payload=PAYLOAD, calls=CALLS, name=JSON)
@settings(max_examples=300, deadline=None)
def test_any_payload_has_a_short_line(
    kind: str, payload: dict[str, Any], calls: Any, name: Any
) -> None:
    """An exception would end the follower, and a long line would be a payload again."""
    named = dict.fromkeys(("agent_type", "source", "notification_type", "cwd"), name)
    text = json.dumps({**payload, **named, "tool_calls": calls}).encode()
    event = unstored(hook_event_type=kind, payload=text)
    found = event_line(preview(event, decode(text)), decode(text))
    assert len(msgspec.json.encode(found)) < 40_000
