"""Serve figures of tools: `/api/tools/stats`, `/api/tools/{tool_name}`.

All figures of a response come from one snapshot.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Final, Literal

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import PathParameter, QueryParameter

from queryd.calls.error_clusters import CallFailure, ErrorCluster, error_clusters, last_failure
from queryd.calls.figures import CallFigures, CallSelection, CallTotals, first_minute, has_calls
from queryd.calls.slow_calls import SlowCall, slowest
from queryd.http.openapi import MISSING, REFUSED
from queryd.http.parameters import Time, Values, Without
from queryd.http.time_ranges import bounds, now_ms
from queryd.store.periods import MINUTE_MS, bucket_for, floor_to
from queryd.store.readers import Readers
from queryd.store.sketch import HistogramBar
from queryd.store.store import ViewReader
from queryd.summaries.tools import mcp_server
from shared.errors import Refusal

MAX_BARS: Final = 40
MAX_SLOWEST: Final = 10
MAX_CLUSTERS: Final = 20

RangeName = Literal["1h", "24h", "7d", "30d"]
Range = Annotated[
    RangeName | None,
    QueryParameter(description="A range up to now; defaults to 24h without since and until."),
]


class CallCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Calls by outcome; each counts at the time it started."""

    calls: int
    """The sum of all that follow."""
    succeeded: int
    failed: int
    denied: int
    """By the user, by a rule or by the classifier."""
    interrupted: int
    """Without an end, in a turn that has ended."""
    no_result: int
    """Open and silent, without a live process that says that it works."""
    waiting: int
    """For the user, now."""
    running: int


class CallSummary(CallCounts, frozen=True, kw_only=True):
    """Calls by outcome and how long they took, in ms; null where no call reported it.

    Quantiles are within 1 % of the exact ones, and exact below 50 ms.
    """

    p50_ms: int | None
    p90_ms: int | None
    p99_ms: int | None
    max_ms: int | None
    """Exact."""
    waiting_ms: int | None
    """In total and so far, for the user and anything else that delayed the calls."""


class ToolRow(CallSummary, frozen=True, kw_only=True):
    tool_name: str
    mcp_server: str | None
    """null for the client's own tools."""
    last_failure: CallFailure | None


class McpServerRow(CallSummary, frozen=True, kw_only=True):
    mcp_server: str
    last_failure: CallFailure | None


class AgentTypeRow(CallSummary, frozen=True, kw_only=True):
    agent_type: str | None
    """null for the main thread."""


class CallPoint(CallCounts, frozen=True, kw_only=True):
    """The calls of a bucket of the series."""

    start: int
    """The bucket's start, ms since the epoch; the range may start or end within a bucket."""
    p50_ms: int | None
    p99_ms: int | None


class ToolStats(msgspec.Struct, frozen=True):
    """All tools in a range of whole minutes; times are ms since the epoch."""

    tools: Sequence[ToolRow]
    """Most calls first."""
    mcp_servers: Sequence[McpServerRow]
    agent_types: Sequence[AgentTypeRow]
    total: CallSummary
    bucket_ms: int
    """Between two points of the series; buckets are in UTC, weeks start on Monday."""
    series: Sequence[CallPoint]
    """Every bucket of the range, including those without calls."""
    since: int
    until: int
    """The last ms of the range."""


class ToolDetail(msgspec.Struct, frozen=True):
    """One tool in a range."""

    tool: ToolRow
    histogram: Sequence[HistogramBar]
    """Durations in at most 40 bars of equal width on a log scale."""
    slowest: Sequence[SlowCall]
    """At most 10."""
    failures: Sequence[ErrorCluster]
    """The 20 largest clusters, the largest first."""
    failure_kinds: int
    """How many clusters there are."""
    since: int
    until: int


class CallQuery(msgspec.Struct, frozen=True):
    """The parameters of a request."""

    since: int | None
    """ms since the epoch; None for a range from the first call."""
    until: int
    filters: CallSelection

    def selection(self, views: ViewReader, *, tool_name: tuple[str, ...]) -> CallSelection:
        last = self.until // MINUTE_MS
        since = first_minute(views) if self.since is None else self.since // MINUTE_MS
        return msgspec.structs.replace(
            self.filters, first=min(since, last), end=last + 1, tool_name=tool_name
        )


async def read_call_query(
    range: Range = None,  # noqa: A002 - the name of the query parameter
    since: Time = None,
    until: Time = None,
    mcp_server: Values = None,
    source_app: Values = None,
    without_source_app: Without = None,
    model_name: Values = None,
    agent_type: Values = None,
    session_id: Values = None,
) -> CallQuery:
    # An empty value selects calls without one.
    since, until = bounds(range, since, until)
    filters = CallSelection(
        first=0,
        end=0,
        mcp_server=tuple(mcp_server or ()),
        source_app=tuple(source_app or ()),
        without_source_app=tuple(without_source_app or ()),
        model_name=tuple(model_name or ()),
        agent_type=tuple(agent_type or ()),
        session_id=tuple(session_id or ()),
    )
    return CallQuery(since, until, filters)


@get("/api/tools/stats", responses=REFUSED)
async def show_tool_stats(
    readers: NamedDependency[Readers],
    call_query: NamedDependency[CallQuery],
    tool_name: Values = None,
) -> ToolStats:
    """Return the figures of all tools, MCP servers and agent types, and a series over time."""
    return await readers.views(lambda views: tool_stats(views, call_query, tuple(tool_name or ())))


