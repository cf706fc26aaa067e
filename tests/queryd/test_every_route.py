"""Ask queryd everything it answers, rightly and wrongly."""

import json
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.browser.made_calls import made_call, post_calls
from tests.running import DEADLINE_S, ROOT, Answer, Hookwatch, hookwatch, wait_for
from tests.sse import event_stream

EVENTS = 400
AT = 1_700_000_000_000
CHOICES: dict[str, list[Any]] = {
    "session_id": ["s0", "s1", "s2"],
    "hook_event_type": ["PreToolUse", "PostToolUse", "Stop", "Brand/New & Odd=Type"],
    "timestamp": [AT + 1_000, AT + 2_000, AT + 3_000, AT + 4_000],
    "tool_name": [None, "Bash", "Read", "mcp__a__b"],
    "source_app": [None, "shop", "blög"],
    "agent_id": [None, "a1", "a2"],
}
COLUMN = {"event_type": "hook_event_type"}
SECURITY = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
}


def security(served: Hookwatch) -> dict[str, str]:
    """Return the headers that every answer carries."""
    ingestd = " ".join(f"http://{it}:{served.ingestd.port}" for it in ("127.0.0.1", "localhost"))
    policy = (
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        f"font-src 'self'; connect-src 'self' {ingestd}; frame-ancestors 'none'; "
        "base-uri 'none'; form-action 'none'"
    )
    return {"content-security-policy": policy, **SECURITY}


@pytest.fixture(scope="module")
def posted(served: Hookwatch) -> list[dict[str, Any]]:
    """Fill the log with random events; return them newest first, each with its id."""
    rng = random.Random(11)
    envelopes = [
        {name: rng.choice(values) for name, values in CHOICES.items()} | {"payload": {"n": number}}
        for number in range(EVENTS)
    ]
    answer = served.ingestd.post(envelopes)
    assert answer.json() == {"accepted": EVENTS, "duplicates": 0, "rejected": []}
    wait_for(lambda: served.queryd.get("/api/health").json()["views"]["folded_id"] == EVENTS)
    numbered = [{"id": rowid, **event} for rowid, event in enumerate(envelopes, start=1)]
    return numbered[::-1]


def path(route: str, **parameters: Any) -> str:
    """Return a route with its query string."""
    return f"{route}?{urlencode(parameters, doseq=True)}"


def pages(served: Hookwatch, limit: int, **wanted: Any) -> Iterator[list[dict[str, Any]]]:
    """Walk `next_before` to the end."""
    before: dict[str, Any] = {}
    while before is not None:
        answer = served.queryd.get(path("/api/events", limit=limit, **before, **wanted))
        page = answer.json()
        assert set(page) == {"events", "next_before", "next", "snippets", "unsearched", "log"}
        yield page["events"]
        if page["next_before"] is None:
            return
        before = {"before": page["next_before"]}


@pytest.mark.parametrize("limit", [1, 7, 100, EVENTS, 1000])
def test_paging_gives_every_event_once_newest_first(
    served: Hookwatch, posted: list[dict[str, Any]], limit: int
) -> None:
    """Scrolling back through a day must neither skip nor repeat at the seams."""
    walked = list(pages(served, limit))
    assert [event["id"] for page in walked for event in page] == [event["id"] for event in posted]
    assert all(len(page) == limit for page in walked[:-1])
    assert 0 < len(walked[-1]) <= limit


@pytest.mark.parametrize(
    "wanted",
    [
        {"session_id": ["s1"]},
        {"session_id": ["s1", "s2"]},
        {"session_id": ["nobody"]},
        {"event_type": ["Stop"]},
        {"event_type": ["Brand/New & Odd=Type", "Stop"]},
        {"tool_name": ["mcp__a__b"]},
        {"source_app": ["blög"]},
        {"agent_id": ["a1"]},
        {"since": AT + 2_000},
        {"until": AT + 2_000},
        {"since": AT + 2_000, "until": AT + 3_000},
        {"since": AT + 3_000, "until": AT + 2_000},
        {"after": 390},
        {"after": 100, "session_id": ["s0"]},
        {
            "session_id": ["s0"],
            "tool_name": ["Bash", "Read"],
            "agent_id": ["a2"],
            "since": AT + 2_000,
        },
    ],
)
def test_every_filter_returns_exactly_its_matches(
    served: Hookwatch, posted: list[dict[str, Any]], wanted: dict[str, Any]
) -> None:
    """A search that silently leaves something out is worse than none."""
    expected = [event["id"] for event in posted if matches(event, wanted)]
    walked = [event["id"] for page in pages(served, 30, **wanted) for event in page]
    assert walked == expected


