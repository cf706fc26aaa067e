"""Test the routes of usage, limits and API health."""

import time
from collections.abc import Iterator
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest

from tests.queryd.envelopes import Envelope
from tests.queryd.usage.request_bodies import T0, hook, line, message, record, request
from tests.running import Answer, Hookwatch, hookwatch, wait_for
from tests.sse import event_stream

DAY = 86_400
MIDNIGHT = T0 // 1000 // DAY * DAY - T0 // 1000
"""The second of T0's midnight in UTC, from T0."""
FIRST, LAST = T0 + 1000 * (MIDNIGHT - DAY), T0 + 1000 * (MIDNIGHT + 2 * DAY)
NAMES = ("requests", "input", "output", "cache_read", "cache_creation", "errors")


def envelopes() -> Iterator[Envelope]:
    """Yield two days of two projects: telemetry, transcripts, status lines, errors."""
    yield hook("UserPromptSubmit", MIDNIGHT - 7_200, session="s1", prompt="Fix the cart")
    yield request(MIDNIGHT - 3_600, usd=0.5, duration_ms=400, ttft_ms=90, tokens=(10, 20, 70, 20))
    yield request(MIDNIGHT + 60, request_id="req_2", usd=0.25, agent_id="a1", duration_ms=600)
    yield record("api_error", MIDNIGHT + 90, status_code=529, error="Overloaded", model="m")
    yield record("api_retries_exhausted", MIDNIGHT + 91, error="Overloaded", model="m")
    docs = {"session": "s2", "message_id": "m2", "request_id": "req_3"}
    yield hook("UserPromptSubmit", MIDNIGHT + 100, session="s2", cwd="/w/docs", prompt="Write")
    yield message(MIDNIGHT + 120, **docs, model="claude-haiku-4-5", tokens=(1000, 0, 0, 0))
    yield message(MIDNIGHT + 130, message_id="m3", request_id="r4", session="s2", model="strange")
    yield hook("UserPromptSubmit", MIDNIGHT + 200, session="s3", prompt="Draw")
    yield line(MIDNIGHT + 210, 0, session="s3")
    yield line(MIDNIGHT + DAY - 30, 2.0, session="s3", used=50_000, window=200_000)
    yield hook("StopFailure", MIDNIGHT + 300, session="s2", error="rate_limit")


@pytest.fixture(scope="module")
def usage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hookwatch]:
    """Run both daemons over these days."""
    with hookwatch(tmp_path_factory.mktemp("usage") / "data") as running:
        post(running, *envelopes())
        yield running


def post(running: Hookwatch, *events: Envelope) -> None:
    """Post events as of their times, and wait until they are in the views."""
    for event in events:
        at = str(event.get("at", 0))
        body = {name: value for name, value in event.items() if name != "at"}
        assert running.ingestd.post(body, **{"X-Fired-At": at}).status == 200
    last_id = running.ingestd.get("/health").json()["last_id"]
    wait_for(lambda: running.queryd.get("/api/health").json()["views"]["folded_id"] == last_id)


def ask(running: Hookwatch, path: str, **parameters: Any) -> Answer:
    """Request a path, by default for both days."""
    whole = (
        {} if {"range", "since", "until"} & parameters.keys() else {"since": FIRST, "until": LAST}
    )
    return running.queryd.get(f"{path}?{urlencode({**whole, **parameters}, doseq=True)}")


def rows(running: Hookwatch, by: str, **parameters: Any) -> list[tuple[Any, ...]]:
    """Return key, cost, source and number of requests of each row."""
    body = ask(running, "/api/usage", by=by, **parameters).json()
    return [(it["key"], it["cost_usd"], it["cost_source"], it["requests"]) for it in body["rows"]]


def test_usage_by_day(usage: Hookwatch) -> None:
    """The default."""
    assert rows(usage, "day") == [
        ("2026-11-17", 0.5, "otlp", 1),
        ("2026-11-18", 2.251, "mixed", 3),
    ]


def test_days_start_at_the_readers_midnight(usage: Hookwatch) -> None:
    """An evening in New York is another day in UTC."""
    utc = [row[3] for row in rows(usage, "day")]
    assert utc == [1, 3]
    assert [row[3] for row in rows(usage, "day", utc_offset_minutes=330)] == [4, 0]
    assert [row[3] for row in rows(usage, "day", utc_offset_minutes=-300)] == [4, 0]


