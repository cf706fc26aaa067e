"""Count what a session did to each file: read, written, edited, and by how many lines.

In: facts and what each did to calls. Out: a row a session and file. A call counts once,
when it is first known to have succeeded.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from queryd.store.fact import CallChanges, Fact
from queryd.store.store import Database
from queryd.store.view import Deleted, View, delete_by_event

MAX_LINES: Final = 1_000_000
PATH_OF: Final = {
    "Read": "file_path",
    "Write": "file_path",
    "Edit": "file_path",
    "MultiEdit": "file_path",
    "NotebookEdit": "notebook_path",
}

TABLES: Final = """
    CREATE TABLE files (
        session_id TEXT NOT NULL,
        path TEXT NOT NULL,
        read_count INTEGER NOT NULL,
        write_count INTEGER NOT NULL,
        edit_count INTEGER NOT NULL,
        lines_added INTEGER NOT NULL,
        lines_removed INTEGER NOT NULL,
        created INTEGER NOT NULL,
        last_touched_at INTEGER NOT NULL,
        last_event_id INTEGER NOT NULL,
        PRIMARY KEY (session_id, path)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX files_last ON files (last_event_id);
"""


class Touch(msgspec.Struct):
    """Sum up touches of one file by one session; lines as the tools themselves counted them."""

    read_count: int = 0
    write_count: int = 0
    edit_count: int = 0
    lines_added: int = 0
    lines_removed: int = 0
    created: bool = False
    last_touched_at: int = 0
    last_event_id: int = 0


def fold(database: Database, facts: Sequence[Fact], call_changes: Sequence[CallChanges]) -> None:
    """Add up what successful calls did to files."""
    touched: dict[tuple[str, str], Touch] = {}
    for fact, changes in zip(facts, call_changes, strict=True):
        for transition in changes.transitions:
            key = PATH_OF.get(transition.call.tool_name)
            if key is None or transition.after != "succeeded" or transition.before == "succeeded":
                continue
            given, response = _of_call(fact, transition.call.tool_use_id)
            path = given.get(key)
            if isinstance(path, str) and path:
                touch = touched.setdefault((transition.call.session_id, path), Touch())
                _add(touch, fact, transition.call.tool_name, given, response)
    database.run_many(
        _SAVE, [(*key, *msgspec.structs.astuple(touch)) for key, touch in touched.items()]
    )


def lines_of_patch(response: Mapping[str, Any]) -> tuple[int, int] | None:
    """Return lines added and removed by an answer's `structuredPatch`; None when it has none."""
    hunks = response.get("structuredPatch")
    if not isinstance(hunks, list) or not hunks:
        return None
    added = removed = 0
    for hunk in hunks:
        lines = hunk.get("lines") if isinstance(hunk, dict) else None
        for line in lines if isinstance(lines, list) else ():
            added += isinstance(line, str) and line.startswith("+")
            removed += isinstance(line, str) and line.startswith("-")
    return added, removed


def _add(
    touch: Touch, fact: Fact, tool: str, given: Mapping[str, Any], response: Mapping[str, Any]
) -> None:
    touch.last_touched_at = fact.event.timestamp
    touch.last_event_id = fact.id
    if tool == "Read":
        touch.read_count += 1
        return
    if tool == "Write":
        touch.write_count += 1
        touch.created = touch.created or response.get("type") == "create"
    else:
        touch.edit_count += 1
    added, removed = lines_of_patch(response) or _lines_of_input(tool, given, response)
    touch.lines_added += min(added, MAX_LINES)
    touch.lines_removed += min(removed, MAX_LINES)


def _lines_of_input(
    tool: str, given: Mapping[str, Any], response: Mapping[str, Any]
) -> tuple[int, int]:
    """Count by what was asked for: a new file has no patch, nor has a notebook's cell."""
    match tool:
        case "Write" if response.get("type") != "update":
            return _lines(given.get("content")), 0
        case "NotebookEdit":
            added = 0 if given.get("edit_mode") == "delete" else _lines(given.get("new_source"))
            return added, 0
        case "Edit" if not response:
            return _lines(given.get("new_string")), _lines(given.get("old_string"))
        case _:
            return 0, 0


def _lines(text: object) -> int:
    if not isinstance(text, str) or not text:
        return 0
    return text.count("\n") + (not text.endswith("\n"))


def _of_call(fact: Fact, tool_use_id: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return a call's input and answer: of the fact, or of its entry in a batch."""
    report: object = fact.payload
    entries = fact.payload.get("tool_calls")
    if isinstance(entries, list):
        report = next(
            (it for it in entries if isinstance(it, dict) and it.get("tool_use_id") == tool_use_id),
            None,
        )
    given = report.get("tool_input") if isinstance(report, dict) else None
    response = report.get("tool_response") if isinstance(report, dict) else None
    return (
        given if isinstance(given, dict) else {},
        response if isinstance(response, dict) else {},
    )


_SAVE: Final = """
    INSERT INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET
        read_count = read_count + excluded.read_count,
        write_count = write_count + excluded.write_count,
        edit_count = edit_count + excluded.edit_count,
        lines_added = lines_added + excluded.lines_added,
        lines_removed = lines_removed + excluded.lines_removed,
        created = max(created, excluded.created),
        last_touched_at = excluded.last_touched_at,
        last_event_id = excluded.last_event_id
"""


def _forget(database: Database, deleted: Deleted) -> None:
    """Delete files whose last touch is deleted: each touch names the whole path."""
    delete_by_event(database, "files", "last_event_id", deleted)


VIEW: Final = View(tables=TABLES, forget=_forget)
