"""Sum up requests over any range and filter, from the roll-ups.

The ends of a range are read from the requests and errors themselves, unless it ends after the
newest of them, and so are sessions, which have few.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple, Self

import msgspec

from queryd.store.conditions import Condition, all_of, json_list
from queryd.store.periods import HOUR_MS
from queryd.store.rollup_reads import Slice, group_by, read, read_sums, slices_of
from queryd.store.sketch import Sketch
from queryd.store.store import Row, Value, ViewReader
from queryd.usage.rollup import ANSWERS_ROLLUP, MONDAY_MS, USAGE_ROLLUP
from queryd.usage.spending import model_entry

GroupKey = tuple[Any, ...]


class UsageSelection(msgspec.Struct, frozen=True, kw_only=True):
    """Select requests and errors.

    Within a field any value may match, across fields all must; an empty tuple accepts all, and the
    value '' matches what has none. Times are ms since the epoch; `end` is not included.
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
    def cell_conditions(self) -> list[Condition]:
        """Return conditions on cells of the roll-up."""
        return [
            Condition("source_app", self.source_app),
            Condition("source_app", self.without_source_app, is_excluding=True),
            Condition("model_name", self.model_name),
        ]

    def row_condition(self) -> tuple[str, list[Value]]:
        """Return an SQL condition on requests or errors, and its values."""
        return all_of(
            [
                Condition("ifnull(source_app, '')", self.source_app),
                Condition("ifnull(source_app, '')", self.without_source_app, is_excluding=True),
                Condition("ifnull(model_name, '')", self.model_name),
                Condition("session_id", self.session_id),
            ]
        )


class UsageGroup(NamedTuple):
    """Choose what to group by: dimensions, and buckets of time."""

    project: bool = False
    model: bool = False
    agent: bool = False
    bucket_ms: int = 0
    """0: not by time."""

    @property
    def dimensions(self) -> list[str]:
        """Return the dimensions of the roll-up to group by."""
        chosen = (self.project, self.model, self.agent)
        return [
            name
            for name, is_chosen in zip(USAGE_ROLLUP.dimensions, chosen, strict=True)
            if is_chosen
        ]


class UsageTotals(msgspec.Struct):
    """Hold sums of requests, in the order of the roll-up; costs are nano-dollars."""

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
        """Return the number of requests."""
        return self.otlp_requests + self.transcript_requests

    @property
    def nanos(self) -> int:
        """Return the known costs."""
        return self.otlp_nanos + self.transcript_nanos + self.line_nanos

    @property
    def is_nothing(self) -> bool:
        """Return whether there are no requests, costs or errors."""
        return not (self.requests or self.nanos or self.errors or self.given_up)

    @classmethod
    def from_rows(cls, rows: Sequence[Sequence[int | None]]) -> Self:
        """Add up rows of sums; None is SQL's sum of no rows."""
        if len(rows) == 1:  # nearly always
            return cls(*[value or 0 for value in rows[0]])
        return cls(*[sum(filter(None, column)) for column in zip(*rows, strict=True)])

    @classmethod
    def from_totals(cls, totals: Iterable[Self]) -> Self:
        """Add up totals."""
        return cls.from_rows([msgspec.structs.astuple(it) for it in totals])


class AnswerDurations:
    """Add up how long answers took."""

    def __init__(self) -> None:
        self.durations = Sketch()
        self.ttfts = Sketch()


def sums(
    views: ViewReader, selection: UsageSelection, group: UsageGroup
) -> dict[GroupKey, UsageTotals]:
    """Return totals by bucket, project, model and agent type, as far as the group has them."""
    rows, rest = _rolled_up_rows(views, selection, group)
    columns = (f"ifnull({it}, '')" for it in group.dimensions)
    keys = [*_bucket(selection, group, "at"), *columns]
    for first, end in rest:
        rows += _sums_of_rows(views, selection, keys, first, end)
    grouped: dict[GroupKey, list[Row]] = defaultdict(list)
    count = len(USAGE_ROLLUP.sums)
    for row in rows:
        grouped[row[:-count]].append(row[-count:])
    totals = ((key, UsageTotals.from_rows(it)) for key, it in grouped.items())
    return {key: total for key, total in totals if not total.is_nothing}


def durations_by_model(views: ViewReader, first: int, end: int) -> dict[str, AnswerDurations]:
    """Return how long the answers in a range took, by model."""
    times: dict[str, AnswerDurations] = defaultdict(AnswerDurations)
    end = _whole_end(views, end)
    slices = slices_of(views, ANSWERS_ROLLUP, first, end, kind=ANSWERS_ROLLUP.full_kind)
    for where in slices.rolled_up:
        _add_rolled_up(views, where, times)
    for _, rest_first, rest_end in slices.rest:
        _add_answers(views, rest_first, rest_end, times)
    return times


