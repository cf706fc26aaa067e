"""Fold the registry of Claude Code's processes: which run a session, and what they say of it.

It is the second witness beside hooks, which report neither Esc nor a crash.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from queryd.sessions.event import text_of
from queryd.store.conditions import json_list
from queryd.store.fact import Fact, ProcessChange, ProcessStatus
from queryd.store.store import Database
from queryd.store.view import Deleted, View, delete_by_event
from shared.event import SESSION_GONE, SESSION_STATE

TABLES: Final = """
    CREATE TABLE live_processes (
        session_id TEXT NOT NULL,
        process TEXT NOT NULL,       -- PID domain, pid and start
        status TEXT,                 -- busy, waiting or idle; null for one that says nothing of it
        waiting_for TEXT,
        since INTEGER NOT NULL,
        event_id INTEGER NOT NULL,   -- its last record
        PRIMARY KEY (session_id, process)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX live_processes_of_event ON live_processes (event_id);
"""

UNCHANGED: Final = ProcessChange()
STATUSES: Final[dict[str, ProcessStatus]] = {
    "busy": "busy",
    "idle": "idle",
    "shell": "idle",
}
"""`shell`: only background commands run, and the main thread is idle."""
DIALOG: Final = "dialog open"
"""The user opened a menu, such as /model: the session asks nothing."""
RANKS: Final[tuple[ProcessStatus, ...]] = ("waiting", "busy", "idle")
"""Of a session in several processes the first of these counts."""


class _Process(msgspec.Struct):
    session_id: str
    process: str
    status: ProcessStatus | None
    waiting_for: str | None
    since: int
    event_id: int


def fold(database: Database, facts: Sequence[Fact]) -> list[ProcessChange]:
    """Return what each fact changed of its session's processes."""
    relevant = [fact for fact in facts if fact.event.hook_event_type in _KINDS]
    if not relevant:
        return [UNCHANGED] * len(facts)
    processes = _Processes(database, relevant)
    changes = {fact.id: _KINDS[fact.event.hook_event_type](processes, fact) for fact in relevant}
    processes.save()
    return [changes.get(fact.id, UNCHANGED) for fact in facts]


class _Processes:
    """The processes of the sessions that a batch concerns."""

    def __init__(self, database: Database, facts: Sequence[Fact]) -> None:
        self._database = database
        self._by_session: dict[str, dict[str, _Process]] = {}
        self._changed: dict[tuple[str, str], _Process | None] = {}
        sessions = sorted({fact.event.session_id for fact in facts})
        for row in database.fetch(_SELECT, (json_list(sessions),)):
            process = _Process(*row)
            self._by_session.setdefault(process.session_id, {})[process.process] = process

    def get(self, session_id: str, process: str) -> _Process | None:
        return self._by_session.get(session_id, {}).get(process)

    def put(self, process: _Process) -> None:
        self._by_session.setdefault(process.session_id, {})[process.process] = process
        self._changed[process.session_id, process.process] = process

    def remove(self, session_id: str, process: str) -> None:
        self._by_session.get(session_id, {}).pop(process, None)
        self._changed[session_id, process] = None

    def change(self, session_id: str) -> ProcessChange:
        """Return what all processes of a session together say of it."""
        known = self._by_session.get(session_id, {}).values()
        for status in RANKS:
            for process in known:
                if process.status == status:
                    return ProcessChange(status=status, waiting_for=process.waiting_for)
        return ProcessChange(has_ended=not known)

    def save(self) -> None:
        rows = [msgspec.structs.astuple(it) for it in self._changed.values() if it is not None]
        self._database.run_many(_SAVE, rows)
        ended = [key for key, process in self._changed.items() if process is None]
        self._database.run_many(_DELETE, ended)


def _on_state(processes: _Processes, fact: Fact) -> ProcessChange:
    session_id, key, at = fact.event.session_id, _process_of(fact), fact.event.timestamp
    known = processes.get(session_id, key)
    if known is not None and known.since > at:
        return UNCHANGED  # a record of before, read again
    waiting_for = text_of(fact.payload.get("waiting_for"))
    status = _status_of(fact.payload.get("status"), waiting_for)
    processes.put(_Process(session_id, key, status, waiting_for, at, fact.id))
    return processes.change(session_id)


def _on_end(processes: _Processes, fact: Fact) -> ProcessChange:
    session_id = fact.event.session_id
    processes.remove(session_id, _process_of(fact))
    return processes.change(session_id)


def _status_of(status: object, waiting_for: str | None) -> ProcessStatus | None:
    if status == "waiting":
        return None if waiting_for == DIALOG else "waiting"
    return STATUSES.get(status) if isinstance(status, str) else None


def _process_of(fact: Fact) -> str:
    parts: list[Any] = [fact.payload.get(name) for name in ("pid_domain", "pid", "proc_start")]
    return msgspec.json.encode(parts).decode()


def _delete_events(database: Database, deleted: Deleted) -> None:
    if not deleted.payload_only:
        delete_by_event(database, "live_processes", "event_id", deleted)


_KINDS: Final = {SESSION_STATE: _on_state, SESSION_GONE: _on_end}
_SELECT: Final = """
    SELECT session_id, process, status, waiting_for, since, event_id FROM live_processes
    WHERE session_id IN (SELECT value FROM json_each(?))
"""
_SAVE: Final = "INSERT OR REPLACE INTO live_processes VALUES (?, ?, ?, ?, ?, ?)"
_DELETE: Final = "DELETE FROM live_processes WHERE (session_id, process) = (?, ?)"
VIEW: Final = View(tables=TABLES, forget=_delete_events)
