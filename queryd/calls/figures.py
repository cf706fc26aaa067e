"""Answer with figures about tools, over any range and filter, from the roll-ups.

In: what is wanted. Out: sums of calls by tool, by agent type, by bucket of time. The calls of a
session are few and are added up themselves.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final, TypeVar

import msgspec

from queryd.calls.rollup import (
    AGENT,
    EVERY,
    KINDS,
    KINDS_OF,
    MODEL,
    PROJECT,
    TOOL,
    cells_first,
    grain_of,
    newest_minute,
)
from queryd.store.periods import MINUTE_MS, PERIODS, Span, floor_to, level_within, spans
from queryd.store.sketch import Sketch, bucket_of, pack
from queryd.store.store import Row, Value, ViewReader
from queryd.summaries.tools import mcp_server

K = TypeVar("K")
TOP: Final = len(PERIODS) - 1


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Name the calls that figures are about.

    Within a field any value may match, across fields all must; an empty tuple means "no matter".
    The value '' matches what has none: the main thread, a tool of no MCP server.
    """

    first: int
    """Minutes since the epoch: a call belongs to the minute in which it began."""
    end: int
    tool_name: tuple[str, ...] = ()
    mcp_server: tuple[str, ...] = ()
    source_app: tuple[str, ...] = ()
    without_source_app: tuple[str, ...] = ()
    model_name: tuple[str, ...] = ()
    agent_type: tuple[str, ...] = ()
    session_id: tuple[str, ...] = ()

    @property
    def kept(self) -> int:
        """Return what a kind of cell must keep apart for these filters."""
        return (
            (TOOL if self.tool_name or self.mcp_server else 0)
            | (PROJECT if self.source_app or self.without_source_app else 0)
            | (MODEL if self.model_name else 0)
            | (AGENT if self.agent_type else 0)
        )

    def of_cells(self) -> tuple[str, list[Value]]:
        """Return an SQL condition on cells, and its values."""
        return _all_of(
            ("c.tool_name", self.tool_name),
            ("c.mcp_server", self.mcp_server),
            ("c.source_app", self.source_app),
            ("c.model_name", self.model_name),
            ("c.agent_type", self.agent_type),
            without=("c.source_app", self.without_source_app),
        )

    def of_calls(self) -> tuple[str, list[Value]]:
        """Return an SQL condition on calls, the range and the MCP server aside, and its values.

        It leads to an index only by the session: another would be walked through in vain.
        """
        return _all_of(
            ("+tool_name", self.tool_name),
            ("ifnull(source_app, '')", self.source_app),
            ("ifnull(model_name, '')", self.model_name),
            ("ifnull(agent_type, '')", self.agent_type),
            ("session_id", self.session_id),
            without=("ifnull(source_app, '')", self.without_source_app),
        )


class Sum:
    """Add up calls."""

    def __init__(self) -> None:
        self.succeeded = self.failed = self.denied = self.interrupted = self.running = 0
        self.durations = Sketch()
        self.waited_ms = 0
        self.failed_in: tuple[int, int] | None = None
        """First minute and end of the last period of which it is known that a call of it failed."""

    @property
    def calls(self) -> int:
        """Return how many there are."""
        return self.succeeded + self.failed + self.denied + self.interrupted + self.running

    @property
    def waiting_ms(self) -> int | None:
        """Return how long they waited; None when of no call it is known."""
        known = self.waited_ms or self.durations.max_ms is not None
        return self.waited_ms if known else None

    def add(self, row: Row, minutes: int) -> None:
        """Add a row of the roll-up, of a period of so many minutes."""
        start, _, _, succeeded, failed, denied, interrupted, waited_ms, max_ms, durations = row
        self.succeeded += succeeded
        self.denied += denied
        self.interrupted += interrupted
        self.waited_ms += waited_ms
        self.durations.add(durations, max_ms)
        if failed:
            self.failed += failed
            self.failed_in = max(self.failed_in or (0, 0), (start, start + minutes))

    def include(self, other: "Sum") -> None:
        """Add another sum."""
        self.succeeded += other.succeeded
        self.failed += other.failed
        self.denied += other.denied
        self.interrupted += other.interrupted
        self.running += other.running
        self.waited_ms += other.waited_ms
        self.durations.include(other.durations)


class Figures:
    """Add up the calls that are wanted; reads what several questions share once."""

    def __init__(self, views: ViewReader, wanted: Wanted) -> None:
        self._views = views
        self._wanted = wanted
        self._read: dict[tuple[Span, int], list[Row]] = {}
        self._running: list[Row] | None = None

    def by_tool(self) -> dict[str, Sum]:
        """Return a sum for each tool that was called."""
        return self._grouped(TOOL, TOP, lambda row: str(row[1]))

    def by_agent_type(self) -> dict[str, Sum]:
        """Return a sum for each type of agent that called, '' for those without."""
        return self._grouped(AGENT, TOP, lambda row: str(row[2]))

    def by_bucket(self, bucket: int) -> dict[int, Sum]:
        """Return a sum for each bucket of so many minutes that has calls, by its first minute."""
        return self._grouped(0, level_within(bucket), lambda row: floor_to(int(row[0]), bucket))

    def _grouped(self, kept: int, level: int, key: Callable[[Row], K]) -> dict[K, Sum]:
        sums: dict[K, Sum] = defaultdict(Sum)
        for span, rows in self._rows(kept | self._wanted.kept, level):
            minutes = PERIODS[span.level]
            for row in rows:
                sums[key(row)].add(row, minutes)
        for row in self._running_rows():
            sums[key(row)].running += 1
        return dict(sums)

    def _rows(self, kept: int, level: int) -> Iterator[tuple[Span, list[Row]]]:
        wanted = self._wanted
        if wanted.session_id:
            span = Span(0, wanted.first, wanted.end)
            yield span, self._once(span, 0, lambda: _rows_of_sessions(self._views, wanted))
            return
        for span, kind in places(self._views, wanted.first, wanted.end, kept, level):
            yield (
                span,
                self._once(span, kind, partial(_rows_of_rollup, self._views, wanted, span, kind)),
            )

    def _once(self, span: Span, kind: int, read: Callable[[], list[Row]]) -> list[Row]:
        if (span, kind) not in self._read:
            self._read[span, kind] = read()
        return self._read[span, kind]

    def _running_rows(self) -> list[Row]:
        if self._running is None:
            self._running = _running(self._views, self._wanted)
        return self._running


