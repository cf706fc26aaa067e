"""Hold the roll-ups of usage to the requests and errors that they were counted from."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from queryd.http import time_ranges
from queryd.store.periods import DAY_MS, HOUR_MS
from queryd.store.sketch import Sketch
from queryd.store.store import ViewReader
from queryd.usage.api_health_routes import show_api_health
from queryd.usage.read_usage import UsageGroup, UsageSelection, durations_by_model, sums
from queryd.usage.rollup import QUARTER_MS
from queryd.usage.routes import show_usage
from tests.queryd.envelopes import Envelope
from tests.queryd.folded_views import reader_over
from tests.queryd.usage.request_bodies import T0, bodies_of, hook, message, record, request

DAYS = 4
MODELS = ("claude-opus-5-5", "claude-haiku-5-5")
SESSIONS = ("s1", "s2", "s3")
GROUPS = (
    UsageGroup(),
    UsageGroup(project=True),
    UsageGroup(model=True),
    UsageGroup(agent=True),
    UsageGroup(bucket_ms=DAY_MS),
    UsageGroup(bucket_ms=HOUR_MS),
    UsageGroup(model=True, bucket_ms=QUARTER_MS),
    UsageGroup(project=True, model=True, agent=True, bucket_ms=300_000),
)


def reports(rng: random.Random) -> Iterator[Envelope]:
    """Yield requests and errors of some days: mostly in order, some of them duplicates."""
    yield hook("UserPromptSubmit", session="s1", prompt="Hi")
    seconds = [rng.uniform(0, DAYS * 86_400) for _ in range(150)]
    for number, second in enumerate(sorted(seconds[:110]) + seconds[110:]):
        session = rng.choice(SESSIONS)
        agent_id = rng.choice([None, None, "a1"])
        name, model = f"req_{number}", rng.choice(MODELS)
        tokens = (number, rng.randrange(100), 5, 7)
        yield request(
            second,
            request_id=name,
            session=session,
            tokens=tokens,
            agent_id=agent_id,
            model=model,
            duration_ms=rng.randrange(100_000),
            ttft_ms=rng.choice([None, rng.randrange(3_000)]),
        )
        if rng.random() < 0.3:
            yield message(
                second + 40,
                message_id=f"msg_{number}",
                request_id=name,
                session=session,
                tokens=tokens,
                agent_id=agent_id,
                model=model,
            )
        if rng.random() < 0.2:
            yield record("api_error", second, session=session, model=model, status_code=529)


@pytest.fixture(scope="module")
def views() -> Iterator[ViewReader]:
    with reader_over(bodies_of(reports(random.Random(13)))) as reader:
        yield reader


def random_range(views: ViewReader, rng: random.Random) -> dict[str, int]:
    """Return a range; some end about the last request, in an hour that is not over."""
    first = T0 + rng.randrange(-DAY_MS, DAYS * DAY_MS)
    if rng.random() < 0.3:
        ((last,),) = views.fetch("SELECT max(at) FROM requests")
        return {"first": first, "end": max(first, last + rng.choice([-1, 0, 1, 2, 60_000]))}
    length = rng.choice([1, HOUR_MS, rng.randrange(1, 2 * DAYS * DAY_MS)])
    return {"first": first, "end": first + length}


def random_filters(rng: random.Random) -> dict[str, Any]:
    return rng.choice(
        [
            {},
            {"source_app": ("shop",)},
            {"without_source_app": ("shop",)},
            {"model_name": MODELS[:1]},
            {"source_app": ("",), "model_name": MODELS},
        ]
    )


def test_sums_over_any_range_equal_those_of_the_rows(views: ViewReader) -> None:
    """A selection by session reads no roll-up, so one of all sessions reads every row."""
    rng = random.Random(1)
    compared = 0
    for _ in range(150):
        fields = random_range(views, rng) | random_filters(rng)
        fields["offset_ms"] = rng.choice([0, 0, 330 * 60_000, 345 * 60_000, -4 * HOUR_MS])
        for group in GROUPS:
            rolled_up = sums(views, UsageSelection(**fields), group)
            assert rolled_up == sums(views, UsageSelection(**fields, session_id=SESSIONS), group)
            compared += len(rolled_up)
    assert compared > 1_000


def test_answer_times_over_any_range_equal_those_of_the_requests(views: ViewReader) -> None:
    rng = random.Random(2)
    for _ in range(150):
        fields = random_range(views, rng)
        expected: dict[str, tuple[Sketch, Sketch]] = defaultdict(lambda: (Sketch(), Sketch()))
        for model, *times in views.fetch(
            "SELECT model_name, duration_ms, ttft_ms FROM requests WHERE at >= ? AND at < ?",
            tuple(fields.values()),
        ):
            for sketch, time in zip(expected[model], times, strict=True):
                if time is not None:
                    sketch.count(time)
        found = durations_by_model(views, **fields)
        assert {
            model: [(it.max_ms, it.counts) for it in (times.durations, times.ttfts)]
            for model, times in found.items()
        } == {model: [(it.max_ms, it.counts) for it in pair] for model, pair in expected.items()}


def test_the_current_hour_is_read_from_the_roll_up(
    views: ViewReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under load it has thousands of requests, and nearly every range ends in it."""
    ((last,),) = views.fetch("SELECT max(at) FROM requests")
    first = last - last % DAY_MS - DAY_MS
    asked: list[str] = []
    fetch = views.fetch

    def noting(sql: str, values: Any = ()) -> list[Any]:
        asked.append(sql)
        return fetch(sql, values)

    monkeypatch.setattr(views, "fetch", noting)
    for end, reads in ((last + 1, 0), (last, 2)):
        asked.clear()
        durations_by_model(views, first, end)
        sums(views, UsageSelection(first=first, end=end), UsageGroup(model=True))
        assert len([sql for sql in asked if "FROM requests WHERE at" in sql]) == reads


class BusyReaders:
    """Let a read wait in the queue for a minute."""

    def __init__(self, views: ViewReader, monkeypatch: pytest.MonkeyPatch) -> None:
        self._views = views
        self._now = T0
        monkeypatch.setattr(time_ranges, "now_ms", lambda: self._now)

    async def views(self, read: Callable[[ViewReader], Any]) -> Any:
        self._now += 60_000
        return read(self._views)


@pytest.mark.parametrize("handler", [show_api_health, show_usage], ids=lambda it: it.handler_name)
def test_a_range_ends_when_it_is_read(
    views: ViewReader, monkeypatch: pytest.MonkeyPatch, handler: Any
) -> None:
    """Ending before the newest request, it would read the current hour row by row."""
    given = {"range": "1h", "readers": BusyReaders(views, monkeypatch)}
    if handler is show_usage:
        given["read_titles"] = None
    assert asyncio.run(handler.fn(**given)).until == T0 + 60_000
