"""Test the requests of the latency measurement, and the measurement itself."""

from pathlib import Path
from random import Random

import pytest

from bench.generator.log import make_log
from bench.latency import measure_latency
from bench.load import bodies
from bench.log_values import LogValues, read_log_values
from bench.queries import KINDS, QueryContext

END_MS = 1_795_000_000_000


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("log") / "events.db"
    make_log(made, 4_000, seed=1, end_ms=END_MS, words=30_000)
    return made


@pytest.fixture(scope="module")
def values(log: Path) -> LogValues:
    return read_log_values(log)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_requests_values_of_the_log(values: LogValues, kind: str) -> None:
    """A question about nothing is answered at once, and measures nothing."""
    context = QueryContext(values, Random(1), {})
    paths = {KINDS[kind](context) for _ in range(50)}
    assert all(path.startswith("/api/") and "None" not in path for path in paths)


def test_paging_goes_to_the_last_page_and_then_starts_again(values: LogValues) -> None:
    """Deep pages are where paging gets slow."""
    context = QueryContext(values, Random(1), {})
    first = KINDS["search: deep pages"](context)
    context.save_cursor("search: deep pages", {"events": [], "next_before": 77})
    assert KINDS["search: deep pages"](context) == f"{first}&before=77"
    context.save_cursor("search: deep pages", {"events": [], "next_before": None})
    assert KINDS["search: deep pages"](context) == first


def test_events_are_served_while_others_arrive(log: Path) -> None:
    """The measurement itself runs: every question good, and the load there."""
    answers = measure_latency(log, seconds=1, only="events", per_second=100)
    assert answers.failures() == []
    assert answers.load is not None
    assert answers.load.events > 0
    assert answers.rows()


def test_no_kind_of_request_fails(log: Path) -> None:
    """A question that is refused is quick, and its figure a lie."""
    for group in ("timeline", "sessions", "tools"):
        assert measure_latency(log, seconds=1, only=group, per_second=10).failures() == []


def test_a_log_that_was_not_generated_is_not_posted_into(tmp_path: Path) -> None:
    """It may be a user's own."""
    with pytest.raises(SystemExit, match="was not made by"):
        measure_latency(tmp_path / "events.db", seconds=1, per_second=1)


def test_a_load_keeps_each_session_in_order() -> None:
    """A session that ends before it starts is not realistic."""
    source = bodies(1)
    seen: dict[int, list[bytes]] = {}
    for _ in range(2_000):
        number, body = next(source)
        seen.setdefault(number, []).append(body)
    assert all(b'"hook_event_name":"SessionStart"' in sent[0] for sent in seen.values())
    assert len(seen) > 40
