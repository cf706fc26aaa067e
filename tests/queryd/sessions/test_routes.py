"""Test the routes of sessions, over captured sessions and random ones."""

import json
import random
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
import pytest

from queryd.sessions.read import ACTIVE_MS, MAX_QUERIES, STATUSES
from queryd.sessions.state import PROCESS_ENDED
from shared.process import pid_domain
from tests.running import SAMPLES, Hookwatch, wait_for
from tests.sse import EventStream, event_stream

DAY_MS = 86_400_000
AGO_MS = 30 * DAY_MS
"""Captured sessions are posted as of then: whatever time makes quiet is quiet for long."""
HI, BASH = "23287191-4787-4be7-b15c-b5632449ab37", "daefd589-adc2-4d62-8a90-3e0c41d743b6"
STEMS = sorted(path.stem for path in (SAMPLES / "sessions").glob("*.jsonl"))
FIRST = ["00-print-hi", "04-print-bash_ok"]
KEYS = ("agents", "calls", "files", "turns")
APPS = ["shop", "blög", "a&b=c", None]
MODELS = ["opus", "haiku", None]
ENDS: list[tuple[str, dict[str, Any]]] = [
    ("UserPromptSubmit", {}),
    ("PermissionRequest", {"tool_name": "Bash", "tool_input": {"command": "rm"}}),
    ("Elicitation", {"mcp_server_name": "db", "message": "Name?"}),
    ("Stop", {}),
    ("Stop", {"background_tasks": [{"id": "b", "type": "shell", "status": "running"}]}),
    ("StopFailure", {"error": "rate_limit"}),
    ("SessionEnd", {"reason": "other"}),
    ("session_state", {"status": "busy"}),
]
Row = dict[str, Any]


def captured(stem: str) -> list[dict[str, Any]]:
    """Return the lines of one captured session."""
    lines = (SAMPLES / "sessions" / f"{stem}.jsonl").read_bytes().split(b"\n")
    return [msgspec.json.decode(line) for line in lines if line]


def mixtures() -> Iterator[dict[str, Any]]:
    """Yield envelopes of small sessions in every state, some of today and some long silent."""
    dice = random.Random(3)
    now = time.time_ns() // 1_000_000
    for number in range(150):
        kind, payload = dice.choice(ENDS)
        ago = dice.choice([0, 3_600_000, 2 * DAY_MS, 3 * DAY_MS, 3 * DAY_MS])
        yield {
            "session_id": f"mixed {number}",
            "hook_event_type": kind,
            "timestamp": now - ago if ago else now + DAY_MS,  # of today, and not quiet for long
            "source_app": dice.choice(APPS),
            "model_name": dice.choice(MODELS),
            "payload": payload,
        }


def post_captured(served: Hookwatch, stem: str) -> None:
    """Post a session as its hooks did, as of a month before."""
    for event in captured(stem):
        fired_at = {"X-Fired-At": str(event["at_ms"] - AGO_MS)}
        answer = served.ingestd.post(event["body"], **fired_at)
        assert (answer.status, answer.body) == (200, b"")


def folded(served: Hookwatch) -> None:
    """Wait until all that was posted is in the views."""
    last_id = served.ingestd.get("/health").json()["last_id"]
    wait_for(lambda: served.queryd.get("/api/health").json()["views"]["folded_id"] == last_id)


@pytest.fixture(scope="module")
def sessions(served: Hookwatch) -> list[Row]:
    """Post it all, and return every session's row, as one page has them."""
    for stem in [*FIRST, *(stem for stem in STEMS if stem not in FIRST)]:
        post_captured(served, stem)
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    sender = {"pid": dead.pid, "host": socket.gethostname(), "pid_domain": pid_domain()}
    killed = {"session_id": "killed", "hook_event_name": "UserPromptSubmit", "cwd": "/w/shop"}
    served.ingestd.post(killed, **{"X-Hookwatch-Sender": json.dumps(sender)})
    stopped = [
        {"session_id": "stopped", "hook_event_type": kind, "timestamp": at, "payload": payload}
        for at, kind, payload in [
            (1_795_000_000_000, "UserPromptSubmit", {}),
            (1_795_000_001_000, "session_state", {"status": "idle"}),
        ]
    ]
    envelopes = [*mixtures(), *stopped]
    assert served.ingestd.post(envelopes).json()["accepted"] == len(envelopes)
    folded(served)
    wait_for(lambda: row_of(served, "killed")["status"] == "ended")
    page = get(served, "/api/sessions", limit=1000)
    assert page["next"] is None
    rows: list[Row] = page["sessions"]
    return rows


