"""Create views of calls without a log: the table of calls and the roll-up."""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from queryd.calls.fold import TABLES
from queryd.calls.rollup import VIEW
from queryd.sessions import ask_outcomes, live_processes, tables
from queryd.store.fact import Call, CallTransition, Outcome
from queryd.store.store import Database, ViewReader, open_to_fold

VERSION = 1
SESSIONS = tables.TABLES + ask_outcomes.TABLES + live_processes.TABLES
FIELDS = [field.name for field in msgspec.structs.fields(Call)]
INSERT = f"INSERT INTO calls ({', '.join(FIELDS)}) VALUES ({', '.join('?' * len(FIELDS))})"


def open_views(path: Path) -> Database:
    return open_to_fold(path, TABLES + SESSIONS + VIEW.tables, VERSION)


def reader(path: Path) -> ViewReader:
    return ViewReader(path, VERSION)


def store_calls(database: Database, calls: Iterable[Call]) -> None:
    database.run_many(INSERT, (msgspec.structs.astuple(call) for call in calls))


def closing_transition(call: Call) -> CallTransition:
    """Return the transition that ended a call or, for a running one, started it."""
    before: Outcome | None = None if call.outcome == "running" else "running"
    return CallTransition(call, before, call.outcome, call.duration_ms, call.waiting_ms or 0)
