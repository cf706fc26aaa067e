"""Create views of calls without a log: the table of calls and the roll-up."""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from queryd.calls.rollup import VIEW
from queryd.sessions import ask_outcomes, live_processes, tables
from queryd.store.fact import Call, CallTransition, Outcome
from queryd.store.store import Database, ViewReader, open_to_fold

VERSION = 1
CALLS = """
    CREATE TABLE calls (
        id INTEGER PRIMARY KEY, session_id TEXT NOT NULL, tool_use_id TEXT NOT NULL,
        agent_id TEXT NOT NULL, agent_type TEXT, tool_name TEXT NOT NULL, target TEXT,
        prompt_id TEXT, source_app TEXT, model_name TEXT, input_key INTEGER,
        outcome TEXT NOT NULL, started_at INTEGER NOT NULL, ended_at INTEGER, asked_at INTEGER,
        duration_ms INTEGER, waiting_ms INTEGER, error TEXT, error_key TEXT,
        first_event_id INTEGER NOT NULL, last_event_id INTEGER NOT NULL,
        pre_at INTEGER, post_at INTEGER, target_event_id INTEGER, error_event_id INTEGER
    ) STRICT;
    CREATE UNIQUE INDEX calls_of_session ON calls (session_id, tool_use_id);
    CREATE INDEX calls_running ON calls (session_id) WHERE outcome = 'running';
    CREATE INDEX calls_of_tool ON calls (tool_name, started_at);
    CREATE INDEX calls_failed ON calls (
        tool_name, started_at, error_key, session_id, source_app, model_name, agent_type
    ) WHERE outcome = 'failed';
"""
SESSIONS = tables.TABLES + ask_outcomes.TABLES + live_processes.TABLES
FIELDS = [field.name for field in msgspec.structs.fields(Call)]
INSERT = f"INSERT INTO calls ({', '.join(FIELDS)}) VALUES ({', '.join('?' * len(FIELDS))})"


def open_views(path: Path) -> Database:
    return open_to_fold(path, CALLS + SESSIONS + VIEW.tables, VERSION)


def reader(path: Path) -> ViewReader:
    return ViewReader(path, VERSION)


def store_calls(database: Database, calls: Iterable[Call]) -> None:
    database.run_many(INSERT, (msgspec.structs.astuple(call) for call in calls))


def closing_transition(call: Call) -> CallTransition:
    """Return the transition that ended a call or, for a running one, started it."""
    before: Outcome | None = None if call.outcome == "running" else "running"
    return CallTransition(call, before, call.outcome, call.duration_ms, call.waiting_ms or 0)