def sums_of_sessions(
    views: ViewReader, selection: UsageSelection, session_ids: Sequence[str]
) -> dict[str, UsageTotals]:
    """Return the sums of sessions: stored ones, except of sessions that are partly in the range."""
    rows: dict[str, list[Row]] = {session_id: [] for session_id in session_ids}
    if not selection.model_name:
        for session_id, *row in _stored_sums(views, selection, session_ids):
            rows[session_id].append(tuple(row))
    partial = [session_id for session_id in session_ids if not rows[session_id]]
    for table, columns, ids in (
        (_REQUESTS, _REQUEST_SUMS, partial),
        (_ERRORS, _ERROR_SUMS, session_ids),
    ):
        for session_id, *row in _sums_by_session(views, selection, table, columns, ids):
            rows[session_id].append(tuple(row))
    return {session_id: UsageTotals.from_rows(it) for session_id, it in rows.items()}


def _sums_by_session(
    views: ViewReader,
    selection: UsageSelection,
    table: str,
    columns: str,
    session_ids: Sequence[str],
) -> list[Row]:
    condition, values = msgspec.structs.replace(selection, session_id=()).row_condition()
    return views.fetch(
        f"SELECT session_id, {columns} FROM {table}"
        " WHERE session_id IN (SELECT value FROM json_each(?)) AND at >= ? AND at < ?"
        f" AND {condition} GROUP BY session_id",
        (json_list(session_ids), selection.first, selection.end, *values),
    )


def _stored_sums(
    views: ViewReader, selection: UsageSelection, session_ids: Sequence[str]
) -> list[Row]:
    """Return the stored sums of the sessions that are entirely in the range."""
    # A session has rows of a status line only while it has no requests.
    return views.fetch(
        "SELECT session_id, otlp_requests, transcript_alone, unpriced, input, output, cache_read,"
        " cache_creation, otlp_nanos, iif(requests, nanos - otlp_nanos, 0),"
        " iif(requests, 0, nanos), 0, 0 FROM spending"
        " WHERE session_id IN (SELECT value FROM json_each(?)) AND first_at >= ? AND last_at < ?",
        (json_list(session_ids), selection.first, selection.end),
    )


def sessions_by_cost(
    views: ViewReader, selection: UsageSelection, *, limit: int, after: tuple[int, str] | None
) -> list[tuple[int, str]]:
    """Return cost and id of the sessions with requests in a range, the costliest first.

    Sessions are sorted by their total cost: few are only partly in a range.
    """
    nanos, session_id = after or (2**63 - 1, "")
    conditions, values = all_of(
        [
            Condition("ifnull(source_app, '')", selection.source_app),
            Condition("ifnull(source_app, '')", selection.without_source_app, is_excluding=True),
            Condition("session_id", selection.session_id),
        ]
    )
    if selection.model_name:
        terms = ["instr(model_names, ?)"] * len(selection.model_name)
        conditions += f" AND ({' OR '.join(terms)})"
        values += [model_entry(name) for name in selection.model_name]
    index = "spending_most" if _is_faster_by_cost(views, selection, limit) else "spending_lately"
    by = "" if selection.session_id else f"INDEXED BY {index}"
    return [
        (nanos_of_session, name)
        for nanos_of_session, name in views.fetch(
            f"SELECT nanos, session_id FROM spending {by}"
            " WHERE last_at >= ? AND first_at < ? AND (nanos < ? OR (nanos = ? AND session_id < ?))"
            f" AND {conditions} ORDER BY nanos DESC, session_id DESC LIMIT ?",
            (selection.first, selection.end, nanos, nanos, session_id, *values, limit),
        )
    ]


def first_at(views: ViewReader) -> int | None:
    """Return the time of the first request or error; None without any."""
    ((request, error),) = views.fetch(
        "SELECT (SELECT min(at) FROM requests), (SELECT min(at) FROM api_errors)"
    )
    return min((at for at in (request, error) if at is not None), default=None)


def _whole_end(views: ViewReader, end: int) -> int:
    """Return the end of the hour in which a range ends, if that hour has nothing after the range.

    So the current hour is read from the roll-up as well: its rows are many under load.
    """
    ((request, error),) = views.fetch(
        "SELECT (SELECT max(at) FROM requests), (SELECT max(at) FROM api_errors)"
    )
    last = max((at for at in (request, error) if at is not None), default=end)
    hour = end - end % HOUR_MS
    return hour + HOUR_MS if hour <= last < end else end