@get("/api/tools/{name:path}", responses=MISSING)
async def show_tool(
    readers: NamedDependency[Readers],
    call_query: NamedDependency[CallQuery],
    name: Annotated[str, PathParameter(min_length=1, description="A tool's name in Claude Code.")],
) -> ToolDetail:
    """Return one tool's figures, its histogram, its slowest calls and its failures."""
    tool = name.removeprefix("/")
    detail = await readers.views(lambda views: tool_detail(views, call_query, tool))
    if detail is None:
        raise Refusal(404, "not_found", f"no tool {tool} was ever called", "name")
    return detail


def tool_stats(views: ViewReader, query: CallQuery, tool_names: tuple[str, ...] = ()) -> ToolStats:
    with views.snapshot():
        selection = query.selection(views, tool_name=tool_names)
        figures = CallFigures(views, selection, now=now_ms())
        tools = figures.by_tool()
        bucket = bucket_for(selection.first, selection.end)
        rows = [_tool_row(views, selection, name, tools[name]) for name in tools]
        return ToolStats(
            tools=sorted(rows, key=lambda row: (-row.calls, row.tool_name)),
            mcp_servers=_servers(rows, tools),
            agent_types=_agent_types(figures.by_agent_type()),
            total=CallSummary(**_summary(_total(tools.values()))),
            bucket_ms=bucket * MINUTE_MS,
            series=_series(selection, bucket, figures.by_bucket(bucket)),
            since=selection.first * MINUTE_MS,
            until=selection.end * MINUTE_MS - 1,
        )


def tool_detail(views: ViewReader, query: CallQuery, name: str) -> ToolDetail | None:
    """Return None for a tool that was never called."""
    with views.snapshot():
        if not has_calls(views, name):
            return None
        selection = query.selection(views, tool_name=(name,))
        totals = CallFigures(views, selection, now=now_ms()).by_tool().get(name, CallTotals())
        clusters, cluster_count = error_clusters(views, selection, name, limit=MAX_CLUSTERS)
        return ToolDetail(
            tool=_tool_row(views, selection, name, totals),
            histogram=totals.durations.bars(MAX_BARS),
            slowest=slowest(views, selection, name, limit=MAX_SLOWEST),
            failures=clusters,
            failure_kinds=cluster_count,
            since=selection.first * MINUTE_MS,
            until=selection.end * MINUTE_MS - 1,
        )


def _counts(totals: CallTotals) -> dict[str, int]:
    return {
        "calls": totals.calls,
        "succeeded": totals.succeeded,
        "failed": totals.failed,
        "denied": totals.denied,
        "interrupted": totals.interrupted,
        "no_result": totals.no_result,
        "waiting": totals.waiting,
        "running": totals.running,
    }


def _summary(totals: CallTotals) -> dict[str, Any]:
    p50, p90, p99 = totals.durations.quantiles(0.5, 0.9, 0.99)
    return {
        **_counts(totals),
        "p50_ms": p50,
        "p90_ms": p90,
        "p99_ms": p99,
        "max_ms": totals.durations.max_ms,
        "waiting_ms": totals.waiting_ms,
    }


def _tool_row(
    views: ViewReader, selection: CallSelection, name: str, totals: CallTotals
) -> ToolRow:
    failed_in = totals.failed_in
    return ToolRow(
        **_summary(totals),
        tool_name=name,
        mcp_server=mcp_server(name),
        last_failure=last_failure(views, selection, name, *failed_in) if failed_in else None,
    )


def _servers(rows: Iterable[ToolRow], tools: dict[str, CallTotals]) -> list[McpServerRow]:
    grouped = defaultdict(list)
    for row in rows:
        if row.mcp_server is not None:
            grouped[row.mcp_server].append(row)
    servers = [_server(server, group, tools) for server, group in grouped.items()]
    return sorted(servers, key=lambda row: (-row.calls, row.mcp_server))


def _server(server: str, rows: Sequence[ToolRow], tools: dict[str, CallTotals]) -> McpServerRow:
    failures = [row.last_failure for row in rows if row.last_failure is not None]
    return McpServerRow(
        **_summary(_total(tools[row.tool_name] for row in rows)),
        mcp_server=server,
        last_failure=max(
            failures, key=lambda failure: (failure.at, failure.event_id), default=None
        ),
    )


def _agent_types(totals: dict[str, CallTotals]) -> list[AgentTypeRow]:
    rows = [AgentTypeRow(**_summary(it), agent_type=name or None) for name, it in totals.items()]
    return sorted(rows, key=lambda row: (-row.calls, row.agent_type or ""))


def _total(sums: Iterable[CallTotals]) -> CallTotals:
    total = CallTotals()
    for each in sums:
        total.include(each)
    return total


def _series(
    selection: CallSelection, bucket: int, totals: dict[int, CallTotals]
) -> list[CallPoint]:
    first = floor_to(selection.first, bucket)
    starts = range(first, selection.end, bucket)
    return [_point(start, totals.get(start) or _NO_CALLS) for start in starts]


def _point(start: int, totals: CallTotals) -> CallPoint:
    p50, p99 = totals.durations.quantiles(0.5, 0.99)
    return CallPoint(**_counts(totals), start=start * MINUTE_MS, p50_ms=p50, p99_ms=p99)


_NO_CALLS: Final = CallTotals()