@pytest.mark.parametrize("direction", ["backward", "forward"])
@pytest.mark.parametrize(
    "wanted",
    [{}, {"session_id": ["s1"]}, {"q": "tool:Bash"}, {"since": AT + 2_000, "until": AT + 3_000}],
)
@pytest.mark.usefixtures("posted")
def test_paging_by_time_gives_every_match_once(
    served: Hookwatch, wanted: dict[str, Any], direction: str
) -> None:
    """The order of time has a cursor of its own, and both directions end where the log ends."""
    received = {event["id"]: event for page in pages(served, 1000, **wanted) for event in page}
    assert received
    ends = {"before": "before_at", "after": "after_at"}
    end = "before" if direction == "backward" else "after"
    walked: list[dict[str, Any]] = []
    place: dict[str, Any] = {}
    while True:
        answer = served.queryd.get(
            path("/api/events", limit=30, order="happened", direction=direction, **place, **wanted)
        ).json()
        assert answer["next_before"] is None
        walked += answer["events"]
        if answer["next"] is None:
            break
        place = {end: answer["next"]["id"], ends[end]: answer["next"]["at"]}
    keys = sorted((it["timestamp"], it["id"]) for it in received.values())
    expected = keys if direction == "forward" else keys[::-1]
    assert [(it["timestamp"], it["id"]) for it in walked] == expected
    assert walked == [received[it["id"]] for it in walked]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("before_at=1", "before_at: needs order=happened"),
        ("after_at=1&after=1", "after_at: needs order=happened"),
        ("direction=forward", "direction: needs order=happened"),
        (
            "order=happened&before=1",
            "before: before and before_at need each other with order=happened",
        ),
        (
            "order=happened&after_at=1",
            "after: after and after_at need each other with order=happened",
        ),
    ],
)
def test_half_a_position_is_refused(served: Hookwatch, asked: str, message: str) -> None:
    """An id alone is no place in the order of time; to ignore it would return a wrong page."""
    answer = served.queryd.get(f"/api/events?{asked}")
    expected = refusal("conflicting_parameters", message, message.partition(":")[0])
    assert (answer.status, answer.body) == (400, expected)


def matches(event: dict[str, Any], wanted: dict[str, Any]) -> bool:
    """Say again, in the plainest way, what the filters mean."""
    given = dict(wanted)
    return (
        event["id"] > given.pop("after", 0)
        and event["timestamp"] >= given.pop("since", 0)
        and event["timestamp"] <= given.pop("until", AT + 9_999)
        and all(event[COLUMN.get(name, name)] in values for name, values in given.items())
    )


def test_a_page_contains_whole_events(served: Hookwatch, posted: list[dict[str, Any]]) -> None:
    """The types of the dashboard are made from this answer: each key is there, unknown is null."""
    (listed,) = served.queryd.get("/api/events?limit=1").json()["events"]
    newest = posted[0]
    assert listed.pop("received_at") > 1_500_000_000_000
    assert listed.pop("summary")  # its text: test_summaries
    assert listed == {
        **newest,
        "model_name": None,
        "tool_use_id": None,
        "sender": None,
        "payload_bytes": len(json.dumps(newest["payload"])),
        "payload_clipped": False,
        "unsaved_id": None,
    }


def test_an_event_equals_its_entry_in_the_list(
    served: Hookwatch, posted: list[dict[str, Any]]
) -> None:
    """A row that is opened must not turn into another."""
    listed = served.queryd.get("/api/events?limit=50").json()["events"]
    assert len(listed) == 50 < len(posted)
    for event in listed:
        assert served.queryd.get(f"/api/events/{event['id']}").json() == event


def test_filters_lists_every_value_with_its_count(
    served: Hookwatch, posted: list[dict[str, Any]]
) -> None:
    """The menus are made of it: a value that is missing there cannot be chosen."""

    def counted(column: str) -> list[dict[str, Any]]:
        values = [event[column] for event in posted if event[column] is not None]
        found = [{"value": value, "count": values.count(value)} for value in set(values)]
        return sorted(found, key=lambda entry: (-entry["count"], entry["value"]))

    filters = served.queryd.get("/api/filters").json()
    sessions = sorted(filters.pop("sessions"), key=lambda entry: str(entry["value"]))
    assert filters == {
        "counted": EVENTS,
        "event_types": counted("hook_event_type"),
        "source_apps": counted("source_app"),
        "tool_names": counted("tool_name"),
        "agent_ids": counted("agent_id"),
        "model_names": [],
        "agent_types": [],
    }
    by_session = {entry["value"]: entry["count"] for entry in counted("session_id")}
    assert [(entry["value"], entry["count"]) for entry in sessions] == sorted(by_session.items())
    assert [entry["last_event_at"] for entry in sessions] == [AT + 4_000] * 3


