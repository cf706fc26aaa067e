"""Count calls by minute, hour, day, week and four weeks: figures over any range cost milliseconds.

In: what events did to calls (steps). Out: `rollup`, one row a period and cell. A call counts in
the period in which it began, however late its end is told. Running calls are not in here: they are
few, and the calls themselves tell of them. What is counted outlives its calls.

Minutes are written as calls are told of. A longer period is summed up from shorter ones once a
call of a later one was told of; what is told of it even later is added to it as well. So the levels
above cost a row a period, not a row a call.

A cell is a combination of tool, project, model and agent type. Besides the full cells, levels hold
sums over some of the four; which ones a cell keeps apart is its kind. A question reads the kind
that keeps what it asks about and the least beside it. Measured on 1,500,000 calls of a year: a
year's figures by tool read 1,100 rows, where the full cells would be 300,000.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Final
from weakref import WeakKeyDictionary, proxy

import msgspec

from queryd.store import sketch
from queryd.store.fact import Call, CallChanges, Step
from queryd.store.periods import MINUTE_MS, MONDAY, PERIODS, floor_to
from queryd.store.store import Database, Row, Value
from queryd.store.view import View
from queryd.summaries.tools import mcp_server

TOOL: Final = 8
PROJECT: Final = 4
MODEL: Final = 2
AGENT: Final = 1
EVERY: Final = TOOL | PROJECT | MODEL | AGENT
KINDS: Final = (
    0,
    AGENT,
    MODEL,
    MODEL | AGENT,
    PROJECT,
    TOOL,
    PROJECT | AGENT,
    PROJECT | MODEL,
    TOOL | AGENT,
    TOOL | MODEL,
    PROJECT | MODEL | AGENT,
    TOOL | MODEL | AGENT,
    TOOL | PROJECT,
    TOOL | PROJECT | AGENT,
    TOOL | PROJECT | MODEL,
    EVERY,
)
"""From the fewest rows to the most: the first that keeps what is asked about is the one to read."""
_HOURLY: Final = (0, AGENT, MODEL, PROJECT, TOOL, PROJECT | MODEL | AGENT)
"""In an hour a tool is seldom called twice by one project and model: the minutes do as well."""
_DAILY: Final = tuple(
    kind for kind in KINDS if kind not in {TOOL | PROJECT | AGENT, TOOL | PROJECT | MODEL}
)
"""Of a day these two would be nearly as many as its full cells."""
KINDS_OF: Final = ((EVERY,), _HOURLY, _DAILY, KINDS, KINDS)
"""The kinds that each level holds."""

TABLES: Final = """
    CREATE TABLE rollup_cell (
        id INTEGER PRIMARY KEY,
        kind INTEGER NOT NULL,       -- which of the four it keeps apart; '' stands for the others
        tool_name TEXT NOT NULL,
        source_app TEXT NOT NULL,    -- '' also for what is unknown
        model_name TEXT NOT NULL,
        agent_type TEXT NOT NULL,
        mcp_server TEXT NOT NULL,    -- of the tool; '' for the client's own tools
        UNIQUE (kind, tool_name, source_app, model_name, agent_type)
    ) STRICT;
    CREATE TABLE rollup (
        grain INTEGER NOT NULL,      -- level and kind
        start INTEGER NOT NULL,      -- the period's first minute, since the epoch
        cell INTEGER NOT NULL,
        succeeded INTEGER NOT NULL,
        failed INTEGER NOT NULL,
        denied INTEGER NOT NULL,
        interrupted INTEGER NOT NULL,
        waiting_ms INTEGER NOT NULL,
        max_ms INTEGER,              -- exact, while durations has them within 1 %
        durations BLOB,              -- a sketch
        PRIMARY KEY (grain, start, cell)
    ) STRICT, WITHOUT ROWID;
    -- What few cells did in a long time; the table itself is in the order of time.
    CREATE INDEX rollup_of_cell ON rollup (cell, grain, start) WHERE grain >= 32;
"""
_INSERT: Final = "INSERT INTO rollup VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
_ADD: Final = f"""
    {_INSERT} ON CONFLICT DO UPDATE SET
        succeeded = succeeded + ?4,
        failed = failed + ?5,
        denied = denied + ?6,
        interrupted = interrupted + ?7,
        waiting_ms = waiting_ms + ?8,
        max_ms = coalesce(max(max_ms, ?9), max_ms, ?9),
        durations = CASE WHEN ?10 IS NULL THEN durations ELSE merged_sketch(durations, ?10) END