def get(served: Hookwatch, route: str, **parameters: Any) -> Any:
    """Return the JSON of an answer that must be a good one."""
    answer = served.queryd.get(f"{route}?{urlencode(parameters, doseq=True)}")
    assert answer.status == 200, answer.body
    return answer.json()


def row_of(served: Hookwatch, session_id: str) -> Row:
    """Return one session's row."""
    row: Row = get(served, f"/api/sessions/{quote(session_id, safe='')}")["session"]
    return row


def walk(served: Hookwatch, route: str, key: str, limit: int, **wanted: Any) -> list[Row]:
    """Follow `next` to the end; every page but the last is full, and none is empty but the only."""
    rows: list[Row] = []
    cursor: dict[str, str] = {}
    while True:
        page = get(served, route, limit=limit, **cursor, **wanted)
        assert set(page) == {key, "next"}
        assert page[key] or not rows
        rows += page[key]
        if page["next"] is None:
            return rows
        assert len(page[key]) == limit
        cursor = {"cursor": page["next"]}


HI_SESSION = {
    "session_id": HI,
    "project": "proj",
    "source_app": "proj",
    "title": "[[scn:hi cwd=/home/dev/print/proj]] scripted: hi",
    "status": "ended",
    "status_since": 1792775996638,
    "status_reason": "other",
    "model_name": None,
    "permission_mode": "default",
    "cwd": "/home/dev/print/proj",
    "client_version": None,
    "context": None,
    "cost": None,
    "tokens": None,
    "compactions": [],
    "current_tool": None,
    "background_tasks": [],
    "last_prompt": "[[scn:hi cwd=/home/dev/print/proj]] scripted: hi",
    "last_answer": "Hello! I am a scripted model.",
    "event_count": 6,
    "record_count": 0,
    "tool_count": 0,
    "failure_count": 0,
    "turn_count": 1,
    "compaction_count": 0,
    "agent_count": 0,
    "first_event_at": 1792775996267,
    "last_event_at": 1792775996638,
    "last_event_id": 6,
    "ended_at": 1792775996638,
    "end_reason": "other",
    "status_source": "hook",
    "asks": [],
    "activity": [*[0] * 29, 6],
    "activity_until": 1792776000000,
    "agents": [],
}
HI_TURN = {
    "id": 3,
    "prompt_id": "3ab209f8-53e6-4fb7-8f31-ddf637d84057",
    "kind": "prompt",
    "prompt": "[[scn:hi cwd=/home/dev/print/proj]] scripted: hi",
    "answer": "Hello! I am a scripted model.",
    "outcome": "done",
    "started_at": 1792775996436,
    "ended_at": 1792775996553,
    "tool_count": 0,
    "failure_count": 0,
    "last_event_id": 5,
}
BASH_CALL = {
    "id": 1,
    "session_id": BASH,
    "tool_use_id": "toolu_0194e62be4f1ab4f03a1c8b5",
    "tool_name": "Bash",
    "mcp_server": None,
    "target": "echo out; echo err >&2; sleep 0.3",
    "agent_id": None,
    "agent_type": None,
    "prompt_id": "0fa8e963-fa54-4a1d-b48e-b6b64d9e5669",
    "source_app": "proj",
    "model_name": None,
    "outcome": "succeeded",
    "started_at": 1792776012002,
    "ended_at": 1792776012370,
    "asked_at": None,
    "duration_ms": 333,
    "waiting_ms": 35,
    "error": None,
    "first_event_id": 11,
    "last_event_id": 12,
}
BASH_TURN = {
    "id": 9,
    "prompt_id": "0fa8e963-fa54-4a1d-b48e-b6b64d9e5669",
    "kind": "prompt",
    "prompt": "[[scn:bash_ok cwd=/home/dev/print/proj]] scripted: bash_ok",
    "answer": "It printed.",
    "outcome": "done",
    "started_at": 1792776011836,
    "ended_at": 1792776012513,
    "tool_count": 1,
    "failure_count": 0,
    "last_event_id": 15,
}


