"""Hold the roll-up to the calls: any figure equals what adding up the calls gives."""

import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from math import ceil
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from queryd.calls import rollup
from queryd.calls.error_clusters import error_clusters, last_failure
from queryd.calls.figures import CallFigures, CallSelection, CallTotals
from queryd.calls.rollup import VIEW
from queryd.calls.slow_calls import slowest
from queryd.store.fact import Call, CallChanges, CallTransition, Outcome
from queryd.store.periods import MINUTE_MS, bucket_for, floor_to
from queryd.store.sketch import ERROR
from queryd.store.store import Database, ViewReader
from queryd.summaries.tools import mcp_server
from tests.queryd.calls.call_views import open_views, reader, store_calls

FIRST_MINUTE = 28_995_840
"""The minute in which the made-up calls start: the first of four weeks."""
LONG = 12 * 10_080
TOOLS = ["Bash", "Read", "mcp__db__query", "mcp__db__list", "mcp__web__open"]
CHOICES: dict[str, list[str | None]] = {
    "source_app": [None, "shop", "blög"],
    "model_name": [None, "opus", "haiku"],
    "agent_type": [None, "Explore"],
}
TABLES = {
    "rollup": "SELECT * FROM rollup ORDER BY grain, start, cell",
    "rollup_cell": "SELECT * FROM rollup_cell ORDER BY id",
}
Story = tuple[Call, list[Outcome]]


def story(rng: random.Random, number: int, spread: int) -> Story:
    """Return a call, and the outcomes it went through; the last one is the call's."""
    closed: list[Outcome] = ["succeeded", "failed", "denied", "interrupted"]
    way: list[Outcome] = ["running"] if rng.random() < 0.9 else [rng.choice(closed)]
    if way == ["running"] and rng.random() < 0.9:
        way.append(rng.choice(closed))
    if way[-1] == "interrupted" and rng.random() < 0.5:
        way.append(rng.choice(["succeeded", "failed"]))
    ran = way[-1] in {"succeeded", "failed"} and rng.random() < 0.9
    error = rng.choice([None, "no such file 1", "no such file 2", "boom"])
    started_at = FIRST_MINUTE * MINUTE_MS + rng.randrange(spread * MINUTE_MS)
    made = Call(
        id=number,
        session_id=f"s{rng.randrange(4)}",
        tool_use_id=f"t{number}",
        tool_name=rng.choice(TOOLS),
        outcome=way[-1],
        started_at=started_at,
        duration_ms=rng.choice([0, 3, rng.randrange(100_000), 10**9]) if ran else None,
        waiting_ms=rng.randrange(1_000) if ran else None,
        error=error if way[-1] == "failed" else None,
        error_key=error[:7] if way[-1] == "failed" and error else None,
        first_event_id=2 * number,
        last_event_id=2 * number + 1,
        source_app=rng.choice(CHOICES["source_app"]),
        model_name=rng.choice(CHOICES["model_name"]),
        agent_type=rng.choice(CHOICES["agent_type"]),
    )
    return made, way