"""

CELLS_REMEMBERED: Final = 20_000
"""About 15 MB."""

Cell = tuple[str, str, str, str]
"""Tool, project, model and agent type; '' for what is unknown or summed over."""


class Change(msgspec.Struct):
    """Add up what happened to the calls of a cell in a period."""

    succeeded: int = 0
    failed: int = 0
    denied: int = 0
    interrupted: int = 0
    waiting_ms: int = 0
    max_ms: int | None = None
    durations: dict[int, int] = msgspec.field(default_factory=dict)
    """How many durations each bucket of the sketch counts."""


Changes = dict[tuple[int, int], Change]
"""By the period's first minute and the number of the cell."""


def cells_first(level: int) -> bool:
    """Tell whether a level is read cell by cell: from days on, for which there is an index."""
    return grain_of(level, 0) >= 32


def grain_of(level: int, kind: int) -> int:
    """Return the number that a level's rows of a kind stand under."""
    return level * (EVERY + 1) + kind


def newest_minute(fetch: Callable[[str], list[Row]]) -> int:
    """Return the latest minute that has calls: periods that ended before it are summed up."""
    return int(fetch(f"SELECT ifnull(max(start), 0) FROM rollup WHERE grain = {EVERY}")[0][0])


def fold(database: Database, call_changes: Sequence[CallChanges]) -> None:
    """Add the batch to its minutes, and to the periods above that are over."""
    cells = _cells_of(database)
    changes = _by_minute(call_changes, cells)
    if not changes:
        return
    newest = newest_minute(database.fetch)
    database.define("merged_sketch", sketch.merged, 2)
    _write(database, _ADD, changes, cells, 0)
    for level in range(1, len(PERIODS)):
        over = floor_to(newest, PERIODS[level])
        late = {key: change for key, change in changes.items() if key[0] < over}
        _write(database, _ADD, late, cells, level)
        now_over = floor_to(max(newest, *(start for start, _ in changes)), PERIODS[level])
        _sum_up(database, cells, level, over, now_over)