@pytest.mark.usefixtures("sessions")
def test_a_small_session_is_answered_whole(served: Hookwatch) -> None:
    """The dashboard's types are made of these answers: each key is there, unknown is null."""
    assert get(served, f"/api/sessions/{HI}") == {
        "session": HI_SESSION,
        "agents": {"agents": [], "next": None},
        "calls": {"calls": [], "next": None},
        "files": {"files": [], "next": None},
        "turns": {"turns": [HI_TURN], "next": None},
    }
    detail = get(served, f"/api/sessions/{BASH}")
    assert detail["calls"] == {"calls": [BASH_CALL], "next": None}
    assert detail["turns"] == {"turns": [BASH_TURN], "next": None}


def test_a_session_is_the_same_wherever_it_is_shown(served: Hookwatch, sessions: list[Row]) -> None:
    """A row that is opened must not turn into another."""
    assert sessions[-1]["session_id"] == HI, "the last seen session comes first"
    assert sessions[-1] == HI_SESSION
    for row in sessions:
        detail = get(served, f"/api/sessions/{quote(row['session_id'], safe='')}", limit=1000)
        assert detail["session"] == row
        for key in KEYS:
            route = f"/api/sessions/{quote(row['session_id'], safe='')}/{key}"
            assert detail[key] == get(served, route, limit=1000)
        assert len(detail["agents"]["agents"]) == row["agent_count"]
        assert len(detail["calls"]["calls"]) == row["tool_count"]
        assert len(detail["turns"]["turns"]) == row["turn_count"]
        assert row["agents"] == detail["agents"]["agents"][:20]


def test_the_last_seen_session_comes_first(sessions: list[Row]) -> None:
    """What moved last is what one looks for."""
    times = [row["last_event_at"] for row in sessions]
    assert times == sorted(times, reverse=True)
    assert len(set(times)) < len(times), "some of one moment, or paging is easy"
    ids = {event["body"]["session_id"] for stem in STEMS for event in captured(stem)}
    mixed = {envelope["session_id"] for envelope in mixtures()}
    assert {row["session_id"] for row in sessions} == {*ids, *mixed, "killed", "stopped"}
    assert len(sessions) == len(ids) + len(mixed) + 2


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 200, 1000])
@pytest.mark.parametrize("wanted", [{}, {"source_app": ["shop", "a&b=c"]}])
def test_walking_the_pages_gives_every_session_once_in_order(
    served: Hookwatch, sessions: list[Row], limit: int, wanted: dict[str, list[str]]
) -> None:
    """Scrolling must neither skip nor repeat at the seams, also between two of one moment."""
    apps = wanted.get("source_app")
    expected = [row for row in sessions if apps is None or row["source_app"] in apps]
    assert walk(served, "/api/sessions", "sessions", limit, **wanted) == expected


@pytest.mark.parametrize("limit", range(1, 6))
@pytest.mark.parametrize("key", KEYS)
def test_walking_what_a_session_holds_gives_each_once_in_order(
    served: Hookwatch, sessions: list[Row], key: str, limit: int
) -> None:
    """A long session is read page by page, from the one that comes with its row on."""
    count = {"agents": "agent_count", "turns": "turn_count"}.get(key, "tool_count")
    fullest = sorted(sessions, key=lambda row: -row[count])[:3]
    most = 0
    for row in fullest:
        route = f"/api/sessions/{row['session_id']}/{key}"
        whole = get(served, route, limit=1000)[key]
        assert walk(served, route, key, limit) == whole
        first = get(served, f"/api/sessions/{row['session_id']}", limit=limit)[key]
        assert first == get(served, route, limit=limit)
        most = max(most, len(whole))
        order = {
            "agents": [-it.get("last_event_at", 0) for it in whole],
            "files": [it.get("path") for it in whole],
        }.get(key) or [-it["id"] for it in whole]
        assert order == sorted(order)
    assert most >= 2


CHOICES: dict[str, list[str]] = {
    "status": list(STATUSES),
    "source_app": ["shop", "blög", "a&b=c", "proj", "unknown"],
    "model_name": ["opus", "haiku", "unknown"],
}


