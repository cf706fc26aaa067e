"""Answer what requests took over any range and filter, from the roll-ups.

In: what is wanted, and what to group it by. Out: sums. Whole periods are read from the roll-ups,
days where the grouping allows, and the ends of a range from the requests themselves; so is all of a
session, whose requests are few.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import msgspec

from queryd.store.periods import MINUTE_MS, MONDAY
from queryd.store.sketch import Sketch
from queryd.store.store import Value, ViewReader
from queryd.usage.rollup import (
    AGENT,
    ANSWER_LEVELS,
    KINDS,
    KINDS_OF,
    LEVELS,
    MODEL,
    PROJECT,
    SUMS,
    grain_of,
)

MONDAY_MS: Final = MONDAY * MINUTE_MS
Key = tuple[Any, ...]


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Name the requests that figures are about.

    Within a field any value may match, across fields all must; an empty tuple means "no matter",
    and the value '' matches what has none. Times are ms since the epoch; `end` is not in.
    """

    first: int
    end: int
    offset_ms: int = 0
    """What is added to UTC before days and buckets are cut."""
    source_app: tuple[str, ...] = ()
    without_source_app: tuple[str, ...] = ()
    model_name: tuple[str, ...] = ()
    session_id: tuple[str, ...] = ()

    @property
    def kept(self) -> int:
        """Return what a kind of cell must keep apart for these filters."""
        return (PROJECT if self.source_app or self.without_source_app else 0) | (
            MODEL if self.model_name else 0
        )

    def of_cells(self) -> tuple[str, list[Value]]:
        """Return an SQL condition on the roll-up, and its values."""
        return _all_of(
            ("source_app", self.source_app, True),
            ("source_app", self.without_source_app, False),
            ("model_name", self.model_name, True),
        )

    def of_rows(self) -> tuple[str, list[Value]]:
        """Return an SQL condition on requests or errors, and its values."""
        return _all_of(
            ("ifnull(source_app, '')", self.source_app, True),
            ("ifnull(source_app, '')", self.without_source_app, False),
            ("ifnull(model_name, '')", self.model_name, True),
            ("session_id", self.session_id, True),
        )


class Group(NamedTuple):
    """Say what to group by: columns, and buckets of time."""

    project: bool = False
    model: bool = False
    agent: bool = False
    bucket_ms: int = 0
    """0: not by time."""

    @property
    def kept(self) -> int:
        """Return what a kind of cell must keep apart for it."""
        return PROJECT * self.project | MODEL * self.model | AGENT * self.agent


class Sum(msgspec.Struct):
    """Add up requests; costs are nano-dollars. The fields are those of the roll-up, in order."""

    otlp_requests: int = 0
    transcript_requests: int = 0
    unpriced: int = 0
    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_creation: int = 0
    otlp_nanos: int = 0
    transcript_nanos: int = 0
    line_nanos: int = 0
    errors: int = 0
    given_up: int = 0

    @property
    def requests(self) -> int:
        """Return how many there are."""
        return self.otlp_requests + self.transcript_requests

    @property
    def nanos(self) -> int:
        """Return what they cost, as far as it is known."""
        return self.otlp_nanos + self.transcript_nanos + self.line_nanos

    @property
    def is_nothing(self) -> bool:
        """Tell whether nothing was told of."""
        return not (self.requests or self.nanos or self.errors or self.given_up)

    def add(self, row: Sequence[int]) -> None:
        """Add a row of sums."""
        for name, value in zip(SUMS, row, strict=True):
            setattr(self, name, getattr(self, name) + (value or 0))


class Answers:
    """Add up how long answers took."""

    def __init__(self) -> None:
        self.durations = Sketch()
        self.ttfts = Sketch()


class _Span(NamedTuple):
    level: int
    """-1: the requests themselves."""
    first: int
    end: int


def sums(views: ViewReader, wanted: Wanted, group: Group) -> dict[Key, Sum]:
    """Return sums by bucket, project, model and agent type, as far as the group has them."""
    found: dict[Key, Sum] = defaultdict(Sum)
    for span in _spans(wanted, group.kept | wanted.kept, group.bucket_ms):
        read = _of_rows if span.level < 0 else _of_rollup
        for row in read(views, wanted, group, span):
            found[tuple(row[: -len(SUMS)])].add(row[-len(SUMS) :])
    return {key: total for key, total in found.items() if not total.is_nothing}


def answers(views: ViewReader, wanted: Wanted) -> dict[str, Answers]:
    """Return, by model, how long answers took in a range; filters are not looked at."""
    found: dict[str, Answers] = defaultdict(Answers)
    for span in _cut(wanted.first, wanted.end, list(ANSWER_LEVELS)):
        if span.level < 0:
            _add_answers(views, span, found)
            continue
        for model, longest_ms, durations, longest_ttft_ms, ttfts in views.fetch(
            "SELECT model_name, longest_ms, durations, longest_ttft_ms, ttfts FROM answering"
            " WHERE level = ? AND start >= ? AND start < ?",
            (span.level, span.first, span.end),
        ):
            found[model].durations.add(durations, longest_ms)
            found[model].ttfts.add(ttfts, longest_ttft_ms)
    return found


