"""Ask for the timeline as the dashboard does, rightly and wrongly."""

import time
from typing import Any
from urllib.parse import urlencode

import pytest

from queryd.sessions.read_marks import BINS, MAX_LANE_MARKS
from tests.running import Hookwatch, wait_for

HOUR_MS = 3_600_000
NOW = time.time_ns() // 1_000_000
T0 = NOW - 2 * HOUR_MS
Body = dict[str, Any]


def sent(session: str, at: int, kind: str, app: str = "shop", **payload: Any) -> Body:
    """Return an envelope."""
    return {
        "session_id": session,
        "source_app": app,
        "model_name": "opus" if app == "shop" else "haiku",
        "hook_event_type": kind,
        "timestamp": at,
        "payload": payload,
    }


def call(session: str, at: int, number: int, *, ends: str = "PostToolUse") -> list[Body]:
    """Return both ends of a call."""
    fields: dict[str, Any] = {
        "tool_name": "Bash",
        "tool_input": {"command": "ls"},
        "tool_use_id": f"{session}{number}",
    }
    after: dict[str, Any] = {"duration_ms": 500, "error": "Exit code 1"}
    return [
        sent(session, at, "PreToolUse", **fields),
        sent(session, at + 500, ends, **fields, **after),
    ]


BODIES = [
    sent("a", T0, "UserPromptSubmit", prompt="Go"),
    *call("a", T0 + 1_000, 1),
    *call("a", T0 + 2_000, 2, ends="PostToolUseFailure"),
    sent("a", T0 + 3_000, "Stop"),
    sent("b", T0 + HOUR_MS, "UserPromptSubmit", "blog", prompt="Write"),
    sent("b", T0 + HOUR_MS + 1_000, "StopFailure", "blog", error="rate_limit"),
    sent("old", T0 - 50 * HOUR_MS, "UserPromptSubmit", prompt="Once"),
    sent("old", T0 - 50 * HOUR_MS + 1_000, "SessionEnd"),
    sent("busy", T0, "UserPromptSubmit", "busy", prompt="All"),
    *(
        it
        for number in range(MAX_LANE_MARKS + 5)
        for it in call("busy", T0 + 2_000 * number, number)
    ),
]


@pytest.fixture(scope="module", autouse=True)
def posted(served: Hookwatch) -> None:
    """Post it all, and wait until it is in the views."""
    answer = served.ingestd.post(BODIES)
    assert answer.json()["rejected"] == []
    wait_for(lambda: served.queryd.get("/api/health").json()["views"]["folded_id"] == len(BODIES))


def asked(served: Hookwatch, **parameters: Any) -> Any:
    """Return the answer."""
    answer = served.queryd.get(f"/api/timeline?{urlencode(parameters, doseq=True)}")
    assert answer.status == 200, answer.body
    return answer.json()


def ids(answer: Any) -> list[str]:
    """Return the sessions of an answer."""
    return [lane["session_id"] for lane in answer["lanes"]]


def test_a_lane_says_what_its_session_did(served: Hookwatch) -> None:
    """These are the names that the page is built on."""
    answer = asked(served, session_id="a")
    assert (answer["since"], answer["until"]) == (T0, T0 + 3_000), "a session's whole life"
    mark = {"tool_name": "Bash", "target": "ls", "duration_ms": 500}
    assert answer["lanes"] == [
        {
            "session_id": "a",
            "project": "shop",
            "title": "Go",
            "model_name": "opus",
            "status": "done",
            "first_event_at": T0,
            "last_event_at": T0 + 3_000,
            "last_event_id": 6,
            "spans": [
                {"status": "working", "since": T0, "until": T0 + 3_000, "reason": None},
                {"status": "done", "since": T0 + 3_000, "until": None, "reason": None},
            ],
            "calls": [
                {
                    **mark,
                    "id": number,
                    "outcome": outcome,
                    "started_at": T0 + 1_000 * number,
                    "ended_at": T0 + 1_000 * number + 500,
                    "event_id": 2 * number,
                }
                for number, outcome in ((1, "succeeded"), (2, "failed"))
            ],
            "bins": [],
            "agents": [],
            "agent_count": 0,
        }
    ]


def test_the_last_three_hours_are_returned_newest_first(served: Hookwatch) -> None:
    """It is what the page opens with."""
    answer = asked(served)
    assert answer["until"] == answer["now"]
    assert answer["until"] - answer["since"] == 3 * HOUR_MS
    assert ids(answer) == ["b", "busy", "a"]
    assert answer["next"] is None


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({"source_app": ["blog", "busy"]}, ["b", "busy"]),
        ({"model_name": "haiku"}, ["b"]),
        ({"session_id": ["a", "b"]}, ["b", "a"]),
        ({"status": "failed"}, ["b"]),
        ({"status": "needs_input"}, []),
        ({"since": T0 + 1_100, "until": T0 + 1_200}, ["busy", "a"]),
        ({"since": T0 + 9_000, "until": T0 + 9_100}, ["busy"]),
        ({"since": T0 - 51 * HOUR_MS, "until": T0 - 50 * HOUR_MS}, ["old"]),
        ({"since": T0 - 40 * HOUR_MS, "until": T0 - 30 * HOUR_MS}, []),
        ({"session_id": "unknown"}, []),
    ],
)
def test_a_filter_leaves_the_lanes_it_names(
    served: Hookwatch, parameters: dict[str, Any], found: list[str]
) -> None:
    """A lane too many hides the one that is looked for."""
    assert ids(asked(served, **parameters)) == found


def test_pages_give_each_lane_once(served: Hookwatch) -> None:
    """Scrolling must show every lane exactly once."""
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        answer = asked(served, limit=1, **cursor)
        seen += ids(answer)
        if answer["next"] is None:
            break
        cursor = {"cursor": answer["next"]}
    assert seen == ["b", "busy", "a"]


def test_more_calls_than_can_be_drawn_come_as_bins(served: Hookwatch) -> None:
    """Every call counts in one bin: the picture may be coarse, never wrong."""
    (lane,) = asked(served, session_id="busy", since=T0, until=NOW)["lanes"]
    assert lane["calls"] == []
    assert 0 < len(lane["bins"]) <= BINS
    assert sum(it["count"] for it in lane["bins"]) == MAX_LANE_MARKS + 5
    for before, after in zip(lane["bins"], lane["bins"][1:], strict=False):
        assert before["at"] < before["until"] <= after["at"]


@pytest.mark.parametrize(
    ("query", "code", "field"),
    [
        (f"since={T0}&until={T0 - 1}", "conflicting_parameters", "until"),
        (f"since={T0 - 32 * 24 * HOUR_MS}", "conflicting_parameters", "since"),
        ("since=soon", "invalid_parameter", "since"),
        ("limit=0", "invalid_parameter", "limit"),
        ("status=happy", "invalid_parameter", "status"),
        ("cursor=x", "invalid_parameter", "cursor"),
        ("range=3h", "unknown_parameter", "range"),
    ],
    ids=["until-before-since", "too-long", "no-time", "limit", "status", "cursor", "unknown"],
)
def test_what_cannot_be_asked_is_refused(
    served: Hookwatch, query: str, code: str, field: str
) -> None:
    """An answer to another question than was asked is worse than none."""
    answer = served.queryd.get(f"/api/timeline?{query}")
    assert answer.status == 400
    error = answer.json()["error"]
    assert (error["code"], error["field"]) == (code, field)


def test_one_session_may_be_asked_for_over_any_time(served: Hookwatch) -> None:
    """A session that was resumed for months has one strip."""
    assert ids(asked(served, session_id="a", since=0, until=NOW)) == ["a"]