def test_usage_by_model(usage: Hookwatch) -> None:
    """The costliest first, unpriced models included."""
    assert rows(usage, "model") == [
        ("claude-opus-5-5", 2.75, "mixed", 2),
        ("claude-haiku-4-5", 0.001, "transcript", 1),
        ("strange", None, None, 1),
        ("m", None, None, 0),
    ]


def test_usage_by_project(usage: Hookwatch) -> None:
    """Telemetry names no project; its session does."""
    assert rows(usage, "project") == [
        ("shop", 2.75, "mixed", 2),
        ("docs", 0.001, "transcript", 2),
    ]


def test_usage_by_agent_type(usage: Hookwatch) -> None:
    """How much of it was delegated."""
    assert rows(usage, "agent_type") == [
        (None, 2.501, "mixed", 3),
        ("Explore", 0.25, "otlp", 1),
    ]


def test_usage_by_session_comes_in_pages(usage: Hookwatch) -> None:
    """A year has a hundred thousand of them."""
    whole = ask(usage, "/api/usage", by="session").json()
    assert [(it["key"], it["label"], it["cost_usd"]) for it in whole["rows"]] == [
        ("s3", "Draw", 2.0),
        ("s1", "Fix the cart", 0.75),
        ("s2", "Write", 0.001),
    ]
    paged, cursor = [], None
    while True:
        more: dict[str, str] = {} if cursor is None else {"cursor": cursor}
        page = ask(usage, "/api/usage", by="session", limit=1, **more).json()
        paged += page["rows"]
        assert page["total"] == whole["total"]
        if (cursor := page["next"]) is None:
            break
    assert paged == whole["rows"]


@pytest.mark.parametrize("by", ["day", "hour", "model", "project", "session", "agent_type"])
@pytest.mark.parametrize(
    "filters",
    [
        {},
        {"model": "claude-opus-5-5"},
        {"source_app": "shop"},
        {"without_source_app": "shop"},
        {"session_id": ["s1", "s2"]},
        {"source_app": "shop", "model": ["claude-opus-5-5", "m"]},
        {"since": FIRST + 1, "until": LAST - 7},
        {"since": FIRST, "until": T0 + 1000 * (MIDNIGHT + 125)},
        {"range": "all"},
        {"utc_offset_minutes": 345},
    ],
    ids=str,
)
def test_rows_and_series_add_up_to_the_total(
    usage: Hookwatch, by: str, filters: dict[str, Any]
) -> None:
    """Roll-ups, ends of ranges and single requests must be one and the same."""
    body = ask(usage, "/api/usage", by=by, **filters).json()
    for name in NAMES:
        assert sum(row[name] for row in body["rows"]) == body["total"][name], name
    for name in NAMES[:-1]:
        assert sum(point[name] for point in body["series"]) == body["total"][name], name
    costs = [row["cost_usd"] or 0 for row in body["rows"]]
    assert sum(costs) == pytest.approx(body["total"]["cost_usd"] or 0)
    assert all(one["at"] <= other["at"] for one, other in pairwise(body["series"]))


def test_totals_count_what_they_exclude(usage: Hookwatch) -> None:
    """The user must see that a total is incomplete."""
    total = ask(usage, "/api/usage").json()["total"]
    assert total == {
        "cost_usd": 2.751,
        "cost_source": "mixed",
        "requests": 4,
        "input": 1030,
        "output": 60,
        "cache_read": 130,
        "cache_creation": 100,
        "cache_hit_ratio": 130 / 1260,
        "unpriced_requests": 1,
        "errors": 2,
    }


def test_without_requests_the_cost_is_unknown(usage: Hookwatch) -> None:
    """A cost of 0 would be a claim."""
    total = ask(usage, "/api/usage", source_app="unknown").json()["total"]
    assert (total["cost_usd"], total["cache_hit_ratio"], total["requests"]) == (None, None, 0)


