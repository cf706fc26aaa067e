"""Fold events into all views, and move the cursor, in one transaction.

In: events, in order. Out: every view brought up to the last of them, in one transaction.
`fold_facts` is the order of the features: later ones take what earlier ones return.
"""

import logging
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from queryd.calls import files, rollup
from queryd.calls import fold as calls
from queryd.fold import forgetting
from queryd.search import index as text
from queryd.search import values
from queryd.search.text import row_of
from queryd.sessions import fold as sessions
from queryd.sessions import live_processes, turns
from queryd.sessions import spans as timeline
from queryd.store.fact import MAIN, Fact, fact_of
from queryd.store.store import (
    DamagedError,
    Database,
    Row,
    is_damage,
    is_transient,
    open_to_fold,
)
from queryd.store.view import View
from queryd.usage import api_errors, contexts, limits, models, requests, spending
from queryd.usage import rollup as usage_rollup
from queryd.usage.event import usage_events
from queryd.usage.prices import Prices, bundled
from shared.event import Event
from shared.files import identity
from shared.reader import Reader

VIEWS: Final[tuple[View, ...]] = (
    models.VIEW,
    live_processes.VIEW,
    turns.VIEW,
    calls.VIEW,
    sessions.VIEW,
    timeline.VIEW,
    files.VIEW,
    rollup.VIEW,
    requests.VIEW,
    api_errors.VIEW,
    spending.VIEW,
    usage_rollup.VIEW,
    contexts.VIEW,
    limits.VIEW,
    values.VIEW,
    text.VIEW,
)
RULES: Final = 9
"""Increment it when a view folds the same events to a different result. A change of tables changes
the version by itself."""

_CURSOR: Final = """
    CREATE TABLE cursor (
        folded_id INTEGER NOT NULL,    -- the last rowid folded
        received_at INTEGER NOT NULL,  -- of that event, to recognise another log
        deletion INTEGER NOT NULL,     -- the last deletion of the log that was applied
        initial_deletion INTEGER NOT NULL, -- the events of this and earlier ones were never folded
        skipped INTEGER NOT NULL,      -- events that could not be folded
        log_uuid TEXT                  -- of the log; null while it has none
    ) STRICT;
    INSERT INTO cursor VALUES (0, 0, 0, 0, 0, NULL);
"""


def tables_with(prices: Prices) -> str:
    """Return the tables of views with these prices, which are part of the tables."""
    return "".join(
        [_CURSOR, forgetting.TABLES, *(view.tables for view in VIEWS), requests.priced_by(prices)]
    )


def version_of(tables: str) -> int:
    """Return the version of views of such tables: whatever would fold otherwise has another."""
    return zlib.crc32(f"{RULES}{tables}".encode()) & 0x7FFFFFFF


TABLES: Final = tables_with(bundled())
VERSION: Final = version_of(TABLES)
"""With the bundled prices."""

_LOG: Final = logging.getLogger(__name__)


def _nothing() -> None:
    pass


def fold_facts(
    database: Database, facts: Sequence[Fact], meanwhile: Callable[[], None] = _nothing
) -> None:
    """Fold facts into every view, within the caller's transaction.

    `meanwhile` is called when what is left is SQLite's own work, which leaves the interpreter to
    other threads.
    """
    model_names = models.fold(database, facts)
    process_changes = live_processes.fold(database, facts)
    turn_changes = turns.fold(database, facts, process_changes)
    call_changes = calls.fold(database, facts, model_names, turn_changes)
    session_changes = sessions.fold(
        database, facts, model_names, process_changes, turn_changes, call_changes
    )
    timeline.fold(database, facts, session_changes)
    files.fold(database, facts, call_changes)
    rollup.fold(database, call_changes)

    usage_facts = usage_events(facts, model_names, session_changes)
    request_changes = requests.fold(database, usage_facts)
    failure_changes = api_errors.fold(database, usage_facts)
    spending.fold(database, facts, request_changes)
    usage_rollup.fold(database, request_changes, failure_changes)
    contexts.fold(database, usage_facts, request_changes)
    limits.fold(database, facts)

    values.fold(database, facts)
    meanwhile()
    text.fold(database, facts)


def facts_of(events: Sequence[Event]) -> list[Fact]:
    """Return events as facts, with the text that is searched of them; needs no views.

    An unreadable event becomes a fact as well, which `Views.fold` skips: an exception here would
    block all later events.
    """
    return [_prepared(event) for event in events]


