"""Answer requests for cost and tokens: `/api/usage`.

In: a range, filters, what to group by. Out: cost and tokens by group, in total, and over time by
model. Each request counts once, with the figures of its best source; a cost that only a status line
reports has no tokens. Every cost names its source; unpriced requests are counted separately.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from operator import itemgetter
from typing import Annotated, Any, Final, Literal, NamedTuple

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from queryd.http.errors import conflict
from queryd.http.openapi import REFUSED
from queryd.http.parameters import Limit, Time, UtcOffset, Values, Without
from queryd.http.time_ranges import Range, bounds
from queryd.store.periods import DAY_MS, HOUR_MS, MINUTE_MS, bucket_for
from queryd.store.readers import Readers
from queryd.store.store import ViewReader
from queryd.usage.read_usage import (
    GroupKey,
    UsageGroup,
    UsageSelection,
    UsageTotals,
    first_at,
    sessions_by_cost,
    sums,
    sums_of_sessions,
)
from queryd.usage.rows import NANOS
from shared.errors import Refusal

MAX_HOURS_MS: Final = 31 * DAY_MS
MAX_NANOS: Final = 2**63 - 1
CURSOR: Final = re.compile(r"^-?[0-9]{1,19}\.", re.ASCII)

By = Literal["day", "hour", "model", "project", "session", "agent_type"]
CostSource = Literal["otlp", "transcript", "status_line", "mixed"]


class UsageFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Show sums of requests; null is unknown."""

    cost_usd: float | None
    cost_source: CostSource | None
    """The sources of `cost_usd`: telemetry, transcripts by the price table, status lines."""
    requests: int
    input: int
    output: int
    cache_read: int
    cache_creation: int
    cache_hit_ratio: float | None
    """The share of prompt tokens that came from the cache."""
    unpriced_requests: int
    """Not in `cost_usd`."""
    errors: int


class UsageRow(UsageFigures, frozen=True, kw_only=True):
    """Sum up one group."""

    key: str | None
    """A day, an hour (its first minute), a model, a project, a session, an agent type; null for the
    main thread, and for what has none."""
    label: str


class UsagePoint(msgspec.Struct, frozen=True, kw_only=True):
    """Sum up a bucket of one model."""

    at: int
    until: int
    """The last ms of the bucket."""
    model: str | None
    cost_usd: float | None
    requests: int
    input: int
    output: int
    cache_read: int
    cache_creation: int


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """Show the usage in a range; times are ms since the epoch."""

    by: By
    since: int
    until: int
    """The last ms of the range."""
    rows: Sequence[UsageRow]
    """By time, else the costliest first; sessions by their total cost."""
    total: UsageFigures
    """Of the whole range, on every page."""
    bucket_ms: int
    series: Sequence[UsagePoint]
    """By bucket and model, without empty ones; the range may start or end within a bucket.
    Buckets of up to a day are cut by local time, longer ones by UTC; weeks start on Monday."""
    next: str | None
    """The cursor of the next page of sessions; null at the end."""


class _SessionCursor(NamedTuple):
    nanos: int
    session_id: str


ReadTitles = Callable[[ViewReader, Sequence[str]], Mapping[str, str | None]]
"""Return the titles of sessions by their ids. Injected, for usage may not import sessions."""


@get("/api/usage", responses=REFUSED)
async def show_usage(
    readers: NamedDependency[Readers],
    read_titles: NamedDependency[ReadTitles],
    by: Annotated[By, QueryParameter(description="What to group by.")] = "day",
    range: Range = None,  # noqa: A002 - its name in the address
    since: Time = None,
    until: Time = None,
    utc_offset_minutes: UtcOffset = 0,
    source_app: Values = None,
    without_source_app: Without = None,
    model: Values = None,
    session_id: Values = None,
    limit: Limit = 100,
    cursor: Annotated[
        str | None,
        QueryParameter(
            max_length=5_000,
            schema_extra={"pattern": CURSOR.pattern},
            description="`next` of the previous page.",
        ),
    ] = None,
) -> Usage:
    """Return cost and tokens in a range; an empty filter value matches rows without one."""
    after = _cursor_of(cursor)

    def read(views: ViewReader) -> Usage:
        # Not before: a request that waited for its turn would end before the newest request.
        first, last = bounds(range, since, until)
        filters = UsageSelection(
            first=0 if first is None else first,
            end=last + 1,
            offset_ms=utc_offset_minutes * MINUTE_MS,
            source_app=tuple(source_app or ()),
            without_source_app=tuple(without_source_app or ()),
            model_name=tuple(model or ()),
            session_id=tuple(session_id or ()),
        )
        with views.snapshot():
            selection = filters if first is not None else _from_first(views, filters)
            if by == "hour" and selection.end - selection.first > MAX_HOURS_MS + HOUR_MS:
                raise conflict("by", "hour is limited to ranges of 31 days")
            rows, next_after = (
                _session_rows(views, selection, read_titles, limit=limit, after=after)
                if by == "session"
                else (_rows(views, selection, by), None)
            )
            return _usage(views, selection, by, rows, next_after)

    return await readers.views(read)