def test_filters_lists_models_and_agent_types_of_calls(both: Hookwatch) -> None:
    """Figures of tools are asked for by these: a name that no one knows is not asked for."""
    post_calls(
        both,
        made_call("Bash", AT + 60_000, model="opus"),
        made_call("Read", AT + 120_000, model="haiku", agent_type="Explore"),
        made_call("Read", AT + 180_000, model="opus", agent_type="Explore"),
    )
    filters = both.queryd.get("/api/filters").json()
    assert filters["model_names"] == ["haiku", "opus"]
    assert filters["agent_types"] == ["Explore"]


def test_a_large_payload_is_clipped_in_lists_and_whole_by_its_id(both: Hookwatch) -> None:
    """One Edit can be a megabyte: a hundred of them would stall the page; a detail must not lie."""
    body = {
        "session_id": "s",
        "hook_event_name": "PostToolUse",
        "tool_response": "é" * 1_000_000,
        "list": list(range(100)),
    }
    assert both.ingestd.post(body).status == 200
    wait_for(lambda: both.queryd.get("/api/health").json()["last_id"] == 1)
    (listed,) = both.queryd.get("/api/events").json()["events"]
    whole = both.queryd.get("/api/events/1").json()
    assert whole["payload"] == body
    assert whole["payload_clipped"] is False
    assert listed["payload_bytes"] == whole["payload_bytes"] == len(json.dumps(body))
    clipped = {
        "session_id": "s",
        "hook_event_name": "PostToolUse",
        "tool_response": "é" * 2_000 + "… [+998000 chars]",
        "list": [*range(50), "… [+50 items]"],
    }
    assert listed == {**whole, "payload": clipped, "payload_clipped": True}
    with event_stream(both.queryd.port, "/stream?after=0") as stream:
        (streamed,) = stream.events(1)
    assert streamed == {**listed, "stream_id": "1"}


BAD_PARAMETERS = [
    ("/api/events?limit=0", "limit", "expected `int` >= 1"),
    ("/api/events?limit=1001", "limit", "expected `int` <= 1000"),
    ("/api/events?limit=x", "limit", "expected a whole number"),
    ("/api/events?before=-1", "before", "expected `int` >= 0"),
    ("/api/events?before=x", "before", "expected a whole number"),
    ("/api/events?after=9999999999999999999", "after", "expected `int` <= 9223372036854775807"),
    ("/api/events?since=x", "since", "expected a whole number"),
    ("/api/events?until=1.5", "until", "expected a whole number"),
    ("/api/events?until=-1", "until", "expected `int` >= 0"),
    ("/api/events/0", "event_id", "expected `int` >= 1"),
    ("/api/events/-1", "event_id", "expected `int` >= 1"),
    (
        "/api/events/9223372036854775808",
        "event_id",
        "expected `int` <= 9223372036854775807",
    ),
]


def refusal(code: str, message: str, field: str | None = None) -> bytes:
    """Return the one error shape."""
    error = {"code": code, "message": message, "field": field}
    return json.dumps({"error": error}, separators=(",", ":"), ensure_ascii=False).encode()


@pytest.mark.parametrize(("asked", "field", "reason"), BAD_PARAMETERS)
def test_a_bad_parameter_is_named(served: Hookwatch, asked: str, field: str, reason: str) -> None:
    """Anyone who wrote the address can only mend what is named."""
    answer = served.queryd.get(asked)
    expected = refusal("invalid_parameter", f"{field}: {reason}", field)
    assert (answer.status, answer.body) == (400, expected)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ("/api/events?session=s1", "session"),
        ("/api/events/1?limit=1", "limit"),
        ("/api/filters?limit=1", "limit"),
        ("/api/health?verbose=1", "verbose"),
        ("/stream?before=1", "before"),
    ],
)
def test_an_unknown_parameter_is_refused(served: Hookwatch, asked: str, field: str) -> None:
    """A misspelt filter must not be ignored."""
    answer = served.queryd.get(asked)
    expected = refusal("unknown_parameter", f"{field}: unknown parameter", field)
    assert (answer.status, answer.body) == (400, expected)


def test_an_unknown_event_is_not_found(served: Hookwatch) -> None:
    """It was forgotten, or the link is of another log."""
    answer = served.queryd.get("/api/events/999999")
    expected = refusal("not_found", "event 999999 not found", "event_id")
    assert (answer.status, answer.body) == (404, expected)


