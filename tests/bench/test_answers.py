"""Test the requests of the measurement of answers, and the measurement itself."""

from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from bench.answers import measure_answers
from bench.generator.log import make_log
from bench.load import bodies
from bench.log_values import LogValues, read_log_values
from bench.queries import KINDS, QueryContext
from bench.work import ONLY_WITH_A_SERVER, measure_work
from queryd.fold.folding import Views, facts_of
from shared.reader import Reader

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
    answers = measure_answers(log, seconds=1, only="events", per_second=100)
    assert answers.failures() == []
    assert answers.load is not None
    assert answers.load.events > 0
    assert answers.rows()


def test_several_clients_send_requests_at_once(log: Path) -> None:
    """A page opens several requests at once, and several people several pages."""
    one = measure_answers(log, seconds=1, only="events: one", per_second=0)
    many = measure_answers(log, seconds=1, only="events: one", per_second=0, clients=4)
    assert one.load is many.load is None
    assert many.failures() == []
    taken = [kind.latencies for kind in (*one.kinds, *many.kinds)]
    assert all(it is not None for it in taken)
    assert many.per_second == sum(kind.requests for kind in many.kinds)


# Litestar takes the page's path, which one of its two routes lacks, for a query parameter.
@pytest.mark.filterwarnings(
    "ignore::litestar.exceptions.base_exceptions.LitestarDeprecationWarning"
)
def test_work_is_counted_of_each_kind_in_each_log(log: Path) -> None:
    """Every kind is answered from the views alone, and the same question costs the same steps."""
    with closing(Views(log.parent / "views.db")) as views, closing(Reader(log)) as reader:
        while events := reader.after(views.folded_id, limit=1_000):
            views.fold(facts_of(events))
    work = measure_work([log, log], requests=2)
    (_, first), (_, again) = work.logs
    assert set(first) == set(KINDS) - ONLY_WITH_A_SERVER
    rollups = [name for name in first if name.startswith("usage: all")]
    # Ranges end now, so a few rows may differ between the two.
    for name in rollups:
        assert first[name].steps == pytest.approx(again[name].steps, rel=0.05)
    assert all(first[name].steps > 0 for name in rollups)
    assert len(work.rows()) == len(first)


def test_no_kind_of_request_fails(log: Path) -> None:
    """A question that is refused is quick, and its figure a lie."""
    for group in ("timeline", "sessions", "tools"):
        assert measure_answers(log, seconds=1, only=group, per_second=10).failures() == []


def test_a_log_that_was_not_generated_is_not_posted_into(tmp_path: Path) -> None:
    """It may be a user's own."""
    with pytest.raises(SystemExit, match="was not made by"):
        measure_answers(tmp_path / "events.db", seconds=1, per_second=1)


def test_a_load_keeps_each_session_in_order() -> None:
    """A session that ends before it starts is not realistic."""
    source = bodies(1)
    seen: dict[int, list[bytes]] = {}
    for _ in range(2_000):
        number, body = next(source)
        seen.setdefault(number, []).append(body)
    assert all(b'"hook_event_name":"SessionStart"' in sent[0] for sent in seen.values())
    assert len(seen) > 40