def wanted_combinations() -> list[dict[str, Any]]:
    """Return every filter alone, and mixtures of them, the largest one of all values."""
    dice = random.Random(5)
    now = time.time_ns() // 1_000_000
    bounds = [now - 2 * DAY_MS - 3_600_000, now - 3_600_000 // 2, now + DAY_MS]
    found: list[dict[str, Any]] = [
        {name: [value]} for name, values in CHOICES.items() for value in values
    ]
    for _ in range(80):
        wanted: dict[str, Any] = {}
        for name, values in CHOICES.items():
            if dice.random() < 0.6:
                wanted[name] = [dice.choice(values) for _ in range(dice.randint(1, len(values)))]
        for name in ("since", "until"):
            if dice.random() < 0.3:
                wanted[name] = dice.choice(bounds)
        found.append(wanted)
    return [*found, CHOICES, {"status": STATUSES}, {"status": ["done"] * 100}]


def matches(row: Row, wanted: dict[str, Any]) -> bool:
    """Return whether a row is wanted, by its own words."""
    since, until = wanted.get("since", 0), wanted.get("until", 2**60)
    return since <= row["last_event_at"] <= until and all(
        row[name] in wanted[name] for name in CHOICES if name in wanted
    )


def test_every_filter_gives_what_a_plain_look_at_all_rows_gives(
    served: Hookwatch, sessions: list[Row]
) -> None:
    """The answers are merged from many queries: none may be left out, or counted more than once."""
    assert {row["status"] for row in sessions} == set(STATUSES)
    assert len(CHOICES["source_app"]) * len(CHOICES["model_name"]) * len(STATUSES) > MAX_QUERIES
    sizes = []
    for wanted in wanted_combinations():
        expected = [row["session_id"] for row in sessions if matches(row, wanted)]
        for limit in (7, 1000):
            found = walk(served, "/api/sessions", "sessions", limit, **wanted)
            assert [row["session_id"] for row in found] == expected, wanted
        sizes.append(len(expected))
    assert 0 in sizes
    assert sum(size > 5 for size in sizes) > 40


@pytest.mark.parametrize("limit", [1, 4, 500])
def test_active_sessions_are_those_that_are_alive(
    served: Hookwatch, sessions: list[Row], limit: int
) -> None:
    """It is the first page a user opens: ended sessions must not be in it."""
    after = time.time_ns() // 1_000_000 - ACTIVE_MS
    expected = [
        row for row in sessions if row["status"] != "ended" and row["last_event_at"] >= after
    ]
    assert 5 < len(expected) < len(sessions)
    assert walk(served, "/api/sessions/active", "sessions", limit) == expected


@pytest.mark.usefixtures("sessions")
def test_a_session_shows_that_its_process_has_ended(served: Hookwatch) -> None:
    """Kill -9 sends nothing; the row must still show the end and its reason."""
    row = row_of(served, "killed")
    assert (row["status"], row["status_reason"]) == ("ended", PROCESS_ENDED)
    assert row["status_since"] == row["last_event_at"]


def test_calls_are_filtered_by_what_they_were(served: Hookwatch, sessions: list[Row]) -> None:
    """A session of a thousand calls is searched for the one that failed."""
    fullest = sorted(sessions, key=lambda row: -row["tool_count"])[:12]
    found = 0
    for row in fullest:
        route = f"/api/sessions/{row['session_id']}/calls"
        calls = get(served, route, limit=1000)["calls"]
        for name in ("tool_name", "outcome", "prompt_id", "agent_id"):
            values = {call[name] for call in calls}
            for value in values:
                if value is None and name not in {"agent_id", "prompt_id"}:
                    continue
                wanted = {name: value or ""}
                expected = [call for call in calls if call[name] == value]
                assert walk(served, route, "calls", 3, **wanted) == expected
                found += len(values) > 1
        assert walk(served, route, "calls", 1, tool_name=["Bash", "Read"]) == [
            call for call in calls if call["tool_name"] in {"Bash", "Read"}
        ]
        assert walk(served, route, "calls", 1, outcome="failed", tool_name="unknown") == []
    assert found > 10


def test_calls_are_filtered_by_kind_time_and_change(served: Hookwatch, sessions: list[Row]) -> None:
    """The chips and the time range of a session's page, and its updates, depend on it."""
    kinds: dict[str, Callable[[Row], bool]] = {
        "failed": lambda call: call["outcome"] == "failed",
        "edits": lambda call: call["tool_name"] in {"Edit", "NotebookEdit", "Write"},
        "asked": lambda call: call["asked_at"] is not None,
    }
    seen = dict.fromkeys(kinds, 0)
    for row in sessions:
        session = quote(row["session_id"], safe="")
        route = f"/api/sessions/{session}/calls"
        calls = get(served, route, limit=1000)["calls"]
        counts = get(served, f"/api/sessions/{session}/call-kinds")
        for kind, is_of_kind in kinds.items():
            expected = [call for call in calls if is_of_kind(call)]
            assert get(served, route, limit=1000, kind=kind)["calls"] == expected
            assert counts[kind] == len(expected)
            seen[kind] += len(expected)
        if len(calls) < 2:
            continue
        middle = calls[len(calls) // 2]
        since, until = middle["started_at"], middle["ended_at"] or middle["started_at"]
        within = [
            call
            for call in calls
            if (call["ended_at"] or call["started_at"]) >= since and call["started_at"] <= until
        ]
        assert get(served, route, limit=1000, since=since, until=until)["calls"] == within
        changed = [
            call
            for call in calls
            if call["last_event_id"] > middle["last_event_id"]
            or call["outcome"] in {"running", "waiting", "no_result"}
        ]
        asked = {"limit": 1000, "changed_after": middle["last_event_id"]}
        assert get(served, route, **asked)["calls"] == changed
        either = [call for call in within if kinds["failed"](call) or kinds["edits"](call)]
        wanted = {"kind": ["failed", "edits"], "since": since, "until": until}
        assert walk(served, route, "calls", 1000, **wanted) == either
    assert all(seen.values()), seen


ODD_IDS = [
    *("a/b", "/", "a//b", "a/calls", "calls", "a\\b", ";a=b", "?q#f", "+", "a b", " ", "a%2Fb"),
    *("%2F", "%", "ü/é☕", "\U0001f600", "x\u2028y", "\n", "active", "x" * 512, "é" * 512),
]


def encoded(session_id: str) -> str:
    """Return an id as one part of a path."""
    return "%61ctive" if session_id == "active" else quote(session_id, safe="")


def test_a_session_of_any_name_is_found_by_its_path(both: Hookwatch) -> None:
    """Clients choose ids; one with a slash in it must not be out of reach."""
    for session_id in ODD_IDS:
        body = {
            "session_id": session_id,
            "hook_event_name": "PreToolUse",
            "tool_name": "Read",
            "tool_use_id": "t",
            "tool_input": {"file_path": "/w/a"},
        }
        assert both.ingestd.post(body).status == 200
    folded(both)
    for session_id in ODD_IDS:
        route = f"/api/sessions/{encoded(session_id)}"
        detail = get(both, route)
        assert detail["session"]["session_id"] == session_id
        assert [call["session_id"] for call in detail["calls"]["calls"]] == [session_id]
        for key in KEYS:
            assert get(both, f"{route}/{key}") == detail[key]
        wanted = urlencode({"session_id": session_id})
        listed = both.queryd.get(f"/api/events?{wanted}").json()["events"]
        assert [event["session_id"] for event in listed] == [session_id]
    assert len(get(both, "/api/sessions/active")["sessions"]) == len(ODD_IDS)


def refusal(code: str, message: str, field: str | None) -> bytes:
    """Return the one error shape."""
    error = {"code": code, "message": message, "field": field}
    return json.dumps({"error": error}, separators=(",", ":"), ensure_ascii=False).encode()


NOT_A_CURSOR = "cursor: not a cursor of this list"
BAD = [
    ("/api/sessions?limit=0", "limit", "limit: expected `int` >= 1"),
    ("/api/sessions/active?limit=1001", "limit", "limit: expected `int` <= 1000"),
    (f"/api/sessions/{HI}?limit=x", "limit", "limit: expected a whole number"),
    ("/api/sessions?since=-1", "since", "since: expected `int` >= 0"),
    ("/api/sessions?until=x", "until", "until: expected a whole number"),
    *(
        (f"/api/sessions{route}?cursor={cursor}", "cursor", NOT_A_CURSOR)
        for route in ("", "/active", f"/{HI}/agents", f"/{HI}/calls", f"/{HI}/turns")
        for cursor in ("", "1", "1.", ".1", "x.1", "1.x", "-1.1", "1.2.3", f"1.{2**63}", "9" * 4999)
    ),
]


@pytest.mark.parametrize(("asked", "field", "message"), BAD)
def test_a_bad_parameter_is_named(served: Hookwatch, asked: str, field: str, message: str) -> None:
    """Anyone who wrote the address can only mend what is named."""
    answer = served.queryd.get(asked)
    assert (answer.status, answer.body) == (400, refusal("invalid_parameter", message, field))


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ("/api/sessions?status=nope", "status"),
        ("/api/sessions?status=done&status=nope", "status"),
        (f"/api/sessions/{HI}/calls?outcome=nope", "outcome"),
        (f"/api/sessions/{HI}/calls?kind=nope", "kind"),
        (f"/api/sessions/{HI}/files?cursor={'x' * 5_001}", "cursor"),
    ],
)
def test_a_value_that_cannot_be_is_named(served: Hookwatch, asked: str, field: str) -> None:
    """No session will ever have it: an empty list would look like an answer."""
    answer = served.queryd.get(asked)
    error = answer.json()["error"]
    assert (answer.status, error["code"], error["field"]) == (400, "invalid_parameter", field)
    assert error["message"].startswith(f"{field}: ")


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ("/api/sessions?session_id=x", "session_id"),
        ("/api/sessions?tool_name=x", "tool_name"),
        ("/api/sessions/active?status=done", "status"),
        (f"/api/sessions/{HI}?cursor=1.1", "cursor"),
        (f"/api/sessions/{HI}/agents?status=done", "status"),
        (f"/api/sessions/{HI}/calls?event_type=x", "event_type"),
        (f"/api/sessions/{HI}/call-kinds?kind=failed", "kind"),
        (f"/api/sessions/{HI}/files?path=x", "path"),
        (f"/api/sessions/{HI}/turns?kind=x", "kind"),
    ],
)
def test_an_unknown_parameter_is_refused(served: Hookwatch, asked: str, field: str) -> None:
    """A misspelt filter that did nothing would look like an answer."""
    answer = served.queryd.get(asked)
    expected = refusal("unknown_parameter", f"{field}: unknown parameter", field)
    assert (answer.status, answer.body) == (400, expected)