def _usage(
    views: ViewReader,
    selection: UsageSelection,
    by: By,
    rows: Sequence[UsageRow],
    next_after: _SessionCursor | None,
) -> Usage:
    bucket_ms = MINUTE_MS * bucket_for(selection.first // MINUTE_MS, -(-selection.end // MINUTE_MS))
    series = _sums_by_bucket(views, selection, bucket_ms)
    # The buckets hold all of the range: a sum of them is faster than another read.
    total = UsageTotals.from_totals(series.values())
    return Usage(
        by=by,
        since=selection.first,
        until=selection.end - 1,
        rows=rows,
        total=UsageFigures(**figures_of(total)),
        bucket_ms=bucket_ms,
        series=_points(series, bucket_ms),
        next=None if next_after is None else f"{next_after.nanos}.{next_after.session_id}",
    )


def figures_of(total: UsageTotals) -> dict[str, Any]:
    """Return totals by the names of the API."""
    return {
        "cost_usd": cost_usd(total),
        "cost_source": cost_source(total),
        "requests": total.requests,
        "input": total.input,
        "output": total.output,
        "cache_read": total.cache_read,
        "cache_creation": total.cache_creation,
        "cache_hit_ratio": hit_ratio(total),
        "unpriced_requests": total.unpriced,
        "errors": total.errors,
    }


def cost_usd(total: UsageTotals) -> float | None:
    """Return the cost of requests; None when all are unpriced."""
    known = total.nanos or total.requests > total.unpriced
    return total.nanos / NANOS if known else None


def hit_ratio(total: UsageTotals) -> float | None:
    """Return the share of prompt tokens that came from the cache; None without prompts."""
    prompts = total.input + total.cache_read + total.cache_creation
    return total.cache_read / prompts if prompts else None


def cost_source(total: UsageTotals) -> CostSource | None:
    """Return which sources report the cost of requests; None when it is unknown."""
    if cost_usd(total) is None:
        return None
    by_source: dict[CostSource, int] = {
        "otlp": total.otlp_nanos,
        "transcript": total.transcript_nanos,
        "status_line": total.line_nanos,
    }
    named: list[CostSource] = [source for source, nanos in by_source.items() if nanos]
    if not named:
        return "otlp" if total.otlp_requests else "transcript"
    return named[0] if len(named) == 1 else "mixed"


def _from_first(views: ViewReader, selection: UsageSelection) -> UsageSelection:
    earliest = first_at(views)
    first = selection.end - 1 if earliest is None else min(earliest, selection.end - 1)
    return msgspec.structs.replace(selection, first=first)


def _rows(views: ViewReader, selection: UsageSelection, by: By) -> list[UsageRow]:
    group, default_label = _GROUPS[by]
    totals = sums(views, selection, group)
    if group.bucket_ms:
        return [_timed_row(at, totals[at,], selection, by) for (at,) in sorted(totals)]
    keys = sorted(totals, key=lambda key: (-totals[key].nanos, -totals[key].requests, key))
    return [
        UsageRow(**figures_of(totals[key]), key=key[0] or None, label=key[0] or default_label)
        for key in keys
    ]


def _timed_row(at: int, total: UsageTotals, selection: UsageSelection, by: By) -> UsageRow:
    local = datetime.fromtimestamp((at + selection.offset_ms) / 1000, UTC)
    label = local.strftime("%Y-%m-%d" if by == "day" else "%Y-%m-%dT%H:%M")
    return UsageRow(**figures_of(total), key=label, label=label)


def _session_rows(
    views: ViewReader,
    selection: UsageSelection,
    read_titles: ReadTitles,
    *,
    limit: int,
    after: _SessionCursor | None,
) -> tuple[list[UsageRow], _SessionCursor | None]:
    sessions = sessions_by_cost(views, selection, limit=limit + 1, after=after)
    ids = [session_id for _, session_id in sessions[:limit]]
    totals = sums_of_sessions(views, selection, ids)
    titles = read_titles(views, ids)
    rows = [
        UsageRow(**figures_of(totals[it]), key=it, label=titles.get(it) or it)
        for it in ids
        if not totals[it].is_nothing
    ]
    return rows, _SessionCursor(*sessions[limit - 1]) if len(sessions) > limit else None


def _sums_by_bucket(
    views: ViewReader, selection: UsageSelection, bucket_ms: int
) -> dict[GroupKey, UsageTotals]:
    if bucket_ms > DAY_MS:  # longer buckets start with those of UTC, which are stored
        selection = msgspec.structs.replace(selection, offset_ms=0)
    return sums(views, selection, UsageGroup(model=True, bucket_ms=bucket_ms))


def _points(series: Mapping[GroupKey, UsageTotals], bucket_ms: int) -> list[UsagePoint]:
    return [
        UsagePoint(
            at=at,
            until=at + bucket_ms - 1,
            model=model or None,
            cost_usd=cost_usd(total),
            requests=total.requests,
            input=total.input,
            output=total.output,
            cache_read=total.cache_read,
            cache_creation=total.cache_creation,
        )
        for (at, model), total in sorted(series.items(), key=itemgetter(0))
    ]


def _cursor_of(cursor: str | None) -> _SessionCursor | None:
    if cursor is None:
        return None
    if not CURSOR.match(cursor):
        raise Refusal(400, "invalid_parameter", "cursor: not a cursor of this API", "cursor")
    nanos, _, session_id = cursor.partition(".")
    return _SessionCursor(max(-MAX_NANOS, min(int(nanos), MAX_NANOS)), session_id)


_GROUPS: Final[dict[str, tuple[UsageGroup, str]]] = {
    "day": (UsageGroup(bucket_ms=DAY_MS), ""),
    "hour": (UsageGroup(bucket_ms=HOUR_MS), ""),
    "model": (UsageGroup(model=True), "unknown model"),
    "project": (UsageGroup(project=True), "no project"),
    "agent_type": (UsageGroup(agent=True), "main agent"),
}