def _is_faster_by_cost(views: ViewReader, selection: UsageSelection, limit: int) -> bool:
    """Return whether the way to a page is shorter through all sessions by cost than by time.

    Of N sessions, a range with the share S has S * N, and a page of them by cost ends after
    limit / S. So the shorter way never has more than the root of limit * N.
    """
    # In one SELECT with all, SQLite scans the whole index.
    ((first, last, count),) = views.fetch(
        "SELECT (SELECT min(at) FROM requests), (SELECT max(at) FROM requests),"
        " (SELECT max(rowid) FROM spending)"
    )
    whole = max(1, (last or 0) - (first or 0))
    share = (min(selection.end, last or 0) - max(selection.first, first or 0)) / whole
    # A filter is taken to accept every tenth session.
    rows = limit * 10 ** sum(1 for it in (selection.source_app, selection.model_name) if it)
    return share > 0 and rows < share**2 * (count or 0)


def _rolled_up_rows(
    views: ViewReader, selection: UsageSelection, group: UsageGroup
) -> tuple[list[Row], list[tuple[int, int]]]:
    """Return keys and sums of the roll-up, and the times that it does not cover."""
    if selection.session_id:
        return [], [(selection.first, selection.end)]
    conditions = selection.cell_conditions
    used = [*group.dimensions, *(it.column for it in conditions if it.values)]
    slices = slices_of(
        views,
        USAGE_ROLLUP,
        selection.first,
        _whole_end(views, selection.end),
        kind=USAGE_ROLLUP.kind_for(used),
        bucket=group.bucket_ms,
        offset=selection.offset_ms if group.bucket_ms else 0,
    )
    keys = [*_bucket(selection, group, "start"), *group.dimensions]
    rows: list[Row] = []
    for where in slices.rolled_up:
        rows += read_sums(views, USAGE_ROLLUP, where, keys, conditions)
    return rows, [(first, end) for _, first, end in slices.rest]


def _sums_of_rows(
    views: ViewReader, selection: UsageSelection, keys: Sequence[str], first: int, end: int
) -> list[Row]:
    """Return the keys and the sums of requests and errors, as `read_sums` does of cells."""
    condition, values = selection.row_condition()
    rows: list[Row] = []
    for table, columns in ((_REQUESTS, _REQUEST_SUMS), (_ERRORS, _ERROR_SUMS)):
        rows += views.fetch(
            f"SELECT {', '.join([*keys, columns])} FROM {table}"
            f" WHERE at >= ? AND at < ? AND {condition} {group_by(keys)}",
            (first, end, *values),
        )
    return rows


def _bucket(selection: UsageSelection, group: UsageGroup, at: str) -> list[str]:
    shift = selection.offset_ms - MONDAY_MS
    return [f"{at} - ({at} + {shift}) % {group.bucket_ms}"] if group.bucket_ms else []


def _add_rolled_up(views: ViewReader, where: Slice, times: dict[str, AnswerDurations]) -> None:
    columns = ("model_name", *ANSWERS_ROLLUP.measures)
    for model, longest_ms, durations, longest_ttft_ms, ttfts in read(
        views, ANSWERS_ROLLUP, where, columns
    ):
        times[model].durations.add(durations, longest_ms)
        times[model].ttfts.add(ttfts, longest_ttft_ms)


def _add_answers(
    views: ViewReader, first: int, end: int, times: dict[str, AnswerDurations]
) -> None:
    for model, duration_ms, ttft_ms in views.fetch(
        "SELECT ifnull(model_name, ''), duration_ms, ttft_ms FROM requests"
        " WHERE at >= ? AND at < ? AND source <> 'status_line'",
        (first, end),
    ):
        if duration_ms is not None:
            times[model].durations.count(duration_ms)
        if ttft_ms is not None:
            times[model].ttfts.count(ttft_ms)


_REQUESTS: Final = "requests"
_ERRORS: Final = "api_errors"
_IS_REQUEST: Final = "source <> 'status_line'"
_REQUEST_SUMS: Final = ", ".join(
    (
        "sum(source = 'otlp')",
        "sum(source = 'transcript')",
        f"sum(cost_nanos IS NULL AND {_IS_REQUEST})",
        "sum(input)",
        "sum(output)",
        "sum(cache_read)",
        "sum(cache_creation)",
        f"sum(iif(otlp_nanos IS NOT NULL AND {_IS_REQUEST}, cost_nanos, 0))",
        f"sum(iif(otlp_nanos IS NULL AND {_IS_REQUEST}, ifnull(cost_nanos, 0), 0))",
        f"sum(iif({_IS_REQUEST}, 0, ifnull(cost_nanos, 0)))",
        "0",
        "0",
    )
)
_ERROR_SUMS: Final = ", ".join([*("0",) * 10, "sum(kind <> '')", "sum(kind = '')"])
