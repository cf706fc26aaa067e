"""Answer with figures about tools: `/api/tools/stats`, `/api/tools/{tool_name}`.

In: a range and filters. Out: sums of calls, over the range and over time; of one tool also its
histogram, its slowest calls and its failures. All figures of an answer are of one moment.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Final, Literal

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import PathParameter, QueryParameter

from queryd.calls.cases import (
    Failure,
    FailureCluster,
    SlowCall,
    failure_clusters,
    is_known,
    last_failure,
    slowest,
)
from queryd.calls.figures import CallFigures, CallSelection, CallTotals, first_minute
from queryd.http.openapi import MISSING, REFUSED
from queryd.http.parameters import Time, Values, Without
from queryd.http.time_ranges import bounds
from queryd.store.periods import MINUTE_MS, bucket_for, floor_to
from queryd.store.readers import Readers
from queryd.store.sketch import Bar
from queryd.store.store import ViewReader
from queryd.summaries.tools import mcp_server
from shared.errors import Refusal

BARS: Final = 40
SLOWEST: Final = 10
CLUSTERS: Final = 20

RangeName = Literal["1h", "24h", "7d", "30d"]
Range = Annotated[
    RangeName | None,
    QueryParameter(description="The time up to now; 24h without since and until."),
]


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Sum up calls by how they ended; each counts at the time it started."""

    calls: int
    """All of them, those that run included."""
    succeeded: int
    failed: int
    denied: int
    """By the user, by a rule or by the classifier."""
    interrupted: int
    """Never closed, and the turn is over."""
    running: int


class Summary(Counts, frozen=True, kw_only=True):
    """Sum up calls with how long they took, in ms; null where no call reported it.

    Quantiles are within 1 % of the exact ones, and exact below 50 ms.
    """

    p50_ms: int | None
    p90_ms: int | None
    p99_ms: int | None
    max_ms: int | None
    """Exact."""
    waiting_ms: int | None
    """For the human, and for what else stood between the calls and their runs: the sum."""


class ToolRow(Summary, frozen=True, kw_only=True):
    """Sum up the calls of a tool."""

    tool_name: str
    mcp_server: str | None
    """null for the client's own tools."""
    last_failure: Failure | None


class ServerRow(Summary, frozen=True, kw_only=True):
    """Sum up the calls of an MCP server's tools."""

    mcp_server: str
    last_failure: Failure | None


class AgentTypeRow(Summary, frozen=True, kw_only=True):
    """Sum up the calls of a type of agent."""

    agent_type: str | None
    """null for the main thread."""


class Point(Counts, frozen=True, kw_only=True):
    """Sum up the calls of a bucket of the series."""

    start: int
    """The bucket's start, ms since the epoch; the range may start or end within a bucket."""
    p50_ms: int | None
    p99_ms: int | None


class ToolStats(msgspec.Struct, frozen=True):
    """Show all tools in a range; times are ms since the epoch, the range is of whole minutes."""

    tools: Sequence[ToolRow]
    """The most called first."""
    mcp_servers: Sequence[ServerRow]
    agent_types: Sequence[AgentTypeRow]
    total: Summary
    bucket_ms: int
    """From one point of the series to the next; buckets are of UTC, weeks start on Monday."""
    series: Sequence[Point]
    """Every bucket of the range, also those without calls."""
    since: int
    until: int
    """The last ms of the range."""


class ToolDetail(msgspec.Struct, frozen=True):
    """Show one tool in a range."""

    tool: ToolRow
    histogram: Sequence[Bar]
    """How long calls took, in at most 40 bars that are equally wide on a log scale."""
    slowest: Sequence[SlowCall]
    """At most 10."""
    failures: Sequence[FailureCluster]
    """At most 20 kinds, the most frequent first."""
    failure_kinds: int
    """How many kinds there are."""
    since: int
    until: int


class Asked(msgspec.Struct, frozen=True):
    """Hold what a request's parameters ask for."""

    since: int | None
    """ms since the epoch; None: from the first call that is known."""
    until: int
    filters: CallSelection

    def of(self, views: ViewReader) -> CallSelection:
        """Return the calls asked for: without `since`, from the first that is known."""
        last = self.until // MINUTE_MS
        since = first_minute(views) if self.since is None else self.since // MINUTE_MS
        return msgspec.structs.replace(self.filters, first=min(since, last), end=last + 1)


async def read_asked(
    range: Range = None,  # noqa: A002 - its name in the address
    since: Time = None,
    until: Time = None,
    mcp_server: Values = None,
    source_app: Values = None,
    without_source_app: Without = None,
    model_name: Values = None,
    agent_type: Values = None,
    session_id: Values = None,
) -> Asked:
    """Return what a request's parameters spell. An empty value selects what has none."""
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
    return Asked(since, until, filters)


@get("/api/tools/stats", responses=REFUSED)
async def show_tool_stats(
    readers: NamedDependency[Readers],
    asked: NamedDependency[Asked],
    tool_name: Values = None,
) -> ToolStats:
    """Return the figures of all tools, of MCP servers and agent types, and the series over time."""
    return await readers.views(lambda views: tool_stats(views, asked, tuple(tool_name or ())))