def sums_of_sessions(
    views: ViewReader, wanted: Wanted, session_ids: Sequence[str]
) -> dict[str, Sum]:
    """Return the sums of some sessions; those that a range cuts in two are added up anew."""
    found: dict[str, Sum] = {session_id: Sum() for session_id in session_ids}
    whole = {} if wanted.model_name else _whole_sessions(views, wanted, session_ids)
    cut = [session_id for session_id in session_ids if session_id not in whole]
    found |= whole
    condition, values = msgspec.structs.replace(wanted, session_id=()).of_rows()
    for table, columns, asked in (
        (_REQUESTS, _OF_REQUESTS, cut),
        (_ERRORS, _OF_ERRORS, session_ids),
    ):
        for session_id, *row in views.fetch(
            f"SELECT session_id, {columns} FROM {table}"
            " WHERE session_id IN (SELECT value FROM json_each(?)) AND at >= ? AND at < ?"
            f" AND {condition} GROUP BY session_id",
            (msgspec.json.encode(asked).decode(), wanted.first, wanted.end, *values),
        ):
            found[session_id].add(row)
    return found


def _whole_sessions(
    views: ViewReader, wanted: Wanted, session_ids: Sequence[str]
) -> dict[str, Sum]:
    """Return the sums of the sessions that lie within a range: they are kept."""
    return {
        session_id: Sum(
            otlp_requests=by_otlp,
            transcript_requests=alone,
            unpriced=unpriced,
            input=given,
            output=output,
            cache_read=read,
            cache_creation=written,
            otlp_nanos=otlp_nanos,
            # A status line's rows are there only as long as no request is.
            transcript_nanos=nanos - otlp_nanos if requests else 0,
            line_nanos=0 if requests else nanos,
        )
        for (
            session_id,
            requests,
            by_otlp,
            alone,
            unpriced,
            given,
            output,
            read,
            written,
            nanos,
            otlp_nanos,
        ) in views.fetch(
            "SELECT session_id, requests, otlp_requests, transcript_alone, unpriced, input, output,"
            " cache_read, cache_creation, nanos, otlp_nanos FROM spending"
            " WHERE session_id IN (SELECT value FROM json_each(?))"
            " AND first_at >= ? AND last_at < ?",
            (msgspec.json.encode(session_ids).decode(), wanted.first, wanted.end),
        )
    }


def sessions_by_cost(
    views: ViewReader, wanted: Wanted, *, limit: int, after: tuple[int, str] | None
) -> list[tuple[int, str]]:
    """Return cost and id of the sessions with requests in a range, the costliest first.

    What counts is what they cost in all: a range seldom cuts one in two.
    """
    nanos, session_id = after or (2**63 - 1, "")
    conditions, values = _all_of(
        ("ifnull(source_app, '')", wanted.source_app, True),
        ("ifnull(source_app, '')", wanted.without_source_app, False),
        ("session_id", wanted.session_id, True),
    )
    if wanted.model_name:
        marks = ", ".join("?" * len(wanted.model_name))
        conditions += (
            " AND EXISTS (SELECT 1 FROM requests WHERE requests.session_id = spending.session_id"
            f" AND ifnull(requests.model_name, '') IN ({marks}))"
        )
        values += wanted.model_name
    index = "spending_most" if _is_most(views, wanted) else "spending_lately"
    by = "" if wanted.session_id else f"INDEXED BY {index}"
    return [
        (found, name)
        for found, name in views.fetch(
            f"SELECT nanos, session_id FROM spending {by}"
            " WHERE last_at >= ? AND first_at < ? AND (nanos < ? OR (nanos = ? AND session_id < ?))"
            f" AND {conditions} ORDER BY nanos DESC, session_id DESC LIMIT ?",
            (wanted.first, wanted.end, nanos, nanos, session_id, *values, limit),
        )
    ]


def first_at(views: ViewReader) -> int | None:
    """Return when the first request, or error, was that is known; None when there is none."""
    ((request, error),) = views.fetch(
        "SELECT (SELECT min(at) FROM requests), (SELECT min(at) FROM api_errors)"
    )
    return min((at for at in (request, error) if at is not None), default=None)


def _is_most(views: ViewReader, wanted: Wanted) -> bool:
    """Tell whether a range holds so many of the sessions that it is found by walking them all."""
    # Asked for together, SQLite walks the whole index for them.
    ((first, last),) = views.fetch(
        "SELECT (SELECT min(at) FROM requests), (SELECT max(at) FROM requests)"
    )
    whole = (last or 0) - (first or 0)
    return (min(wanted.end, last or 0) - max(wanted.first, first or 0)) * 8 > whole


