"""Hold the questions to the API they ask."""

from pathlib import Path
from random import Random

import pytest

from bench.answers import measure_answers
from bench.facts import Facts, facts_of
from bench.load import bodies
from bench.questions import KINDS, Asking
from bench.years.made import make_log

END_MS = 1_795_000_000_000


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("log") / "events.db"
    make_log(made, 4_000, seed=1, end_ms=END_MS, words=30_000)
    return made


@pytest.fixture(scope="module")
def facts(log: Path) -> Facts:
    return facts_of(log)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_asks_for_what_the_log_has(facts: Facts, kind: str) -> None:
    """A question about nothing is answered at once, and measures nothing."""
    ask = Asking(facts, Random(1), {})
    paths = {KINDS[kind](ask) for _ in range(50)}
    assert all(path.startswith("/api/") and "None" not in path for path in paths)


def test_pages_are_turned_to_the_end_and_then_from_the_start(facts: Facts) -> None:
    """Deep pages are where paging gets slow."""
    ask = Asking(facts, Random(1), {})
    first = KINDS["search: deep pages"](ask)
    ask.learn("search: deep pages", {"events": [], "next_before": 77})
    assert KINDS["search: deep pages"](ask) == f"{first}&before=77"
    ask.learn("search: deep pages", {"events": [], "next_before": None})
    assert KINDS["search: deep pages"](ask) == first


def test_events_are_answered_while_others_arrive(log: Path) -> None:
    """The measurement itself runs: every question good, and the load there."""
    answers = measure_answers(log, seconds=1, only="events", per_second=100)
    assert answers.failures() == []
    assert answers.arrived is not None
    assert answers.arrived.events > 0
    assert answers.rows()


def test_every_kind_is_answered(log: Path) -> None:
    """A question that is refused is quick, and its figure a lie."""
    for group in ("timeline", "sessions", "tools"):
        assert measure_answers(log, seconds=1, only=group, per_second=10).failures() == []


def test_an_unmade_log_is_not_posted_into(tmp_path: Path) -> None:
    """It may be somebody's years."""
    with pytest.raises(SystemExit, match="was not made by"):
        measure_answers(tmp_path / "events.db", seconds=1, per_second=1)


def test_a_load_keeps_each_session_in_order() -> None:
    """A session that ends before it starts is not realistic."""
    source = bodies(1)
    seen: dict[int, list[bytes]] = {}
    for _ in range(2_000):
        number, body = next(source)
        seen.setdefault(number, []).append(body)
    assert all(b'"hook_event_name":"SessionStart"' in told[0] for told in seen.values())
    assert len(seen) > 40