def _by_minute(call_changes: Sequence[CallChanges], cells: "_Cells") -> Changes:
    changes: Changes = {}
    for done in call_changes:
        for step in done.steps:
            if not _tells_nothing(step):
                key = (step.call.started_at // MINUTE_MS, cells.full(step.call))
                change = changes.get(key)
                if change is None:
                    change = changes[key] = Change()
                _count(change, step)
    return changes


def _tells_nothing(step: Step) -> bool:
    """Tell whether a step changes no figure here, as one that only begins a call does not."""
    return step.duration_ms is None and not step.waited_ms and step.now == (step.was or "running")


def _count(change: Change, step: Step) -> None:
    if step.now != step.was:
        if step.now != "running":
            setattr(change, step.now, getattr(change, step.now) + 1)
        if step.was is not None and step.was != "running":
            setattr(change, step.was, getattr(change, step.was) - 1)
    change.waiting_ms += step.waited_ms
    if step.duration_ms is not None:
        duration_ms = max(0, step.duration_ms)
        change.max_ms = max(change.max_ms or 0, duration_ms)
        bucket = sketch.bucket_of(duration_ms)
        change.durations[bucket] = change.durations.get(bucket, 0) + 1


def _sum_up(database: Database, cells: "_Cells", level: int, first: int, end: int) -> None:
    """Make the periods of a level between two minutes out of the full cells of one below."""
    below = max(lower for lower in range(level) if EVERY in KINDS_OF[lower])
    rows = database.fetch(
        "SELECT start, cell, succeeded, failed, denied, interrupted, waiting_ms, max_ms, durations"
        " FROM rollup WHERE grain = ? AND start >= ? AND start < ?",
        (grain_of(below, EVERY), first, end),
    )
    changes = {
        (start, cell): Change(
            succeeded, failed, denied, interrupted, waiting_ms, max_ms, sketch.unpack(durations)
        )
        for (
            start,
            cell,
            succeeded,
            failed,
            denied,
            interrupted,
            waiting_ms,
            max_ms,
            durations,
        ) in rows
    }
    _write(database, _INSERT, changes, cells, level)


def _write(database: Database, sql: str, changes: Changes, cells: "_Cells", level: int) -> None:
    """Write the full cells of a level and their sums, each made of the smallest that has it all."""
    if not changes:
        return
    made = {EVERY: _by_period(changes, PERIODS[level])}
    for kind in reversed(KINDS_OF[level]):
        if kind not in made:
            source = min((len(made[other]), other) for other in made if other & kind == kind)[1]
            made[kind] = _by_cell(made[source], cells.sums(kind))
        rows = made[kind]
        grain = grain_of(level, kind)
        database.run_many(sql, ((grain, *key, *_values(rows[key])) for key in sorted(rows)))


def _by_period(changes: Changes, minutes: int) -> Changes:
    if minutes == 1:
        return changes
    groups = defaultdict(list)
    for (start, cell), change in changes.items():
        groups[start - (start - MONDAY) % minutes, cell].append(change)
    return {key: _sum(group) for key, group in groups.items()}


def _by_cell(changes: Changes, sums: dict[int, int]) -> Changes:
    groups = defaultdict(list)
    for (start, cell), change in changes.items():
        groups[start, sums[cell]].append(change)
    return {key: _sum(group) for key, group in groups.items()}


def _sum(group: list[Change]) -> Change:
    if len(group) == 1:
        return group[0]
    total = Change()
    durations = total.durations
    for change in group:
        total.succeeded += change.succeeded
        total.failed += change.failed
        total.denied += change.denied
        total.interrupted += change.interrupted
        total.waiting_ms += change.waiting_ms
        if change.max_ms is not None:
            total.max_ms = max(total.max_ms or 0, change.max_ms)
            for bucket, count in change.durations.items():
                durations[bucket] = durations.get(bucket, 0) + count
    return total


def _values(change: Change) -> tuple[Value, ...]:
    return (
        change.succeeded,
        change.failed,
        change.denied,
        change.interrupted,
        change.waiting_ms,
        change.max_ms,
        sketch.pack(change.durations),
    )


def _cells_of(database: Database) -> "_Cells":
    """Return the numbers of cells, remembered from batch to batch.

    Looked up anew they were a third of the time. What a transaction numbered that was rolled back
    is not remembered.
    """
    newest = int(database.fetch("SELECT ifnull(max(id), 0) FROM rollup_cell")[0][0])
    cells = _REMEMBERED.get(database)
    if cells is None or cells.newest != newest or cells.count > CELLS_REMEMBERED:
        cells = _REMEMBERED[database] = _Cells(database)
        cells.newest = newest
    return cells


class _Cells:
    """Number the cells in the order in which they were first heard of."""

    def __init__(self, database: Database) -> None:
        self.newest = 0
        self._database: Database = proxy(database)
        self._ids: dict[tuple[int, Cell], int] = {}
        self._cells: dict[int, Cell] = {}
        self._sums = {kind: _Sums(self, kind) for kind in KINDS}

    @property
    def count(self) -> int:
        """Return how many are remembered."""
        return len(self._cells)

    def full(self, call: Call) -> int:
        """Return the number of a call's full cell; with a new one come the sums it counts in."""
        cell = (call.tool_name, call.source_app or "", call.model_name or "", call.agent_type or "")
        number = self._ids.get((EVERY, cell))
        return self._id(EVERY, cell) if number is None else number

    def sums(self, kind: int) -> dict[int, int]:
        """Return, by the number of a cell, that of the sum of a kind in which it counts."""
        return self._sums[kind]

    def sum_of(self, kind: int, number: int) -> int:
        """Look that up."""
        if number not in self._cells:
            self._cells[number] = self._database.fetch(
                "SELECT tool_name, source_app, model_name, agent_type FROM rollup_cell"
                " WHERE id = ?",
                (number,),
            )[0]
        return self._id(kind, _kept(kind, self._cells[number]))

    def _id(self, kind: int, cell: Cell) -> int:
        number = self._ids.get((kind, cell))
        if number is None:
            number = self._stored(kind, cell) or self._new(kind, cell)
            self._ids[kind, cell] = number
            self.newest = max(self.newest, number)
            self._cells[number] = cell
        return number

    def _stored(self, kind: int, cell: Cell) -> int | None:
        found = self._database.fetch(
            "SELECT id FROM rollup_cell WHERE kind = ? AND tool_name = ? AND source_app = ?"
            " AND model_name = ? AND agent_type = ?",
            (kind, *cell),
        )
        return int(found[0][0]) if found else None

    def _new(self, kind: int, cell: Cell) -> int:
        if kind == EVERY:
            for other in KINDS[:-1]:
                self._id(other, _kept(other, cell))
        found = self._database.fetch(
            "INSERT INTO rollup_cell (kind, tool_name, source_app, model_name, agent_type,"
            " mcp_server) VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
            (kind, *cell, mcp_server(cell[0]) or ""),
        )
        return int(found[0][0])


class _Sums(dict[int, int]):
    """Remember what was looked up: a dict's own way is 4 times quicker than a method's."""

    def __init__(self, cells: _Cells, kind: int) -> None:
        super().__init__()
        self._cells = cells
        self._kind = kind

    def __missing__(self, number: int) -> int:
        found = self[number] = self._cells.sum_of(self._kind, number)
        return found


def _kept(kind: int, cell: Cell) -> Cell:
    tool, project, model, agent = cell
    return (
        tool if kind & TOOL else "",
        project if kind & PROJECT else "",
        model if kind & MODEL else "",
        agent if kind & AGENT else "",
    )


_REMEMBERED: Final = WeakKeyDictionary[Database, _Cells]()
VIEW: Final = View(tables=TABLES)