def transitions_of(stories: Sequence[Story], rng: random.Random) -> list[CallTransition]:
    """Return the transitions of all calls in order, interleaved as concurrent sessions do."""
    waiting = [list(zip([None, *way], way, strict=False)) for _, way in stories]
    places = [place for place, ways in enumerate(waiting) for _ in ways]
    places.sort(key=lambda place: (stories[place][0].started_at // 600_000, rng.random()))
    return [_transition(stories[place][0], waiting[place]) for place in places]


def _transition(call: Call, waiting: list[tuple[Outcome | None, Outcome]]) -> CallTransition:
    was, now = waiting.pop(0)
    if waiting:
        return CallTransition(call, was, now)
    return CallTransition(call, was, now, call.duration_ms, call.waiting_ms or 0)


def fold(
    database: Database, transitions: Sequence[CallTransition], sizes: Callable[[], int]
) -> None:
    """Fold the transitions in batches of these sizes."""
    place = 0
    while place < len(transitions):
        size = sizes()
        batch = [CallChanges([step]) for step in transitions[place : place + size]]
        with database.transaction():
            rollup.fold(database, batch)
        place += size


def fold_in_vain(database: Database, transitions: Sequence[CallTransition]) -> None:
    """Fold all transitions, and fail before they are committed."""
    with database.transaction():
        rollup.fold(database, [CallChanges([step]) for step in transitions])
        raise OSError("full")


def rows(database: Database) -> dict[str, list[Any]]:
    """Return all that the roll-up's tables hold."""
    return {name: database.fetch(sql) for name, sql in TABLES.items()}


@contextmanager
def views_of(
    stories: Sequence[Story], rng: random.Random
) -> Iterator[tuple[ViewReader, list[Call]]]:
    """Make views of these stories; give a reader, and the calls."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "views.db"
        database = open_views(path)
        calls = [call for call, _ in stories]
        store_calls(database, calls)
        fold(database, transitions_of(stories, rng), lambda: rng.randint(1, 40))
        database.close()
        views = reader(path)
        yield views, calls
        views.close()


def wanted_by(rng: random.Random, spread: int) -> CallSelection:
    """Return a range and filters that no one would have thought of."""
    first = FIRST_MINUTE + rng.randrange(-10, spread)
    end = first + rng.choice([1, rng.randrange(1, spread), 2 * spread])

    def some(values: Sequence[str | None]) -> tuple[str, ...]:
        return tuple(value or "" for value in rng.sample(values, rng.choice([0, 0, 0, 1, 2])))

    return CallSelection(
        first=first,
        end=end,
        tool_name=some(TOOLS),
        mcp_server=some(["db", "web", ""]),
        session_id=some(["s0", "s1", "s9"]) if rng.random() < 0.4 else (),
        **{name: some(values) for name, values in CHOICES.items()},
    )


def chosen(calls: Sequence[Call], wanted: CallSelection) -> list[Call]:
    """Return the calls that are wanted, found by looking at each."""
    return [
        call
        for call in calls
        if wanted.first <= call.started_at // MINUTE_MS < wanted.end
        and (not wanted.mcp_server or (mcp_server(call.tool_name) or "") in wanted.mcp_server)
        and all(
            not accepted or (getattr(call, name) or "") in accepted
            for name in ("tool_name", "session_id", *CHOICES)
            for accepted in [getattr(wanted, name)]
        )
    ]


def bucket_in(size: int, call: Call) -> int:
    """Return the bucket that a call counts in."""
    return floor_to(call.started_at // MINUTE_MS, size)


def check(found: CallTotals, calls: Sequence[Call]) -> None:
    """Hold a sum to its calls."""
    for outcome in ("succeeded", "failed", "denied", "interrupted", "running"):
        assert getattr(found, outcome) == sum(call.outcome == outcome for call in calls)
    assert found.calls == len(calls)
    durations = sorted(call.duration_ms for call in calls if call.duration_ms is not None)
    assert found.durations.max_ms == (durations[-1] if durations else None)
    waited = [call.waiting_ms for call in calls if call.waiting_ms is not None]
    assert found.waiting_ms == (sum(waited) if waited else None)
    for fraction in (0.0, 0.5, 0.9, 0.99, 1.0):
        (quantile,) = found.durations.quantiles(fraction)
        if not durations:
            assert quantile is None
        else:
            exact = durations[max(1, ceil(fraction * len(durations))) - 1]
            assert quantile is not None
            assert abs(quantile - exact) <= exact * ERROR * 1.000001 + 0.5


def check_groups(
    found: dict[Any, CallTotals], calls: Sequence[Call], key: Callable[[Call], Any]
) -> None:
    """Hold sums by a key to their calls; there are no empty ones."""
    assert set(found) == {key(call) for call in calls}
    for each, total in found.items():
        check(total, [call for call in calls if key(call) == each])


seeds = st.tuples(
    st.integers(0, 2**32), st.integers(0, 150), st.sampled_from([3, 300, 5_000, LONG])
)
laws = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@laws
@given(seeds)
def test_every_figure_equals_the_sum_over_the_calls(seed: tuple[int, int, int]) -> None:
    """A roll-up is worth nothing if its figures cannot be trusted."""
    rng, count, spread = random.Random(seed[0]), seed[1], seed[2]
    with views_of([story(rng, number, spread) for number in range(count)], rng) as (views, calls):
        for _ in range(8):
            wanted = wanted_by(rng, spread)
            of = chosen(calls, wanted)
            figures = CallFigures(views, wanted, now=0)
            bucket = bucket_for(wanted.first, wanted.end)
            check_groups(figures.by_tool(), of, lambda call: call.tool_name)
            check_groups(figures.by_agent_type(), of, lambda call: call.agent_type or "")
            check_groups(
                figures.by_bucket(bucket),
                of,
                partial(bucket_in, bucket),
            )


@laws
@given(seeds)
def test_slow_and_failed_calls_are_those_of_a_full_scan(seed: tuple[int, int, int]) -> None:
    """The slowest of ten would be the wrong ten, and no one would notice."""
    rng, count, spread = random.Random(seed[0]), seed[1], seed[2]
    with views_of([story(rng, number, spread) for number in range(count)], rng) as (views, calls):
        for _ in range(4):
            wanted = msgspec.structs.replace(wanted_by(rng, spread), tool_name=(TOOLS[0],))
            wanted = msgspec.structs.replace(wanted, mcp_server=())
            of = chosen(calls, wanted)
            found = slowest(views, wanted, TOOLS[0], limit=3)
            assert [call.tool_use_id for call in found] == _slowest_of(of, 3)
            failed = sorted(
                (call for call in of if call.outcome == "failed"),
                key=lambda call: (call.started_at, call.id),
            )
            _check_clusters(views, wanted, failed)
            total = CallFigures(views, wanted, now=0).by_tool().get(TOOLS[0], CallTotals())
            assert (total.failed_in is None) == (not failed)
            if total.failed_in is not None:
                last = last_failure(views, wanted, TOOLS[0], *total.failed_in)
                assert last is not None
                assert last.event_id == failed[-1].last_event_id


def _slowest_of(calls: Sequence[Call], most: int) -> list[str]:
    timed = [(call.duration_ms, call.started_at, call.id, call.tool_use_id) for call in calls]
    ordered = sorted((each for each in timed if each[0] is not None), reverse=True)
    return [each[3] for each in ordered[:most]]


def _check_clusters(views: ViewReader, wanted: CallSelection, failed: Sequence[Call]) -> None:
    clusters, kinds = error_clusters(views, wanted, TOOLS[0], limit=20)
    assert kinds == len(clusters) == len({call.error_key for call in failed})
    for cluster in clusters:
        same_error = [call for call in failed if call.error_key == cluster.error_key]
        assert cluster.count == len(same_error)
        assert cluster.sessions == len({call.session_id for call in same_error})
        assert cluster.last_event_id == same_error[-1].last_event_id
        assert cluster.error == same_error[-1].error


@laws
@given(seeds, st.integers(0, 2**32))
def test_any_batches_give_the_same_tables(seed: tuple[int, int, int], cut: int) -> None:
    """Views that are rebuilt, or resumed after kill -9, are the views there were."""
    rng, count, spread = random.Random(seed[0]), seed[1], seed[2]
    stories = [story(rng, number, spread) for number in range(count)]
    transitions = transitions_of(stories, rng)
    found = []
    cuts = random.Random(cut)
    for sizes in (lambda: 1, lambda: 10_000, lambda: cuts.randint(1, 30)):
        database = Database.in_memory()
        database.run(VIEW.tables)
        fold(database, transitions, sizes)
        found.append(rows(database))
        database.close()
    assert found[0] == found[1] == found[2]


def test_a_rolled_back_batch_changes_nothing() -> None:
    """A full disk comes in the middle of a batch; the batch is folded again later."""
    rng = random.Random(6)
    transitions = transitions_of([story(rng, number, LONG) for number in range(200)], rng)
    tables = []
    for failing in (False, True):
        database = Database.in_memory()
        database.run(VIEW.tables)
        fold(database, transitions[:20], lambda: 7)
        if failing:
            with pytest.raises(OSError, match="full"):
                fold_in_vain(database, transitions)
        fold(database, transitions[20:], lambda: 50)
        tables.append(rows(database))
        database.close()
    assert tables[0] == tables[1]


@pytest.mark.parametrize(
    ("tool", "server"),
    [
        ("Bash", None),
        ("mcp__db__query", "db"),
        ("mcp__db__list__all", "db"),
        ("mcp__plugin_x-y_z__run", "plugin_x-y_z"),
        ("mcp__odd", None),
        ("mcp____x", None),
        ("my__own__tool", None),
        ("", None),
    ],
)
def test_an_mcp_tool_has_its_server(tool: str, server: str | None) -> None:
    """Servers are a group of their own; a tool of none is not in it."""
    assert mcp_server(tool) == server