SESSION_PARTS = ("agents", "calls", "call-kinds", "export", "files", "overview", "turns")
WRONG = [
    ("GET", "/api/events?limit=x", {}, 400),
    ("GET", "/api/events?nope=1", {}, 400),
    ("GET", "/api/events/x", {}, 404),
    ("GET", "/api/events/999999", {}, 404),
    ("GET", "/api/events?fields=nope", {}, 400),
    ("GET", "/api/unsaved/1", {}, 404),
    ("GET", "/api/filters?nope=1", {}, 400),
    ("GET", "/api/health?nope=1", {}, 400),
    ("GET", "/api/sessions?status=nope", {}, 400),
    ("GET", "/api/sessions?cursor=nope", {}, 400),
    ("GET", "/api/sessions/active?nope=1", {}, 400),
    ("GET", "/api/sessions/search", {}, 400),
    ("GET", "/api/sessions/search?q=%22npm", {}, 400),
    ("GET", "/api/sessions/search?q=npm&status=nope", {}, 400),
    ("POST", "/api/sign-in-codes?nope=1", {}, 400),
    ("GET", "/api/sign-in-codes", {}, 405),
    ("GET", "/api/sessions/nope", {}, 404),
    ("GET", "/api/tools/stats?range=2h", {}, 400),
    ("GET", "/api/tools/1?nope=1", {}, 400),
    ("GET", "/api/tools/1", {}, 404),
    ("GET", "/api/usage?by=nope", {}, 400),
    ("GET", "/api/usage?nope=1", {}, 400),
    ("GET", "/api/limits?nope=1", {}, 400),
    ("GET", "/api/api-health?range=2h", {}, 400),
    *(("GET", f"/api/sessions/nope/{part}", {}, 404) for part in SESSION_PARTS),
    ("GET", "/api/nope", {}, 404),
    ("GET", "/api", {}, 404),
    ("GET", "/stream?after=x", {}, 400),
    ("GET", "/stream", {"Last-Event-ID": "x"}, 400),
    ("GET", "/nope.js", {}, 404),
    ("GET", "/assets/nope.css", {}, 404),
    ("GET", "/docs/nope", {}, 404),
    ("GET", "/docs/openapi.yaml", {}, 404),
    *(
        (method, route, {}, 405)
        for method in ("POST", "PUT", "DELETE")
        for route in (
            "/",
            "/stream",
            "/api/events",
            "/api/events/1",
            "/api/unsaved/1",
            "/api/filters",
            "/api/health",
            "/api/sessions",
            "/api/sessions/active",
            "/api/sessions/1",
            "/api/timeline",
            "/api/digest",
            "/api/tools/stats",
            "/api/tools/1",
            "/api/usage",
            "/api/limits",
            "/api/api-health",
            *(f"/api/sessions/1/{part}" for part in SESSION_PARTS),
        )
    ),
    ("POST", "/docs", {}, 405),
    *(
        ("GET", route, headers, 403)
        for headers in ({"Host": "evil.example"}, {"Origin": "http://evil.example"})
        for route in ("/", "/stream", "/api/events", "/api/health", "/docs", "/docs/openapi.json")
    ),
]
INGEST_WRONG = [
    ("POST", "/events", {}, 400),
    ("POST", "/events", {"Content-Encoding": "br"}, 415),
    ("POST", "/events", {"Host": "evil.example"}, 403),
    ("GET", "/events", {}, 405),
    ("PUT", "/health", {}, 405),
    ("GET", "/unsaved?after=-1", {}, 400),
    ("GET", "/metrics", {"Origin": "http://evil.example"}, 403),
    ("GET", "/nope", {}, 404),
]


@pytest.mark.parametrize(
    ("daemon", "method", "asked", "headers", "status"),
    [("queryd", *case) for case in WRONG] + [("ingestd", *case) for case in INGEST_WRONG],
)
def test_every_refusal_has_the_same_shape(
    served: Hookwatch, daemon: str, method: str, asked: str, headers: dict[str, str], status: int
) -> None:
    """A client that can read one error can read all of them."""
    answer: Answer = getattr(served, daemon).ask(method, asked, headers=headers)
    assert answer.status == status
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert list(body) == ["error"]
    assert list(body["error"]) == ["code", "message", "field"]
    assert re.fullmatch("[a-z_]+", body["error"]["code"])
    assert body["error"]["message"]
    assert body["error"]["field"] is None or body["error"]["field"]


