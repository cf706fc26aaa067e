"""Sum up requests and errors of the API by quarter, hour, day, week and four weeks of UTC.

In: what events did to requests, and errors of the API. Out: the tables `usage` and `answering`, the
latter with how long answers took.

The ends of a range that are no whole periods are read from the requests and errors themselves.
"""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Final

from queryd.store.periods import DAY_MS, HOUR_MS, MINUTE_MS, MONDAY
from queryd.store.request import ApiError, Request
from queryd.store.rollup import CellKey, Distribution, Level, Rollup
from queryd.store.rollup_writes import Deltas, add, count_duration
from queryd.store.store import Database
from queryd.store.view import View
from queryd.usage.event import FailureChanges, RequestChanges

# Days of India start at half past an hour of UTC, those of Nepal at three quarters.
QUARTER_MS: Final = HOUR_MS // 4
WEEK_MS: Final = 7 * DAY_MS
MONDAY_MS: Final = MONDAY * MINUTE_MS
PROJECT: Final = 4
MODEL: Final = 2
AGENT: Final = 1
EVERY: Final = PROJECT | MODEL | AGENT
KINDS: Final = (0, AGENT, MODEL, PROJECT, PROJECT | MODEL, EVERY)

USAGE_ROLLUP: Final = Rollup(
    table="usage",
    dimensions=("source_app", "model_name", "agent_type"),
    kinds=KINDS,
    # In ms since the epoch.
    levels=(
        Level(QUARTER_MS, (0, MODEL, EVERY)),
        Level(HOUR_MS, KINDS),
        Level(DAY_MS, KINDS),
        Level(WEEK_MS, KINDS),
        Level(4 * WEEK_MS, KINDS),
    ),
    origin=MONDAY_MS,
    sums=(
        "otlp_requests",
        "transcript_requests",
        "unpriced",
        "input",
        "output",
        "cache_read",
        "cache_creation",
        "otlp_nanos",
        "transcript_nanos",
        "line_nanos",
        "errors",
        "given_up",
    ),
)
ANSWERS_ROLLUP: Final = Rollup(
    table="answering",
    dimensions=("model_name",),
    kinds=(1,),
    levels=tuple(Level(size, (1,)) for size in (HOUR_MS, DAY_MS, WEEK_MS, 4 * WEEK_MS)),
    origin=MONDAY_MS,
    distributions=(
        Distribution(sketch="durations", maximum="longest_ms"),
        Distribution(sketch="ttfts", maximum="longest_ttft_ms"),
    ),
)


def fold(
    database: Database,
    request_changes: Sequence[RequestChanges],
    failure_changes: Sequence[FailureChanges],
) -> None:
    """Add the batch's requests and errors to the roll-ups."""
    usage, answers = Deltas(USAGE_ROLLUP), Deltas(ANSWERS_ROLLUP)
    for changes in request_changes:
        for transition in changes.transitions:
            if transition.before is not None:
                _add(usage, transition.before, -1)
            if transition.after is not None:
                _add(usage, transition.after, 1)
                if transition.before is None or not transition.before.in_otlp:
                    _add_answer(answers, transition.after)
    for sign, failed in chain.from_iterable(failure_changes):
        name = "errors" if failed.kind else "given_up"
        usage[_key(failed)][_PLACES[name]] += sign
    add(USAGE_ROLLUP, database, usage)
    add(ANSWERS_ROLLUP, database, answers)


def sums_of(request: Request) -> Iterable[tuple[str, int]]:
    """Yield the sums that a request adds to, with the amounts."""
    nanos = request.cost_nanos or 0
    if request.source == "status_line":
        yield "line_nanos", nanos
        return
    by_otlp = request.source == "otlp"
    yield ("otlp_requests" if by_otlp else "transcript_requests"), 1
    # Where only the transcript reports a cost, it is the source of the cost.
    yield ("otlp_nanos" if request.otlp_nanos is not None else "transcript_nanos"), nanos
    yield "unpriced", int(request.cost_nanos is None)
    yield "input", request.input
    yield "output", request.output
    yield "cache_read", request.cache_read
    yield "cache_creation", request.cache_creation


def _add(usage: Deltas, request: Request, sign: int) -> None:
    delta = usage[_key(request)]
    for name, count in sums_of(request):
        delta[_PLACES[name]] += sign * count


def _key(counted: Request | ApiError) -> tuple[int, CellKey]:
    cell = (counted.source_app or "", counted.model_name or "", counted.agent_type)
    return counted.at // QUARTER_MS * QUARTER_MS, cell


def _add_answer(answers: Deltas, request: Request) -> None:
    if request.duration_ms is None and request.ttft_ms is None:
        return
    delta = answers[request.at // HOUR_MS * HOUR_MS, (request.model_name or "",)]
    if request.duration_ms is not None:
        count_duration(delta, _DURATIONS, request.duration_ms)
    if request.ttft_ms is not None:
        count_duration(delta, _TTFTS, request.ttft_ms)


_PLACES: Final = {name: place for place, name in enumerate(USAGE_ROLLUP.sums)}
_DURATIONS: Final = ANSWERS_ROLLUP.measures.index("longest_ms")
_TTFTS: Final = ANSWERS_ROLLUP.measures.index("longest_ttft_ms")
VIEW: Final = View(tables=USAGE_ROLLUP.tables + ANSWERS_ROLLUP.tables)
