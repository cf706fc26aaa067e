"""Follow the cost total in each session's status line, which may restart at 0.

In: status-line records, and how a session started. Out: what the total grew by; a row a session.

The total is 0 for a moment while a client starts and does not know the earlier cost yet, so a 0 is
ignored. A smaller total other than 0 starts a new count. A session that was forked or started by
/clear may start with the total of the session before, which is not its own.
"""

from collections.abc import Collection
from typing import Final

import msgspec

from queryd.store.conditions import json_list
from queryd.store.store import Database
from queryd.usage.event import UsageEvent
from queryd.usage.records import fields, number
from shared.event import STATUS_LINE

TABLES: Final = """
    CREATE TABLE status_totals (
        session_id TEXT PRIMARY KEY,
        has_requests INTEGER NOT NULL,   -- another source reports its requests, one by one
        inherits INTEGER NOT NULL,       -- its first total is that of the session before
        has_total INTEGER NOT NULL,      -- whether there was a total yet
        before INTEGER NOT NULL,         -- nano-dollars, of earlier counts
        latest INTEGER NOT NULL,         -- the last reported total
        inherited INTEGER NOT NULL,
        at INTEGER NOT NULL,             -- when it was last reported
        first_grown_at INTEGER,          -- when it first grew
        last_event_id INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
"""
INHERITING: Final = frozenset({"fork", "clear"})


class StatusTotal(msgspec.Struct):
    """Hold a session's total; nano-dollars."""

    session_id: str
    has_requests: bool = False
    inherits: bool = False
    has_total: bool = False
    before: int = 0
    latest: int = 0
    inherited: int = 0
    at: int = 0
    first_grown_at: int | None = None
    last_event_id: int = 0

    def update(self, fact: UsageEvent) -> int:
        """Apply a total, or how the session started; return the growth of the total."""
        self.last_event_id = fact.id
        usd = _total_in(fact)
        if usd is None:
            self.inherits = self.inherits or not self.has_total
            return 0
        if fact.event.timestamp < self.at:
            return 0  # backfilled
        self.at = fact.event.timestamp
        growth = self._grow(round(usd * 1e9))
        if growth and self.first_grown_at is None:
            self.first_grown_at = self.at
        return growth

    def _grow(self, nanos: int) -> int:
        if not self.has_total:
            self.has_total = True
            if self.inherits:
                self.latest = self.inherited = nanos
                return 0
        if nanos == 0:
            return 0
        if nanos < self.latest:
            self.before, self.latest = self.before + self.latest, 0
        growth, self.latest = nanos - self.latest, nanos
        return growth


class StatusTotals:
    """Hold the totals of some sessions."""

    def __init__(self, database: Database, session_ids: Collection[str]) -> None:
        self._database = database
        rows = database.fetch(
            f"SELECT {_COLUMNS} FROM status_totals"
            " WHERE session_id IN (SELECT value FROM json_each(?))",
            (json_list(sorted(session_ids)),),
        )
        self._by_session = {row[0]: _total_of(row) for row in rows}

    def of(self, session_id: str) -> StatusTotal:
        """Return a session's total, a new one if it has none."""
        total = self._by_session.get(session_id)
        if total is None:
            total = self._by_session[session_id] = StatusTotal(session_id)
        return total

    def save(self) -> None:
        """Write all totals."""
        self._database.run_many(_SAVE, map(msgspec.structs.astuple, self._by_session.values()))


def reports_total(fact: UsageEvent) -> bool:
    """Return whether an event concerns a session's total."""
    kind = fact.event.hook_event_type
    if kind == "SessionStart":
        return fact.payload.get("source") in INHERITING
    return kind == STATUS_LINE and _total_in(fact) is not None


def _total_in(fact: UsageEvent) -> float | None:
    if fact.event.hook_event_type != STATUS_LINE:
        return None
    usd = number(fields(fact.payload.get("cost")).get("total_cost_usd"))
    return usd if usd is not None and 0 <= usd < 1e9 else None


def _total_of(row: tuple[object, ...]) -> StatusTotal:
    return msgspec.convert(dict(zip(_FIELDS, row, strict=True)), StatusTotal, strict=False)


_FIELDS: Final = StatusTotal.__struct_fields__
_COLUMNS: Final = ", ".join(_FIELDS)
_SAVE: Final = f"""
    INSERT OR REPLACE INTO status_totals ({_COLUMNS}) VALUES ({", ".join("?" * len(_FIELDS))})
"""