def _spans(wanted: Wanted, kept: int, bucket_ms: int) -> list[_Span]:
    if wanted.session_id:
        return [_Span(-1, wanted.first, wanted.end)]
    fitting = [
        level
        for level, size in enumerate(LEVELS)
        if _kind(level, kept) is not None
        and (not bucket_ms or not (bucket_ms % size or wanted.offset_ms % size))
    ]
    return _cut(wanted.first, wanted.end, fitting)


def _cut(first: int, end: int, levels: Sequence[int]) -> list[_Span]:
    """Cut a range into whole periods of these levels, and ends that are none."""
    if first >= end:
        return []
    if not levels:
        return [_Span(-1, first, end)]
    *lower, level = levels
    size = LEVELS[level]
    inner_first, inner_end = -(-first // size) * size, end // size * size
    if inner_first >= inner_end:
        return _cut(first, end, lower)
    return [
        *_cut(first, inner_first, lower),
        _Span(level, inner_first, inner_end),
        *_cut(inner_end, end, lower),
    ]


def _kind(level: int, kept: int) -> int | None:
    held = (kind for kind in KINDS if kind in KINDS_OF[level])
    return next((kind for kind in held if kind & kept == kept), None)


def _of_rollup(views: ViewReader, wanted: Wanted, group: Group, span: _Span) -> list[Any]:
    kind = _kind(span.level, group.kept | wanted.kept)
    condition, values = wanted.of_cells()
    keys = _keys(group, "start", "source_app", "model_name", wanted)
    summed = ", ".join(f"sum({name})" for name in SUMS)
    return views.fetch(
        f"SELECT {''.join(f'{key}, ' for key in keys)}{summed} FROM usage"
        f" WHERE grain = ? AND start >= ? AND start < ? AND {condition}{_grouped(keys)}",
        (grain_of(span.level, kind or 0), span.first, span.end, *values),
    )


def _of_rows(views: ViewReader, wanted: Wanted, group: Group, span: _Span) -> list[Any]:
    condition, values = wanted.of_rows()
    keys = _keys(group, "at", "ifnull(source_app, '')", "ifnull(model_name, '')", wanted)
    found: list[Any] = []
    for table, columns in ((_REQUESTS, _OF_REQUESTS), (_ERRORS, _OF_ERRORS)):
        found += views.fetch(
            f"SELECT {''.join(f'{key}, ' for key in keys)}{columns} FROM {table}"
            f" WHERE at >= ? AND at < ? AND {condition}{_grouped(keys)}",
            (span.first, span.end, *values),
        )
    return found


def _keys(group: Group, at: str, project: str, model: str, wanted: Wanted) -> list[str]:
    keys = []
    if group.bucket_ms:
        shift = wanted.offset_ms - MONDAY_MS
        keys.append(f"{at} - ({at} + {shift}) % {group.bucket_ms}")
    if group.project:
        keys.append(project)
    if group.model:
        keys.append(model)
    if group.agent:
        keys.append("agent_type")
    return keys


def _grouped(keys: Sequence[str]) -> str:
    return f" GROUP BY {', '.join(str(place + 1) for place in range(len(keys)))}" if keys else ""


def _add_answers(views: ViewReader, span: _Span, found: dict[str, Answers]) -> None:
    for model, duration_ms, ttft_ms in views.fetch(
        "SELECT ifnull(model_name, ''), duration_ms, ttft_ms FROM requests"
        " WHERE at >= ? AND at < ? AND source <> 'status_line'",
        (span.first, span.end),
    ):
        if duration_ms is not None:
            found[model].durations.count(duration_ms)
        if ttft_ms is not None:
            found[model].ttfts.count(ttft_ms)


def _all_of(*filters: tuple[str, tuple[str, ...], bool]) -> tuple[str, list[Value]]:
    conditions, values = ["TRUE"], list[Value]()
    for column, given, wanted in filters:
        if given:
            marks = ", ".join("?" * len(given))
            conditions.append(f"{column} {'' if wanted else 'NOT '}IN ({marks})")
            values += given
    return " AND ".join(conditions), values


_REQUESTS: Final = "requests"
_ERRORS: Final = "api_errors"
_TRUE: Final = "source <> 'status_line'"
_OF_REQUESTS: Final = ", ".join(
    (
        "sum(source = 'otlp')",
        "sum(source = 'transcript')",
        f"sum(cost_nanos IS NULL AND {_TRUE})",
        "sum(input)",
        "sum(output)",
        "sum(cache_read)",
        "sum(cache_creation)",
        f"sum(iif(otlp_nanos IS NOT NULL AND {_TRUE}, cost_nanos, 0))",
        f"sum(iif(otlp_nanos IS NULL AND {_TRUE}, ifnull(cost_nanos, 0), 0))",
        f"sum(iif({_TRUE}, 0, ifnull(cost_nanos, 0)))",
        "0",
        "0",
    )
)
_OF_ERRORS: Final = ", ".join([*("0",) * 10, "sum(kind <> '')", "sum(kind = '')"])