def first_minute(views: ViewReader) -> int:
    """Return the minute of the first call that is known, running ones included."""
    rows = views.fetch(
        f"SELECT (SELECT min(start) FROM rollup WHERE grain = {grain_of(0, EVERY)}),"
        f" (SELECT min(started_at) / {MINUTE_MS} FROM calls WHERE outcome = 'running')"
    )
    return min((int(minute) for minute in rows[0] if minute is not None), default=0)


def places(
    views: ViewReader, first: int, end: int, kept: int, level: int = TOP
) -> list[tuple[Span, int]]:
    """Return where a range is read: spans up to a level, each with the kind that has least rows.

    Left out are levels that do not keep all this apart, and periods that are not summed up yet.
    """
    kinds = {each: kind for each in range(level + 1) if (kind := _kind(each, kept)) is not None}
    over = newest_minute(views.fetch)
    return [(span, kinds[span.level]) for span in spans(first, end, sorted(kinds), over)]


def _kind(level: int, kept: int) -> int | None:
    held = (kind for kind in KINDS if kind in KINDS_OF[level])
    return next((kind for kind in held if kind & kept == kept), None)


def joined(level: int) -> str:
    """Return the FROM and the beginning of a WHERE that read a level well.

    Its values: grain, first minute, end, kind.
    """
    order = (
        "rollup_cell AS c CROSS JOIN rollup AS r INDEXED BY rollup_of_cell"
        " ON r.cell = c.id AND r.grain >= 32"
        if cells_first(level)
        else "rollup AS r CROSS JOIN rollup_cell AS c ON c.id = r.cell"
    )
    return f"{order} WHERE r.grain = ? AND r.start >= ? AND r.start < ? AND c.kind = ?"


def _rows_of_rollup(views: ViewReader, wanted: Wanted, span: Span, kind: int) -> list[Row]:
    condition, values = wanted.of_cells()
    return views.fetch(
        "SELECT r.start, c.tool_name, c.agent_type, r.succeeded, r.failed, r.denied, r.interrupted,"
        f" r.waiting_ms, r.max_ms, r.durations FROM {joined(span.level)} AND {condition}",
        (grain_of(span.level, kind), span.first, span.end, kind, *values),
    )


def _rows_of_sessions(views: ViewReader, wanted: Wanted) -> list[Row]:
    """Return the closed calls of sessions as rows of the roll-up, each a row of its own."""
    columns = "started_at, tool_name, agent_type, outcome, waiting_ms, duration_ms"
    return [
        (
            started_at // MINUTE_MS,
            tool,
            agent_type or "",
            *(outcome == each for each in ("succeeded", "failed", "denied", "interrupted")),
            waiting_ms or 0,
            duration_ms,
            None if duration_ms is None else pack({bucket_of(duration_ms): 1}),
        )
        for started_at, tool, agent_type, outcome, waiting_ms, duration_ms in _calls(
            views, wanted, columns, "outcome != 'running'"
        )
    ]


def _running(views: ViewReader, wanted: Wanted) -> list[Row]:
    """Return minute, tool and agent type of the calls that run."""
    found = _calls(views, wanted, "started_at, tool_name, agent_type", "outcome = 'running'")
    return [(at // MINUTE_MS, tool, agent_type or "") for at, tool, agent_type in found]


def _calls(views: ViewReader, wanted: Wanted, columns: str, also: str = "TRUE") -> list[Row]:
    """Return columns, the second being the tool's name, of the calls that are wanted."""
    condition, values = wanted.of_calls()
    found = views.fetch(
        f"SELECT {columns} FROM calls WHERE {also} AND {condition}"
        " AND +started_at >= ? AND +started_at < ?",
        (*values, wanted.first * MINUTE_MS, wanted.end * MINUTE_MS),
    )
    servers = wanted.mcp_server
    return [row for row in found if not servers or (mcp_server(row[1]) or "") in servers]


def _all_of(
    *filters: tuple[str, tuple[str, ...]], without: tuple[str, tuple[str, ...]]
) -> tuple[str, list[Value]]:
    conditions = ["TRUE"]
    values: list[Value] = []
    for column, accepted in filters:
        if accepted:
            conditions.append(f"{column} IN ({', '.join('?' * len(accepted))})")
            values.extend(accepted)
    column, refused = without
    if refused:
        conditions.append(f"{column} NOT IN ({', '.join('?' * len(refused))})")
        values.extend(refused)
    return " AND ".join(conditions), values
