"""Count requests by quarter, hour and day of UTC: what was spent in any range costs milliseconds.

In: what events did to requests, and errors of the API. Out: `usage`, one row a period and cell;
`answering`, how long answers took, by model.

A cell is a combination of project, model and agent type. Beside the full cells levels hold sums
over some of the three, as `rollup.py` does for calls; a question reads the kind that keeps what it
asks about and the least beside it. Requests are far fewer than events, so all levels are written as
they come, and the ends of a range that are no whole periods are read from the requests themselves.
What is counted outlives its requests.
"""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Final

import msgspec

from queryd.store import sketch
from queryd.store.spent import Failed, Request
from queryd.store.store import Database, Value
from queryd.store.view import View
from queryd.usage.event import FailureChanges, RequestChanges

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
LEVELS: Final = (HOUR_MS // 4, HOUR_MS, DAY_MS)
"""Days of India begin at half past an hour of UTC, those of Nepal at three quarters."""
PROJECT: Final = 4
MODEL: Final = 2
AGENT: Final = 1
EVERY: Final = PROJECT | MODEL | AGENT
KINDS: Final = (0, AGENT, MODEL, PROJECT, PROJECT | MODEL, EVERY)
"""From the fewest rows to the most: the first that keeps what is asked about is the one to read."""
KINDS_OF: Final = ((0, MODEL, EVERY), KINDS, KINDS)
"""The kinds that each level holds."""

ANSWER_LEVELS: Final = (1, 2)
"""How long answers took is kept by hour and by day."""

SUMS: Final = (
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
)
_SUMMED: Final = "".join(f"{name} INTEGER NOT NULL,\n        " for name in SUMS)
TABLES: Final = f"""
    CREATE TABLE usage (
        grain INTEGER NOT NULL,       -- level and kind
        start INTEGER NOT NULL,       -- ms since the epoch
        source_app TEXT NOT NULL,     -- '' for what is unknown or summed over
        model_name TEXT NOT NULL,
        agent_type TEXT NOT NULL,
        {_SUMMED}
        PRIMARY KEY (grain, start, source_app, model_name, agent_type)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE answering (
        level INTEGER NOT NULL,
        start INTEGER NOT NULL,
        model_name TEXT NOT NULL,
        longest_ms INTEGER,
        durations BLOB,               -- sketches
        longest_ttft_ms INTEGER,
        ttfts BLOB,
        PRIMARY KEY (level, start, model_name)
    ) STRICT, WITHOUT ROWID;
"""

Cell = tuple[str, str, str]
"""Project, model and agent type."""
Sums = list[int]


def grain_of(level: int, kind: int) -> int:
    """Return the number that a level's rows of a kind stand under."""
    return level * (EVERY + 1) + kind


def fold(
    database: Database,
    request_changes: Sequence[RequestChanges],
    failure_changes: Sequence[FailureChanges],
) -> None:
    """Add the batch to its periods."""
    quarters: dict[tuple[int, Cell], Sums] = {}
    answers: dict[tuple[int, str], _Answers] = {}
    for changes in request_changes:
        for spent in changes.spent:
            if spent.was is not None:
                _add(quarters, spent.was, -1)
            if spent.now is not None:
                _add(quarters, spent.now, 1)
                if spent.was is None or not spent.was.in_otlp:
                    _add_answer(answers, spent.now)
    for sign, failed in chain.from_iterable(failure_changes):
        _add_failed(quarters, failed, sign)
    if quarters:
        _write(database, quarters)
    if answers:
        _write_answers(database, answers)


def sums_of(request: Request) -> Iterable[tuple[str, int]]:
    """Yield what a request adds to which sum."""
    nanos = request.cost_nanos or 0
    if request.source == "status_line":
        yield "line_nanos", nanos
        return
    by_otlp = request.source == "otlp"
    yield ("otlp_requests" if by_otlp else "transcript_requests"), 1
    # Of a request whose cost only its transcript tells, the transcript is the source of the cost.
    yield ("otlp_nanos" if request.otlp_nanos is not None else "transcript_nanos"), nanos
    yield "unpriced", int(request.cost_nanos is None)
    yield "input", request.input
    yield "output", request.output
    yield "cache_read", request.cache_read
    yield "cache_creation", request.cache_creation


class _Answers(msgspec.Struct):
    """Count how long answers took."""

    durations: dict[int, int] = msgspec.field(default_factory=dict)
    longest_ms: int | None = None
    ttfts: dict[int, int] = msgspec.field(default_factory=dict)
    longest_ttft_ms: int | None = None


def _add(quarters: dict[tuple[int, Cell], Sums], request: Request, sign: int) -> None:
    cell = (request.source_app or "", request.model_name or "", request.agent_type)
    sums = quarters.setdefault((request.at // LEVELS[0] * LEVELS[0], cell), [0] * len(SUMS))
    for name, count in sums_of(request):
        sums[_PLACE[name]] += sign * count


def _add_failed(quarters: dict[tuple[int, Cell], Sums], failed: Failed, sign: int) -> None:
    cell = (failed.source_app or "", failed.model_name or "", failed.agent_type)
    sums = quarters.setdefault((failed.at // LEVELS[0] * LEVELS[0], cell), [0] * len(SUMS))
    sums[_PLACE["errors" if failed.kind else "given_up"]] += sign


def _add_answer(answers: dict[tuple[int, str], _Answers], request: Request) -> None:
    if request.duration_ms is None and request.ttft_ms is None:
        return
    key = (request.at // HOUR_MS * HOUR_MS, request.model_name or "")
    found = answers.setdefault(key, _Answers())
    if request.duration_ms is not None:
        found.longest_ms = max(found.longest_ms or 0, request.duration_ms)
        _count(found.durations, request.duration_ms)
    if request.ttft_ms is not None:
        found.longest_ttft_ms = max(found.longest_ttft_ms or 0, request.ttft_ms)
        _count(found.ttfts, request.ttft_ms)


def _count(counts: dict[int, int], ms: int) -> None:
    bucket = sketch.bucket_of(ms)
    counts[bucket] = counts.get(bucket, 0) + 1


def _write(database: Database, quarters: dict[tuple[int, Cell], Sums]) -> None:
    rows: dict[tuple[int, int, Cell], Sums] = {}
    for (start, cell), sums in quarters.items():
        for level, size in enumerate(LEVELS):
            for kind in KINDS_OF[level]:
                key = (grain_of(level, kind), start // size * size, kept(kind, cell))
                held = rows.get(key)
                rows[key] = (
                    sums if held is None else [a + b for a, b in zip(held, sums, strict=True)]
                )
    database.run_many(
        _ADD,
        ((grain, start, *cell, *rows[grain, start, cell]) for grain, start, cell in sorted(rows)),
    )


def kept(kind: int, cell: Cell) -> Cell:
    """Return the cell of a kind in which a full cell counts."""
    project, model, agent = cell
    return (
        project if kind & PROJECT else "",
        model if kind & MODEL else "",
        agent if kind & AGENT else "",
    )


def _write_answers(database: Database, hours: dict[tuple[int, str], _Answers]) -> None:
    database.define("merged_sketch", sketch.merged, 2)
    rows: dict[tuple[int, int, str], _Answers] = {}
    for (start, model), answers in hours.items():
        for level in ANSWER_LEVELS:
            size = LEVELS[level]
            key = (level, start // size * size, model)
            rows[key] = _both(rows[key], answers) if key in rows else answers
    database.run_many(_ADD_ANSWERS, ((*key, *_packed(rows[key])) for key in sorted(rows)))


def _both(one: _Answers, other: _Answers) -> _Answers:
    return _Answers(
        durations=_merged(one.durations, other.durations),
        longest_ms=_longest(one.longest_ms, other.longest_ms),
        ttfts=_merged(one.ttfts, other.ttfts),
        longest_ttft_ms=_longest(one.longest_ttft_ms, other.longest_ttft_ms),
    )


def _merged(one: dict[int, int], other: dict[int, int]) -> dict[int, int]:
    return {bucket: one.get(bucket, 0) + other.get(bucket, 0) for bucket in {**one, **other}}


def _longest(one: int | None, other: int | None) -> int | None:
    return max((ms for ms in (one, other) if ms is not None), default=None)


def _packed(answers: _Answers) -> tuple[Value, ...]:
    return (
        answers.longest_ms,
        sketch.pack(answers.durations),
        answers.longest_ttft_ms,
        sketch.pack(answers.ttfts),
    )


_PLACE: Final = {name: place for place, name in enumerate(SUMS)}
_ADD: Final = f"""
    INSERT INTO usage VALUES (?, ?, ?, ?, ?, {", ".join("?" * len(SUMS))})
    ON CONFLICT DO UPDATE SET {", ".join(f"{name} = {name} + excluded.{name}" for name in SUMS)}
"""
_ADD_ANSWERS: Final = """
    INSERT INTO answering VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO UPDATE SET
        longest_ms = coalesce(max(longest_ms, ?4), longest_ms, ?4),
        durations = merged_sketch(durations, ?5),
        longest_ttft_ms = coalesce(max(longest_ttft_ms, ?6), longest_ttft_ms, ?6),
        ttfts = merged_sketch(ttfts, ?7)
"""
VIEW: Final = View(tables=TABLES)
