"""Fold events into all views, and move the cursor, in one transaction.

In: events, in order. Out: every view brought up to the last of them, in one transaction.
`fold_facts` is the order of the features: later ones take what earlier ones return.
"""

import logging
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from queryd.calls import file_changes, files, rollup
from queryd.calls import fold as calls
from queryd.fold import forgetting
from queryd.search import time_blocks, values
from queryd.sessions import fold as sessions
from queryd.sessions import live_processes, turns
from queryd.sessions import spans as timeline
from queryd.store.derived import CURSOR, DerivedDatabase
from queryd.store.fact import MAIN, Fact, fact_of
from queryd.store.store import Database, is_damage, is_transient
from queryd.store.view import View
from queryd.usage import api_errors, contexts, limits, models, requests, spending
from queryd.usage import rollup as usage_rollup
from queryd.usage.event import usage_events
from queryd.usage.prices import Prices, bundled
from shared.event import Event
from shared.reader import Reader

VIEWS: Final[tuple[View, ...]] = (
    models.VIEW,
    live_processes.VIEW,
    turns.VIEW,
    calls.VIEW,
    sessions.VIEW,
    timeline.VIEW,
    files.VIEW,
    file_changes.VIEW,
    rollup.VIEW,
    requests.VIEW,
    api_errors.VIEW,
    spending.VIEW,
    usage_rollup.VIEW,
    contexts.VIEW,
    limits.VIEW,
    values.VIEW,
    time_blocks.VIEW,
)
RULES: Final = 10
"""Increment it when a view folds the same events to a different result. A change of tables changes
the version by itself."""


def tables_with(prices: Prices) -> str:
    """Return the tables of views with these prices, which are part of the tables."""
    return "".join(
        [CURSOR, forgetting.TABLES, *(view.tables for view in VIEWS), requests.priced_by(prices)]
    )


def version_of(tables: str) -> int:
    """Return the version of views of such tables: whatever would fold otherwise has another."""
    return zlib.crc32(f"{RULES}{tables}".encode()) & 0x7FFFFFFF


TABLES: Final = tables_with(bundled())
VERSION: Final = version_of(TABLES)
"""With the bundled prices."""

_LOG: Final = logging.getLogger(__name__)


def fold_facts(database: Database, facts: Sequence[Fact]) -> None:
    """Fold facts into every view, within the caller's transaction."""
    model_names = models.fold(database, facts)
    process_changes = live_processes.fold(database, facts)
    turn_changes = turns.fold(database, facts, process_changes)
    call_changes = calls.fold(database, facts, model_names, turn_changes)
    session_changes = sessions.fold(
        database, facts, model_names, process_changes, turn_changes, call_changes
    )
    timeline.fold(database, facts, session_changes)
    changes_of_files = files.fold(database, facts, call_changes)
    file_changes.fold(database, changes_of_files)
    rollup.fold(database, call_changes)

    usage_facts = usage_events(facts, model_names, session_changes)
    request_changes = requests.fold(database, usage_facts)
    failure_changes = api_errors.fold(database, usage_facts)
    spending.fold(database, facts, request_changes)
    usage_rollup.fold(database, request_changes, failure_changes)
    contexts.fold(database, usage_facts, request_changes)
    limits.fold(database, facts)

    values.fold(database, facts)
    time_blocks.fold(database, facts)


def facts_of(events: Sequence[Event]) -> list[Fact]:
    """Return events as facts.

    An unreadable event becomes a fact as well, which `Views.fold` skips: an exception here would
    block all later events.
    """
    return [_prepared(event) for event in events]


def _prepared(event: Event) -> Fact:
    try:
        return fact_of(event)
    except Exception as error:
        return Fact(event=event, payload={}, id=event.id or 0, agent_id=MAIN, unreadable=error)


class Views(DerivedDatabase):
    """The only connection that writes to the views."""

    def __init__(self, path: Path, prices: Prices | None = None) -> None:
        tables = TABLES if prices is None else tables_with(prices)
        super().__init__(path, tables, version_of(tables))

    def fold(self, facts: Sequence[Fact]) -> None:
        """Fold the next events: all are committed when this returns, none if it raises.

        An event that cannot be folded is skipped, counted and logged, so that it does not block
        later ones.
        """
        try:
            self._fold(facts)
        except Exception as error:
            if is_damage(error) or is_transient(error):
                raise
            _LOG.exception("cannot fold events %s to %s together", facts[0].id, facts[-1].id)
            for fact in facts:
                self._fold_or_skip(fact.event)

    def forget(self, log: Reader) -> int:
        """Apply the next deletions of the log; return how many."""
        return forgetting.forget(self.database, log, VIEWS)

    def _fold(self, facts: Sequence[Fact]) -> None:
        for fact in facts:
            if fact.unreadable is not None:
                raise fact.unreadable
        with self.database.transaction():
            fold_facts(self.database, facts)
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
            self._moved(event, skipped=1)