def test_every_route_has_an_invalid_request(served: Hookwatch) -> None:
    """A route that comes later must be walked as well."""
    document = served.queryd.get("/docs/openapi.json").json()
    walked = {asked.partition("?")[0] for _, asked, _, _ in WRONG}
    for route in document["paths"]:
        assert re.sub(r"\{[a-z_]+\}", "1", route) in walked, route


@pytest.mark.parametrize(
    ("method", "asked", "headers", "status"),
    [
        ("GET", "/", {}, 200),
        ("GET", "/sessions/some-session", {}, 200),
        ("GET", "/favicon.svg", {}, 200),
        ("GET", "/docs", {}, 200),
        ("GET", "/docs/openapi.json", {}, 200),
        ("GET", "/docs-assets/swagger-ui.css", {}, 200),
        ("GET", "/api/events", {}, 200),
        ("GET", "/api/filters", {}, 200),
        ("GET", "/api/health", {}, 200),
        ("GET", "/api/events?limit=x", {}, 400),
        ("GET", "/api/nope", {}, 404),
        ("GET", "/nope.js", {}, 404),
        ("GET", "/docs/nope", {}, 404),
        ("POST", "/api/events", {}, 405),
        ("GET", "/", {"Host": "evil.example"}, 403),
        ("GET", "/", {"Origin": "http://evil.example"}, 403),
        ("OPTIONS", "/api/events", {}, 204),
    ],
)
def test_every_response_has_the_security_headers(
    served: Hookwatch, method: str, asked: str, headers: dict[str, str], status: int
) -> None:
    """Payloads contain foreign text: if one ever ran as a script, it could connect nowhere."""
    if status == 200 and not asked.startswith("/api") and not (ROOT / "web" / "dist").exists():
        pytest.skip("the dashboard is not built")
    answer = served.queryd.ask(method, asked, headers=headers)
    assert answer.status == status
    assert security(served).items() <= answer.headers.items()


def test_a_stream_has_the_security_headers_and_is_not_cached(served: Hookwatch) -> None:
    """A proxy that buffers or stores a stream shows the past as the present."""
    with event_stream(served.queryd.port) as stream:
        found = {name: text for name, text in stream.headers.items() if name != "date"}
    assert found == {
        **security(served),
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-store",
        "x-accel-buffering": "no",
        "transfer-encoding": "chunked",
    }


def test_the_dev_servers_origin_needs_to_be_allowed(tmp_path: Path) -> None:
    """`make dev` serves the page from another port; any other page on the machine is foreign."""
    vite = "http://localhost:5173"
    with hookwatch(tmp_path / "data", "queryd", HOOKWATCH_ALLOWED_ORIGINS=vite) as running:
        answer = running.queryd.get("/api/events", Origin=vite)
        assert (answer.status, answer.headers["access-control-allow-origin"]) == (200, vite)
        assert answer.headers["vary"] == "Origin"
        refused = running.queryd.get("/api/events", Origin="http://localhost:5174")
        assert refused.status == 403
        assert "access-control-allow-origin" not in refused.headers


@pytest.mark.parametrize(
    "asked",
    ["/../pyproject.toml", "/%2e%2e/%2e%2e/pyproject.toml", "/..%2f..%2fMakefile", "//etc/passwd"],
)
def test_no_file_outside_the_build_is_served(served: Hookwatch, asked: str) -> None:
    """The folder above holds the sources, and the one above that whatever the user has."""
    answer = served.queryd.get(asked)
    assert b"[project]" not in answer.body
    assert b"PHONY" not in answer.body
    assert b"root:" not in answer.body


def test_the_docs_page_loads_nothing_from_outside(served: Hookwatch) -> None:
    """No request ever leaves the machine, not even for a script of the documentation."""
    page = served.queryd.get("/docs")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert re.findall(rb"(?:https?:)?//[a-z]", page.body) == []
    links = re.findall(rb'(?:src|href)="([^"]*)"', page.body)
    assert len(links) == 4
    assert all(link.startswith(b"/") for link in links)
    if not (ROOT / "web" / "dist").exists():
        pytest.skip("the dashboard is not built")
    for link in links:
        assert served.queryd.get(link.decode()).status == 200


def test_the_served_document_is_the_one_that_the_command_prints(served: Hookwatch) -> None:
    """The dashboard's types are made from the one, people read the other."""
    printed = subprocess.run(
        [sys.executable, "-m", "queryd", "openapi"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=True,
    )
    assert printed.stderr == ""
    answer = served.queryd.get("/docs/openapi.json")
    assert answer.headers["content-type"] == "application/vnd.oai.openapi+json"
    assert answer.json() == json.loads(printed.stdout)