def _prepared(event: Event) -> Fact:
    try:
        return fact_of(event, text_of=row_of)
    except Exception as error:
        return Fact(event=event, payload={}, id=event.id or 0, agent_id=MAIN, unreadable=error)


class Views:
    """The only connection that writes to the views."""

    def __init__(self, path: Path, prices: Prices | None = None) -> None:
        tables = TABLES if prices is None else tables_with(prices)
        self.database = open_to_fold(path, tables, version_of(tables))
        self._file = identity(path)
        self._path = path
        try:
            folded_id, received_at, skipped, log_uuid = _cursor(self.database)
        except BaseException:
            self.close()
            raise
        self.folded_id: int = folded_id
        self._log_uuid: str | None = log_uuid
        self.received_at: int = received_at
        self.skipped: int = skipped

    def belongs_to(self, log: Reader) -> bool:
        """Return whether the views are of this log, or of none yet.

        A log without a UUID is recognised by the last folded event.
        """
        if self._log_uuid is not None and self._log_uuid != log.uuid():
            return False
        if self.folded_id > log.last_given_id():
            return False
        last = log.one(self.folded_id)
        if last is not None and last.received_at != self.received_at:
            return False
        self.note_log(log)
        return True

    def note_log(self, log: Reader) -> None:
        """Store the UUID of the log, once it has one."""
        if self._log_uuid is None and (uuid := log.uuid()) is not None:
            self.database.run("UPDATE cursor SET log_uuid = ?", (uuid,))
            self._log_uuid = uuid

    @property
    def in_place(self) -> bool:
        """Return whether the opened file is still at its path; a user may delete it."""
        return identity(self._path) == self._file

    def fold(self, facts: Sequence[Fact], *, meanwhile: Callable[[], None] = _nothing) -> None:
        """Fold the next events: all are committed when this returns, none if it raises.

        An event that cannot be folded is skipped, counted and logged, so that it does not block
        later ones. `meanwhile` is called before the work that SQLite does without the interpreter
        lock.
        """
        try:
            self._fold(facts, meanwhile)
        except Exception as error:
            if is_damage(error) or is_transient(error):
                raise
            _LOG.exception("cannot fold events %s to %s together", facts[0].id, facts[-1].id)
            for fact in facts:
                self._fold_or_skip(fact.event)

    def follows_deletions(self, log: Reader) -> bool:
        """Return whether the log still records every deletion that is not applied yet.

        Empty views need none of the earlier deletions.
        """
        first, last = log.deletion_numbers()
        if self.folded_id == 0:
            self.database.run("UPDATE cursor SET initial_deletion = ?", (last,))
            return True
        ((applied,),) = self.database.fetch("SELECT deletion FROM cursor")
        return first <= int(applied) + 1

    def forget(self, log: Reader) -> int:
        """Apply the next deletions of the log; return how many."""
        return forgetting.forget(self.database, log, VIEWS)

    def tidy(self, log: Reader) -> bool:
        """Take a step of the views' deferred work; return whether there is more."""
        return any(view.tidy(self.database, log) for view in VIEWS if view.tidy is not None)

    def close(self) -> None:
        """Close the views. Closing again is harmless."""
        self.database.close()

    def _fold(self, facts: Sequence[Fact], meanwhile: Callable[[], None] = _nothing) -> None:
        for fact in facts:
            if fact.unreadable is not None:
                raise fact.unreadable
        with self.database.transaction():
            fold_facts(self.database, facts, meanwhile)
            self._move(facts[-1].event)
        self._moved(facts[-1].event)

    def _fold_or_skip(self, event: Event) -> None:
        try:
            self._fold(facts_of([event]))
        except Exception as error:
            if is_damage(error) or is_transient(error):
                raise
            _LOG.exception("skipping event %s", event.id)
            with self.database.transaction():
                self._move(event, skipped=1)
            self._moved(event)
            self.skipped += 1

    def _move(self, last: Event, *, skipped: int = 0) -> None:
        # Inside the transaction of the fold, so that the cursor matches the views.
        self.database.run(
            "UPDATE cursor SET folded_id = ?, received_at = ?, skipped = skipped + ?",
            (last.id, last.received_at, skipped),
        )

    def _moved(self, last: Event) -> None:
        self.folded_id, self.received_at = last.id or 0, last.received_at


def _cursor(database: Database) -> Row:
    rows = database.fetch("SELECT folded_id, received_at, skipped, log_uuid FROM cursor")
    if len(rows) != 1:
        raise DamagedError(f"expected one cursor, found {len(rows)}")
    return rows[0]
