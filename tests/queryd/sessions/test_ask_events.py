"""Read an ask's event in every place that shows one, while it waits and once it is over."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.queryd.hook_bodies import (
    T0,
    Timed,
    ask,
    batch,
    end,
    entry,
    event,
    event_sequence,
    of_tool,
    post,
    pre,
    prompt,
    stop,
)
from tests.running import Hookwatch, hookwatch, wait_for
from tests.sse import event_stream

ELICITED = event("Elicitation", mcp_server_name="db", message="Which?")
REFUSED = batch(entry("The user doesn't want to proceed with this tool use."))
NOW = time.time_ns() // 1_000_000


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hookwatch]:
    with hookwatch(tmp_path_factory.mktemp("asks") / "data") as running:
        yield running


def post_all(both: Hookwatch, session: str, *timed: Timed) -> None:
    """Post events of a session that happened in the last minute, and wait until they are folded."""
    bodies = [(at, {**body, "session_id": session}) for at, body in event_sequence(*timed)]
    both.ingestd.post(
        [
            {
                "session_id": session,
                "hook_event_type": body["hook_event_name"],
                "timestamp": NOW - 60_000 + at - T0,
                "payload": body,
                **{key: body[key] for key in ("tool_name", "tool_use_id") if key in body},
            }
            for at, body in bodies
        ]
    )

    def is_folded() -> bool:
        newest = both.queryd.get("/api/events?limit=1").json()["events"]
        health = both.queryd.get("/api/health").json()
        return bool(
            newest
            and newest[0]["session_id"] == session
            and newest[0]["timestamp"] == NOW - 60_000 + bodies[-1][0] - T0
            and health["views"]["folded_id"] == newest[0]["id"]
        )

    wait_for(is_folded)


def shown(both: Hookwatch, session: str, kind: str) -> list[tuple[str | None, Any, Any]]:
    """Return summary's outcome, outcome and waiting time of an ask's event, in every place."""
    query = f"session_id={session}&event_type={kind}"
    (listed,) = both.queryd.get(f"/api/events?{query}").json()["events"]
    (line,) = both.queryd.get(f"/api/events?{query}&fields=line").json()["events"]
    one = both.queryd.get(f"/api/events/{listed['id']}").json()
    with event_stream(both.queryd.port, f"/stream?after=0&{query}") as stream:
        (streamed,) = stream.events(1)
    with event_stream(both.queryd.port, f"/stream?after=0&{query}&fields=line") as stream:
        (streamed_line,) = stream.events(1)
    assert listed["summary"] == line["summary"] == one["summary"] == streamed["summary"]
    assert streamed_line == {**line, "stream_id": str(line["id"])}
    _, arrow, outcome = line["summary"].rpartition("  →  ")
    return [(outcome if arrow else None, line["outcome"], line["waited_ms"])]


@pytest.mark.parametrize(
    ("name", "events", "expected"),
    [
        ("open", [], ("waiting for you", "open", None)),
        ("post", [(14, post())], ("allowed after 11.0 s", "allowed", 11_000)),
        ("batch", [(7.5, REFUSED)], ("denied after 4.5 s", "denied", 4_500)),
        ("stop", [(9, stop())], ("expired", "expired", 6_000)),
        ("end", [(9, end())], ("expired", "expired", 6_000)),
    ],
)
def test_a_permission_request_shows_how_it_ended(
    both: Hookwatch, name: str, events: list[Timed], expected: tuple[str, str, int | None]
) -> None:
    """A list in which every answered request still waits calls its reader for nothing."""
    session = f"asked-{name}"
    post_all(both, session, (1, prompt()), (2, pre()), (3, ask()), *events)
    assert shown(both, session, "PermissionRequest") == [expected]


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        (None, ("waiting for you", "open", None)),
        ("accept", ("allowed after 2.0 s", "allowed", 2_000)),
        ("decline", ("denied after 2.0 s", "denied", 2_000)),
        ("cancel", ("expired", "expired", 2_000)),
    ],
)
def test_a_servers_question_shows_how_it_ended(
    both: Hookwatch, action: str | None, expected: tuple[str, str, int | None]
) -> None:
    session = f"elicited-{action}"
    result = event("ElicitationResult", mcp_server_name="db", action=action)
    answers = [] if action is None else [(5, result)]
    called = of_tool("PreToolUse", "mcp__db__query")
    post_all(both, session, (1, prompt()), (2, called), (3, ELICITED), *answers)
    assert shown(both, session, "Elicitation") == [expected]


def test_an_open_call_waits_and_its_wait_counts(both: Hookwatch) -> None:
    """Requests that were open for hours left the figures of waiting time empty."""
    session = "asked-figures"
    post_all(both, session, (1, prompt()), (2, pre()), (3, ask()))
    query = f"session_id={session}&range=1h"
    (tool,) = both.queryd.get(f"/api/tools/stats?{query}").json()["tools"]
    assert (tool["calls"], tool["waiting"], tool["running"]) == (1, 1, 0)
    assert tool["waiting_ms"] > 0
    (call,) = both.queryd.get(f"/api/sessions/{session}/calls?outcome=waiting").json()["calls"]
    assert (call["outcome"], call["waiting_ms"] > 0) == ("waiting", True)
    assert both.queryd.get(f"/api/sessions/{session}/calls?outcome=running").json()["calls"] == []
    (turn,) = both.queryd.get(f"/api/sessions/{session}/turns").json()["turns"]
    assert (turn["outcome"], turn["ended_at"]) == ("waiting", None)
    post_all(both, session, (14, post()))
    (tool,) = both.queryd.get(f"/api/tools/stats?{query}").json()["tools"]
    assert (tool["succeeded"], tool["waiting"]) == (1, 0)