@pytest.mark.parametrize("part", ["", *(f"/{key}" for key in KEYS)])
@pytest.mark.parametrize("session_id", ["unknown", "a/b", "ü", "%"])
def test_an_unknown_session_is_a_404(served: Hookwatch, session_id: str, part: str) -> None:
    """The link is of another log, or retention took it; an empty list would say it did nothing."""
    answer = served.queryd.get(f"/api/sessions/{encoded(session_id)}{part}")
    expected = refusal("not_found", f"session {session_id} not found", "session_id")
    assert (answer.status, answer.body) == (404, expected)


def session_rows(stream: EventStream) -> Iterator[Row]:
    """Yield the rows of a stream's `session` messages."""
    for message in stream.messages():
        if message.name == "session":
            assert message.id is None
            yield message.json()


STEPS: list[tuple[dict[str, Any], str]] = [
    ({"hook_event_name": "SessionStart", "source": "startup"}, "done"),
    ({"hook_event_name": "UserPromptSubmit", "prompt": "Go"}, "working"),
    (
        {
            "hook_event_name": "PermissionRequest",
            "tool_name": "Bash",
            "tool_input": {"command": "rm -r build"},
        },
        "needs_permission",
    ),
    ({"hook_event_name": "Stop", "last_assistant_message": "Done."}, "done"),
    ({"hook_event_name": "StopFailure", "error": "rate_limit"}, "failed"),
    ({"hook_event_name": "SessionEnd", "reason": "other"}, "ended"),
]


