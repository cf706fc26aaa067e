"""Sum up calls of any range and filter, from the roll-up.

The calls of a session are few, so they are read and summed one by one.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeVar

import msgspec

from queryd.calls.open_calls import OUTCOME, WAITED_MS
from queryd.calls.rollup import OUTCOMES, ROLLUP
from queryd.store.conditions import Condition, all_of
from queryd.store.periods import MINUTE_MS, floor_to
from queryd.store.rollup_reads import Slice, read, slices_of
from queryd.store.sketch import Sketch, bucket_of, pack
from queryd.store.store import Row, Value, ViewReader
from queryd.summaries.tools import mcp_server

Key = TypeVar("Key")


class CallSelection(msgspec.Struct, frozen=True, kw_only=True):
    """Select calls.

    Any value of a field may match, and all fields must; an empty tuple accepts all. The value ''
    matches calls without one: of the main thread, or of a tool of no MCP server.
    """

    first: int
    """Minutes since the epoch; a call counts in the minute in which it started."""
    end: int
    tool_name: tuple[str, ...] = ()
    mcp_server: tuple[str, ...] = ()
    source_app: tuple[str, ...] = ()
    without_source_app: tuple[str, ...] = ()
    model_name: tuple[str, ...] = ()
    agent_type: tuple[str, ...] = ()
    session_id: tuple[str, ...] = ()

    @property
    def cell_conditions(self) -> list[Condition]:
        return [
            Condition("tool_name", self.tool_name),
            Condition("mcp_server", self.mcp_server),
            Condition("source_app", self.source_app),
            Condition("source_app", self.without_source_app, is_excluding=True),
            Condition("model_name", self.model_name),
            Condition("agent_type", self.agent_type),
        ]

    def kind_for(self, *grouped_by: str) -> int:
        """Return the kind of cells that suffices to filter, and to group by some dimensions."""
        return ROLLUP.kind_for(
            [*grouped_by, *(it.column for it in self.cell_conditions if it.values)]
        )

    def call_condition(self) -> tuple[str, list[Value]]:
        """Return an SQL condition on calls, without range and MCP server, and its values."""
        # Only the session may choose an index: through any other, most rows would be read in vain.
        return all_of(
            [
                Condition("+tool_name", self.tool_name),
                Condition("ifnull(source_app, '')", self.source_app),
                Condition("ifnull(model_name, '')", self.model_name),
                Condition("ifnull(agent_type, '')", self.agent_type),
                Condition("session_id", self.session_id),
                Condition("ifnull(source_app, '')", self.without_source_app, is_excluding=True),
            ]
        )


class CallTotals:
    """Add up calls."""

    def __init__(self) -> None:
        self.succeeded = self.failed = self.denied = self.interrupted = 0
        self.running = self.waiting = self.no_result = 0
        self.durations = Sketch()
        self.waited_ms = 0
        self.failed_in: tuple[int, int] | None = None
        """First minute and end of the last period with a failed call."""

    @property
    def calls(self) -> int:
        """Return how many calls there are, including open ones."""
        ended = self.succeeded + self.failed + self.denied + self.interrupted
        return ended + self.running + self.waiting + self.no_result

    @property
    def waiting_ms(self) -> int | None:
        """Return how long they waited; None if no call has a known waiting time."""
        known = self.waited_ms or self.waiting or self.durations.max_ms is not None
        return self.waited_ms if known else None

    def add(self, row: Row, minutes: int) -> None:
        """Add `_COLUMNS` of a row of the roll-up, for a period of so many minutes."""
        start, _, _, succeeded, failed, denied, interrupted, waited_ms, max_ms, durations = row
        self.succeeded += succeeded
        self.denied += denied
        self.interrupted += interrupted
        self.waited_ms += waited_ms
        self.durations.add(durations, max_ms)
        if failed:
            self.failed += failed
            self.failed_in = max(self.failed_in or (0, 0), (start, start + minutes))

    def add_open(self, outcome: str, waited_ms: int | None) -> None:
        """Add an open call, with how long it has waited so far."""
        if outcome == "no_result":
            self.no_result += 1
            return
        self.waited_ms += waited_ms or 0
        if outcome == "waiting":
            self.waiting += 1
        else:
            self.running += 1

    def include(self, other: "CallTotals") -> None:
        """Add another sum."""
        self.succeeded += other.succeeded
        self.failed += other.failed
        self.denied += other.denied
        self.interrupted += other.interrupted
        self.running += other.running
        self.waiting += other.waiting
        self.no_result += other.no_result
        self.waited_ms += other.waited_ms
        self.durations.include(other.durations)


class CallFigures:
    """Sum up the selected calls in several ways; a row that several need is read once."""

    def __init__(self, views: ViewReader, selection: CallSelection, *, now: int) -> None:
        self._views = views
        self._selection = selection
        self._now = now
        self._read: dict[Slice, list[Row]] = {}
        self._session_rows: list[Row] | None = None
        self._open: list[Row] | None = None

    def by_tool(self) -> dict[str, CallTotals]:
        """Return the totals of each tool with calls."""
        return self._grouped("tool_name", 0, lambda row: str(row[1]))

    def by_agent_type(self) -> dict[str, CallTotals]:
        """Return the totals of each agent type, '' for the main thread."""
        return self._grouped("agent_type", 0, lambda row: str(row[2]))

    def by_bucket(self, bucket: int) -> dict[int, CallTotals]:
        """Return the totals of each bucket with calls, by first minute; sizes are in minutes."""
        return self._grouped(None, bucket, lambda row: floor_to(int(row[0]), bucket))

    def _grouped(
        self, by: str | None, bucket: int, key: Callable[[Row], Key]
    ) -> dict[Key, CallTotals]:
        totals: dict[Key, CallTotals] = defaultdict(CallTotals)
        for minutes, rows in self._rows(by, bucket):
            for row in rows:
                totals[key(row)].add(row, minutes)
        for row in self._open_calls():
            totals[key(row)].add_open(row[3], row[4])
        return dict(totals)

    def _rows(self, by: str | None, bucket: int) -> Iterator[tuple[int, list[Row]]]:
        """Yield rows with the number of minutes that each covers."""
        selection = self._selection
        if selection.session_id:
            if self._session_rows is None:
                self._session_rows = _rows_of_sessions(self._views, selection)
            yield 1, self._session_rows
            return
        kind = selection.kind_for(by) if by else selection.kind_for()
        for where in slices(self._views, selection, kind, bucket=bucket):
            yield ROLLUP.levels[where.level].size, self._rows_of(where)

    def _rows_of(self, where: Slice) -> list[Row]:
        if where not in self._read:
            conditions = self._selection.cell_conditions
            self._read[where] = read(self._views, ROLLUP, where, _COLUMNS, conditions)
        return self._read[where]

    def _open_calls(self) -> list[Row]:
        if self._open is None:
            self._open = _open_calls(self._views, self._selection, self._now)
        return self._open


def has_calls(views: ViewReader, tool: str) -> bool:
    return bool(views.fetch("SELECT 1 FROM calls WHERE tool_name = ? LIMIT 1", (tool,)))


def first_minute(views: ViewReader) -> int:
    """Return the minute of the first call, including open ones."""
    rows = views.fetch(
        f"SELECT (SELECT min(start) FROM {ROLLUP.table} WHERE grain = {ROLLUP.full_kind}),"
        f" (SELECT min(started_at) / {MINUTE_MS} FROM calls WHERE outcome = 'running')"
    )
    return min((int(minute) for minute in rows[0] if minute is not None), default=0)


def slices(
    views: ViewReader, selection: CallSelection, kind: int, *, bucket: int = 0
) -> Sequence[Slice]:
    # The shortest period is a minute, so the whole range is rolled up.
    return slices_of(
        views, ROLLUP, selection.first, selection.end, kind=kind, bucket=bucket
    ).rolled_up


def _rows_of_sessions(views: ViewReader, selection: CallSelection) -> list[Row]:
    """Return the ended calls of sessions, each as a row of the roll-up."""
    columns = "started_at, tool_name, agent_type, outcome, waiting_ms, duration_ms"
    return [
        (
            started_at // MINUTE_MS,
            tool,
            agent_type or "",
            *(outcome == each for each in OUTCOMES),
            waiting_ms or 0,
            duration_ms,
            None if duration_ms is None else pack({bucket_of(duration_ms): 1}),
        )
        for started_at, tool, agent_type, outcome, waiting_ms, duration_ms in _calls(
            views, selection, columns, "outcome != 'running'"
        )
    ]


def _open_calls(views: ViewReader, selection: CallSelection, now: int) -> list[Row]:
    """Return minute, tool, agent type, outcome and waiting time of open calls."""
    columns = f"started_at, tool_name, agent_type, {OUTCOME}, {WAITED_MS}"
    rows = _calls(views, selection, columns, "outcome = 'running'", now)
    return [
        (at // MINUTE_MS, tool, agent_type or "", *rest) for at, tool, agent_type, *rest in rows
    ]


def _calls(
    views: ViewReader, selection: CallSelection, columns: str, outcome: str, *values: Value
) -> list[Row]:
    """Return columns of the selected calls; the second one must be the tool's name."""
    condition, selected = selection.call_condition()
    rows = views.fetch(
        f"SELECT {columns} FROM calls WHERE {outcome} AND {condition}"
        " AND +started_at >= ? AND +started_at < ?",
        (*values, *selected, selection.first * MINUTE_MS, selection.end * MINUTE_MS),
    )
    servers = selection.mcp_server
    return [row for row in rows if not servers or (mcp_server(row[1]) or "") in servers]


_COLUMNS: Final = ("start", "tool_name", "agent_type", *ROLLUP.measures)