def test_api_health(usage: Hookwatch) -> None:
    """Errors by kind, each reported once, and how long answers took."""
    body = ask(usage, "/api/api-health").json()
    kinds = [(it["kind"], it["count"]) for it in body["by_error"]]
    assert kinds == [("overloaded", 1), ("rate_limit", 1)]
    for it in body["by_error"]:
        event = usage.queryd.get(f"/api/events/{it['event_id']}").json()
        assert event["timestamp"] == it["last_at"]
    counts = (body["requests"], body["errors"], body["retries_exhausted"])
    assert counts == (4, 2, 1)
    assert body["latency"]["p50_ms"] == pytest.approx(400, rel=0.01)
    assert body["latency"]["p99_ms"] == pytest.approx(600, rel=0.01)
    assert body["ttft"]["p50_ms"] == pytest.approx(90, abs=1)
    assert body["by_model"][0]["model"] == "claude-opus-5-5"
    assert sum(it["requests"] for it in body["series"]) == 4
    assert sum(it["errors"] for it in body["series"]) == 2


def test_without_requests_the_latency_is_unknown(usage: Hookwatch) -> None:
    """A latency of 0 would be very good news."""
    body = ask(usage, "/api/api-health", since=1, until=2).json()
    assert (body["requests"], body["latency"], body["ttft"]) == (0, None, None)
    assert body["cache_hit_ratio"] is None


def test_sessions_carry_context_cost_and_tokens(usage: Hookwatch) -> None:
    """In the list, alone and by agent, the same."""
    listed = {it["session_id"]: it for it in usage.queryd.get("/api/sessions").json()["sessions"]}
    for session_id, row in listed.items():
        alone = usage.queryd.get(f"/api/sessions/{session_id}").json()["session"]
        assert {key: alone[key] for key in ("context", "cost", "tokens", "compactions")} == {
            key: row[key] for key in ("context", "cost", "tokens", "compactions")
        }
    assert listed["s3"]["cost"] == {
        "usd": 2.0,
        "source": "status_line",
        "others": [],
        "disagrees": False,
        "unpriced_requests": 0,
    }
    assert listed["s3"]["context"]["used_percent"] == 25.0
    assert listed["s3"]["tokens"] is None
    assert listed["s1"]["tokens"] == {
        "input": 20,
        "output": 40,
        "cache_read": 100,
        "cache_creation": 60,
    }


def test_a_session_message_follows_when_figures_change(usage: Hookwatch) -> None:
    """The bar moves with the status line, at once."""
    now = (time.time_ns() // 1_000_000 - T0) / 1000
    post(usage, hook("UserPromptSubmit", now, session="live", prompt="Go"))
    with event_stream(usage.queryd.port, "/stream?events=none") as stream:
        messages = stream.messages()
        assert next(messages).name == "hello"
        post(usage, line(now + 1, 0.75, session="live", used=50_000, window=200_000))
        for reported in messages:
            row = reported.json()
            if row.get("session_id") == "live" and row["cost"] is not None:
                assert (row["cost"]["usd"], row["context"]["used_percent"]) == (0.75, 25.0)
                break


def test_limits(usage: Hookwatch) -> None:
    """The account's, whichever session reports them."""
    now = time.time_ns() // 1_000_000
    later = now // 1000 + 3_600
    rates = {"five_hour": {"used_percentage": 23.5, "resets_at": later}}
    post(usage, line((now - T0) / 1000, session="s9", rate_limits=rates))
    body = usage.queryd.get("/api/limits").json()
    assert body["seven_day"] is None
    assert body["five_hour"] == {
        "name": "five_hour",
        "used_percent": 23.5,
        "resets_at": later * 1000,
        "expired": False,
        "as_of": now,
        "reaches_full_at": None,
        "session_id": "s9",
        "used_usd": None,
        "limit_usd": None,
    }


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/api/usage?by=week", "by"),
        ("/api/usage?range=2h", "range"),
        ("/api/usage?range=1h&since=5", "range"),
        ("/api/usage?since=5&until=4", "since"),
        ("/api/usage?model_name=x", "model_name"),
        ("/api/usage?utc_offset_minutes=7", "utc_offset_minutes"),
        ("/api/usage?utc_offset_minutes=900", "utc_offset_minutes"),
        ("/api/usage?by=session&cursor=nonsense", "cursor"),
        ("/api/usage?by=hour&since=0", "by"),
        ("/api/usage?limit=0", "limit"),
        ("/api/limits?range=1h", "range"),
        ("/api/api-health?by=day", "by"),
        ("/api/api-health?range=x", "range"),
    ],
)
def test_an_invalid_parameter_is_refused(usage: Hookwatch, path: str, field: str) -> None:
    """A misspelt filter that did nothing would look like an answer."""
    answer = usage.queryd.get(path)
    assert answer.status == 400
    assert msgspec.json.decode(answer.body)["error"]["field"] == field