def test_the_stream_sends_a_sessions_status_after_each_event(both: Hookwatch) -> None:
    """A page that has the list need not ask for it again, and shows who waits within the moment."""
    with event_stream(both.queryd.port) as stream:
        rows = session_rows(stream)
        assert next(stream.messages()).name == "hello"
        for number, (body, status) in enumerate(STEPS, start=1):
            assert both.ingestd.post({"session_id": "s", "cwd": "/w/shop", **body}).status == 200
            row = next(rows)
            assert (row["event_count"], row["status"]) == (number, status)
            assert row == row_of(both, "s")


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"session_id": ["s2", "s4"]}, ["s2", "s4"]),
        ({"source_app": ["shop"]}, ["s1", "s4"]),
        ({"source_app": ["shop"], "session_id": ["s4", "s2"]}, ["s4"]),
    ],
)
def test_the_stream_sends_only_the_selected_sessions(
    both: Hookwatch, wanted: dict[str, list[str]], expected: list[str]
) -> None:
    """A tab that shows one session must not be woken by fifty."""
    query = urlencode(wanted, doseq=True)
    with event_stream(both.queryd.port, f"/stream?{query}") as stream:
        assert next(stream.messages()).name == "hello"
        for session, app in (("s1", "shop"), ("s2", "blog"), ("s3", None), ("s4", "shop")):
            envelope = {
                "session_id": session,
                "hook_event_type": "UserPromptSubmit",
                "timestamp": time.time_ns() // 1_000_000,
                "source_app": app,
                "payload": {},
            }
            assert both.ingestd.post(envelope).status == 200
            folded(both)
        rows = session_rows(stream)
        found = [next(rows)["session_id"] for _ in expected]
    assert found == expected
