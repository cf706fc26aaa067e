"""Choose what a stream carries: events or only sessions, whole or as lines."""

import time
from typing import Any

import pytest

from tests.running import Hookwatch
from tests.sse import event_stream


def post(both: Hookwatch, session: str, app: str, kind: str = "UserPromptSubmit") -> None:
    """Store one event of a session."""
    envelope = {
        "session_id": session,
        "hook_event_type": kind,
        "timestamp": time.time_ns() // 1_000_000,
        "source_app": app,
        "payload": {},
    }
    assert both.ingestd.post(envelope).status == 200


def until_session(both: Hookwatch, query: str, last: str) -> list[tuple[str, str]]:
    """Return kind and session of what a stream carries of three posts, up to the last session."""
    seen = []
    with event_stream(both.queryd.port, f"/stream?{query}") as stream:
        messages = stream.messages()
        assert next(messages).name == "hello"
        for session, app in (("a", "shop"), ("b", "docs"), ("c", "shop")):
            post(both, session, app)
        for message in (it for it in messages if it.name != "recording"):
            seen.append((message.name, str(message.json()["session_id"])))
            if seen[-1] == ("session", last):
                break
    return seen


def test_a_stream_without_events_still_sends_sessions(both: Hookwatch) -> None:
    """A page without a log must not be sent 500 events a second to know who waits."""
    assert {kind for kind, _ in until_session(both, "events=none", "c")} == {"session"}


def test_all_sessions_are_sent_with_any_filter(both: Hookwatch) -> None:
    """Anyone who reads one project's log still learns that another project needs them."""
    seen = until_session(both, "source_app=docs&sessions=all", "c")
    assert {session for kind, session in seen if kind == "session"} == {"a", "b", "c"}
    assert {session for kind, session in seen if kind == "message"} <= {"b"}


def test_a_stream_without_events_replays_none(both: Hookwatch) -> None:
    """Its place in the log has no meaning: it requests what it missed."""
    post(both, "old", "shop")
    seen = until_session(both, "events=none&after=0", "c")
    assert "message" not in {kind for kind, _ in seen}


def test_a_stream_of_lines_in_batches_has_the_lines_of_the_list(both: Hookwatch) -> None:
    """A page shows a list that the stream continues."""
    for name in ("a", "b", "c"):
        post(both, name, "shop")
    seen: list[dict[str, Any]] = []
    with event_stream(both.queryd.port, "/stream?after=0&fields=line&batch=1") as stream:
        for message in stream.messages():
            if message.name == "message":
                seen += message.json()
                assert message.id == str(seen[-1]["id"])
            if len(seen) == 3:
                break
    page = both.queryd.get("/api/events?fields=line").json()
    assert page["events"] == seen[::-1]
    assert set(page) == {"events", "next_before", "next", "snippets", "unsearched", "log"}
    assert "payload" not in page["events"][0]


@pytest.mark.parametrize(
    "asked", ["events=some", "sessions=none", "event=none", "fields=id", "batch=true"]
)
def test_an_unknown_stream_choice_is_refused(both: Hookwatch, asked: str) -> None:
    """A misspelt choice must not pass for the default."""
    answer = both.queryd.get(f"/stream?{asked}")
    assert answer.status == 400
    assert answer.json()["error"]["field"] == asked.partition("=")[0]