@get("/api/tools/{name:path}", responses=MISSING)
async def show_tool(
    readers: NamedDependency[Readers],
    asked: NamedDependency[Asked],
    name: Annotated[
        str, PathParameter(min_length=1, description="A tool's name, as Claude Code has it.")
    ],
) -> ToolDetail:
    """Return one tool's figures, its histogram, its slowest calls and its failures."""
    tool = name.removeprefix("/")
    detail = await readers.views(lambda views: tool_detail(views, asked, tool))
    if detail is None:
        raise Refusal(404, "not_found", f"no tool {tool} was ever called", "name")
    return detail


def tool_stats(views: ViewReader, asked: Asked, tool_names: tuple[str, ...] = ()) -> ToolStats:
    """Return the figures of all tools, or of these."""
    with views.snapshot():
        selection = msgspec.structs.replace(asked.of(views), tool_name=tool_names)
        figures = CallFigures(views, selection)
        tools = figures.by_tool()
        bucket = bucket_for(selection.first, selection.end)
        rows = [_tool_row(views, selection, name, tools[name]) for name in tools]
        return ToolStats(
            tools=sorted(rows, key=lambda row: (-row.calls, row.tool_name)),
            mcp_servers=_servers(rows, tools),
            agent_types=_agent_types(figures.by_agent_type()),
            total=Summary(**_summary(_total(tools.values()))),
            bucket_ms=bucket * MINUTE_MS,
            series=_series(selection, bucket, figures.by_bucket(bucket)),
            since=selection.first * MINUTE_MS,
            until=selection.end * MINUTE_MS - 1,
        )


def tool_detail(views: ViewReader, asked: Asked, name: str) -> ToolDetail | None:
    """Return the figures of one tool; None when it was never called."""
    with views.snapshot():
        if not is_known(views, name):
            return None
        selection = msgspec.structs.replace(asked.of(views), tool_name=(name,))
        found = CallFigures(views, selection).by_tool().get(name, CallTotals())
        failures, kinds = failure_clusters(views, selection, name, CLUSTERS)
        return ToolDetail(
            tool=_tool_row(views, selection, name, found),
            histogram=found.durations.bars(BARS),
            slowest=slowest(views, selection, name, SLOWEST),
            failures=failures,
            failure_kinds=kinds,
            since=selection.first * MINUTE_MS,
            until=selection.end * MINUTE_MS - 1,
        )


def _counts(found: CallTotals) -> dict[str, int]:
    return {
        "calls": found.calls,
        "succeeded": found.succeeded,
        "failed": found.failed,
        "denied": found.denied,
        "interrupted": found.interrupted,
        "running": found.running,
    }


def _summary(found: CallTotals) -> dict[str, Any]:
    p50, p90, p99 = found.durations.quantiles(0.5, 0.9, 0.99)
    return {
        **_counts(found),
        "p50_ms": p50,
        "p90_ms": p90,
        "p99_ms": p99,
        "max_ms": found.durations.max_ms,
        "waiting_ms": found.waiting_ms,
    }


def _tool_row(views: ViewReader, selection: CallSelection, name: str, found: CallTotals) -> ToolRow:
    failed_in = found.failed_in
    return ToolRow(
        **_summary(found),
        tool_name=name,
        mcp_server=mcp_server(name),
        last_failure=last_failure(views, selection, name, *failed_in) if failed_in else None,
    )


def _servers(rows: Iterable[ToolRow], tools: dict[str, CallTotals]) -> list[ServerRow]:
    grouped = defaultdict(list)
    for row in rows:
        if row.mcp_server is not None:
            grouped[row.mcp_server].append(row)
    found = [_server(server, group, tools) for server, group in grouped.items()]
    return sorted(found, key=lambda row: (-row.calls, row.mcp_server))


def _server(server: str, rows: Sequence[ToolRow], tools: dict[str, CallTotals]) -> ServerRow:
    failures = [row.last_failure for row in rows if row.last_failure is not None]
    return ServerRow(
        **_summary(_total(tools[row.tool_name] for row in rows)),
        mcp_server=server,
        last_failure=max(
            failures, key=lambda failure: (failure.at, failure.event_id), default=None
        ),
    )


def _agent_types(found: dict[str, CallTotals]) -> list[AgentTypeRow]:
    rows = [AgentTypeRow(**_summary(found[name]), agent_type=name or None) for name in found]
    return sorted(rows, key=lambda row: (-row.calls, row.agent_type or ""))


def _total(sums: Iterable[CallTotals]) -> CallTotals:
    total = CallTotals()
    for each in sums:
        total.include(each)
    return total


def _series(selection: CallSelection, bucket: int, found: dict[int, CallTotals]) -> list[Point]:
    first = floor_to(selection.first, bucket)
    starts = range(first, selection.end, bucket)
    return [_point(start, found.get(start) or _NOTHING) for start in starts]


def _point(start: int, found: CallTotals) -> Point:
    p50, p99 = found.durations.quantiles(0.5, 0.99)
    return Point(**_counts(found), start=start * MINUTE_MS, p50_ms=p50, p99_ms=p99)


_NOTHING: Final = CallTotals()
