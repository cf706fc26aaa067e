"""Hold the demo's records to what Claude Code reports: shapes, sums, limits."""

from __future__ import annotations

import json
from itertools import islice, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connect.demo.account import HOUR_MS, Account, LimitWindow
from connect.demo.models import MODELS
from connect.demo.records import export
from connect.demo.story import generate_story
from connect.demo.usage import UsageMeter
from tests.connect.shapes import Shape, kind

if TYPE_CHECKING:
    from connect.demo.records import DemoRecord

pytestmark = pytest.mark.timeout(120)

SAMPLES = Path(__file__).parent.parent / "samples"
NOW_MS = 1_795_900_000_000
SEEDS = st.integers(0, 2**32 - 1)
lawful = settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
# Not in the samples: worktrees, models without effort, lost caches; the client's documentation and
# binary have them.
UNSEEN = {
    ".workspace.git_worktree was never seen",
    ".effort is missing",
    ".prompt_cache.last_miss_at is number, seen ['null']",
    ".prompt_cache.last_miss_cause is object, seen ['null']",
    *(
        f".prompt_cache.miss_causes.{cause} was never seen"
        for cause in ("ttl_expired_5m", "tools_changed", "model_changed")
    ),
}


def records(seed: int, count: int = 1000) -> list[DemoRecord]:
    meter = UsageMeter(Account(used_percent=(40.0, 20.0)))
    return [
        record
        for event in islice(generate_story(seed, 6), count)
        for record in meter.records(event, NOW_MS + event.at_ms)
    ]


def of_kind(kind: str, played: list[DemoRecord]) -> list[DemoRecord]:
    return [record for record in played if record.kind == kind]


def lines(name: str) -> list[Any]:
    text = (SAMPLES / name).read_text("utf-8")
    return [json.loads(line) for line in text.split("\n") if line]


def captured_events(event_name: str) -> list[Any]:
    """Return the log records of one type that Claude Code sent."""
    return [
        record
        for path in sorted((SAMPLES / "otlp").glob("logs_?.jsonl"))
        for body in lines(f"otlp/{path.name}")
        for resource in body["resourceLogs"]
        for scope in resource["scopeLogs"]
        for record in scope["logRecords"]
        if attributes(record)["event.name"] == {"stringValue": event_name}
    ]


def attributes(record: Any) -> dict[str, Any]:
    return {it["key"]: it["value"] for it in record["attributes"]}


@lawful
@given(SEEDS)
def test_a_status_line_has_the_keys_and_types_of_the_clients(seed: int) -> None:
    """A view built on the demo must work on the real thing."""
    shape = Shape()
    for body in lines("statusline.jsonl") + lines("statusline_ratelimits.jsonl"):
        shape.learn(body)
    played = of_kind("status_line", records(seed))
    assert {fault for record in played for fault in shape.faults(record.body)} <= UNSEEN
    assert played


@lawful
@given(SEEDS)
@pytest.mark.parametrize("event_name", ["api_request", "api_error", "api_retries_exhausted"])
def test_an_event_of_telemetry_has_the_attributes_and_types_of_the_clients(
    event_name: str, seed: int
) -> None:
    """Also integers as JSON numbers, which OTLP's own JSON does not have."""
    known: dict[str, set[str]] = {}
    for record in captured_events(event_name):
        for name, value in attributes(record).items():
            known.setdefault(name, set()).update(f"{key} {kind(it)}" for key, it in value.items())
    # An error of a subagent's request was not captured.
    known |= {name: {"stringValue string"} for name in ("agent.name", "agent_id")}
    for played in of_kind(event_name, records(seed)):
        (log_record,) = export(played)["resourceLogs"][0]["scopeLogs"][0]["logRecords"]
        for name, value in attributes(log_record).items():
            assert {f"{key} {kind(it)}" for key, it in value.items()} <= known[name], name
        required = {"session.id", "event.sequence", "model", "query_source"}
        assert required <= attributes(log_record).keys()


@lawful
@given(SEEDS)
def test_the_status_line_shows_the_sum_of_the_requests(seed: int) -> None:
    """Two sources that disagree would look like a fault of the dashboard."""
    sums: dict[str, float] = {}
    for record in records(seed):
        sums.setdefault(record.session_id, 0.0)
        if record.kind == "api_request":
            sums[record.session_id] += record.body["cost_usd"]
        elif record.kind == "status_line":
            total = record.body["cost"]["total_cost_usd"]
            assert total == pytest.approx(sums[record.session_id], abs=1e-5)
    assert max(sums.values()) > 0.1


@lawful
@given(SEEDS)
def test_a_cost_is_that_of_its_tokens_and_no_prompt_exceeds_its_window(seed: int) -> None:
    """Prices that only nearly fit would show up as unexplained."""
    for record in of_kind("api_request", records(seed)):
        body, model = record.body, MODELS[record.body["model"]]
        cost = (
            body["input_tokens"] * model.input_usd
            + body["output_tokens"] * model.output_usd
            + body["cache_creation_tokens"] * model.cache_write_usd
            + body["cache_read_tokens"] * model.cache_read_usd
        ) / 1e6
        assert body["cost_usd"] == pytest.approx(cost, abs=1e-6)
        prompt = sum(body[f"{it}_tokens"] for it in ("input", "cache_creation", "cache_read"))
        assert prompt <= model.window_tokens


@lawful
@given(SEEDS)
def test_telemetry_numbers_a_sessions_events_without_a_gap(seed: int) -> None:
    """A gap would pass for a lost record."""
    numbers: dict[str, list[int]] = {}
    for record in records(seed):
        if record.kind != "status_line":
            numbers.setdefault(record.session_id, []).append(record.body["event.sequence"])
    for counted in numbers.values():
        assert counted == list(range(counted[0], counted[0] + len(counted)))


def test_some_requests_are_retried_and_some_fail_for_good() -> None:
    """API health has nothing to show without either."""
    played = [record for seed in range(3) for record in records(seed, 2500)]
    errors = of_kind("api_error", played)
    exhausted = of_kind("api_retries_exhausted", played)
    assert exhausted
    assert {error.body["status_code"] for error in errors} == {429, 529}
    assert len(errors) > sum(record.body["total_attempts"] for record in exhausted)


def test_context_grows_until_a_compaction_empties_it() -> None:
    """A context that never moves, or never falls, would not show what the column is for."""
    sizes: dict[str, list[int | None]] = {}
    for record in of_kind("status_line", records(5, 3000)):
        used = record.body["context_window"]["used_percentage"]
        sizes.setdefault(record.session_id, []).append(used)
    known = [[it for it in sizes_of if it is not None] for sizes_of in sizes.values()]
    assert max(max(it, default=0) for it in known) >= 80
    drops = [
        (before, after) for it in known for before, after in pairwise(it) if after < before / 2
    ]
    assert drops


def test_a_limit_fills_with_the_cost_and_starts_anew_when_its_time_is_over() -> None:
    """The five hours of the account are the same for all sessions."""
    window = LimitWindow(5 * HOUR_MS, full_usd=50.0, used_percent=0.0)
    window.spend(10.0, NOW_MS)
    first = window.figures()
    assert first["used_percentage"] == 20.0
    assert NOW_MS < first["resets_at"] * 1000 <= NOW_MS + 5 * HOUR_MS
    window.spend(200.0, NOW_MS + HOUR_MS)
    assert window.figures() == {**first, "used_percentage": 99.0}
    window.spend(5.0, NOW_MS + 6 * HOUR_MS)
    assert window.figures()["used_percentage"] == 10.0
    assert window.figures()["resets_at"] > first["resets_at"]
