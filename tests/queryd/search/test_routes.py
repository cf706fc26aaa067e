"""Test searches by API: both routes report errors of a query in the same way."""

import re
from collections import Counter
from urllib.parse import quote

import msgspec
import pytest

from tests.running import Hookwatch, sample_bodies, wait_for
from tests.sse import event_stream

BROKEN = {
    "%22npm": "q: missing closing quote at position 1",
    "npm+tol:Bash": "q: unknown field tol at position 5 (did you mean tool:)",
    "np*m": "q: * is only allowed at the end of a word at position 3",
}


@pytest.mark.parametrize("path", ["/api/events", "/stream"])
@pytest.mark.parametrize("query", BROKEN)
def test_a_broken_query_is_refused(served: Hookwatch, path: str, query: str) -> None:
    """An unknown field would otherwise pass for "no results"."""
    answer = served.queryd.get(f"{path}?q={query}")
    assert answer.status == 400
    assert msgspec.json.decode(answer.body) == {
        "error": {"code": "invalid_query", "message": BROKEN[query], "field": "q"}
    }


def test_a_blank_query_matches_everything(served: Hookwatch) -> None:
    """An emptied search field is the list again."""
    assert served.queryd.get("/api/events?q=").body == served.queryd.get("/api/events").body
    assert served.queryd.get("/api/events?q=%20").status == 200


def test_words_are_found_in_the_log_and_live(both: Hookwatch) -> None:
    """A search continues live while the page is open, with the same matches."""
    bodies = sample_bodies()
    for body in bodies:
        both.ingestd.post(body)
    last_id = both.ingestd.get("/health").json()["last_id"]
    wait_for(lambda: both.queryd.get("/api/health").json()["views"]["folded_id"] == last_id)
    wait_for(lambda: both.queryd.get("/api/health").json()["search"]["indexed_id"] == last_id)
    # The fold may be ahead of the follower, at whose place a stream starts.
    wait_for(lambda: both.queryd.get("/api/health").json()["last_id"] == last_id)
    asked = quote("tool:Bash -type:PreToolUse sleep")
    page = both.queryd.get(f"/api/events?q={asked}").json()
    assert page["unsearched"] is None
    expected = [
        body["tool_use_id"]
        for body in bodies
        if body.get("tool_name") == "Bash"
        and body["hook_event_name"] in {"PostToolUse", "PostToolUseFailure"}
        and "sleep" in re.split(r"\W+", str(body["tool_input"]))
    ]
    found = [event["tool_use_id"] for event in page["events"] if event["tool_use_id"]]
    assert sorted(found) == sorted(expected)
    assert len(expected) > 3
    hits = [part["text"] for one in page["snippets"] for part in one["parts"] if part["hit"]]
    assert {hit.casefold() for hit in hits} == {"sleep"}
    with event_stream(both.queryd.port, f"/stream?q={asked}") as stream:
        assert next(stream.messages()).name == "hello"
        for number, command in enumerate(["npm test", "sleep 1", "ls"]):
            body = {
                "session_id": "live",
                "hook_event_name": "PostToolUse",
                "tool_name": "Bash",
                "tool_use_id": f"live-{number}",
                "tool_input": {"command": command},
                "tool_response": {"stdout": "", "stderr": ""},
            }
            both.ingestd.post(body)
        assert [event["tool_use_id"] for event in stream.events(1)] == ["live-1"]


def test_paging_a_session_gives_each_event_once(both: Hookwatch) -> None:
    """Filters use the index too: a missing token would hide an event."""
    bodies = sample_bodies()
    for body in bodies:
        both.ingestd.post(body)
    last_id = both.ingestd.get("/health").json()["last_id"]
    wait_for(lambda: both.queryd.get("/api/health").json()["views"]["folded_id"] == last_id)
    wait_for(lambda: both.queryd.get("/api/health").json()["search"]["indexed_id"] == last_id)
    counts = Counter(body["session_id"] for body in bodies)
    for session_id, count in counts.most_common(10):
        for asked in (f"session_id={session_id}", f"q=session:{session_id}"):
            page = both.queryd.get(f"/api/events?limit=1000&{asked}").json()
            assert len(page["events"]) == count, asked
