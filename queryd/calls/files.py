"""Count what a session did to each file: read, written, edited, and by how many lines.

A call counts once, when it is first known to have succeeded.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from queryd.calls.file_changes import FileChange
from queryd.store.fact import Call, CallChanges, CallTransition, Fact
from queryd.store.store import Database
from queryd.store.view import Deleted, View, delete_by_event
from queryd.summaries.read import NONE, Fields, fields

MAX_LINES: Final = 1_000_000
PATH_FIELDS: Final = {
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


class _FileActivity(msgspec.Struct):
    """What a session did to a file; lines are counted as the tools report them."""

    read_count: int = 0
    write_count: int = 0
    edit_count: int = 0
    lines_added: int = 0
    lines_removed: int = 0
    created: bool = False
    last_touched_at: int = 0
    last_event_id: int = 0


def fold(
    database: Database, facts: Sequence[Fact], call_changes: Sequence[CallChanges]
) -> list[FileChange]:
    """Add up what sessions did to files; return each change of a file."""
    activities: dict[tuple[str, str], _FileActivity] = {}
    file_changes: list[FileChange] = []
    for fact, changes in zip(facts, call_changes, strict=True):
        for transition in changes.transitions:
            call = transition.call
            path_field = PATH_FIELDS.get(call.tool_name)
            if path_field is None or not _has_succeeded(transition):
                continue
            report = _report(fact, call.tool_use_id)
            tool_input, response = (
                fields(report.get("tool_input")),
                fields(report.get("tool_response")),
            )
            path = tool_input.get(path_field)
            if isinstance(path, str) and path:
                activity = activities.setdefault((call.session_id, path), _FileActivity())
                lines = _add(activity, fact, call.tool_name, tool_input, response)
                if lines is not None:
                    file_changes.append(_change(fact, call, path, lines))
    database.run_many(
        _SAVE, [(*key, *msgspec.structs.astuple(it)) for key, it in activities.items()]
    )
    return file_changes


def lines_of_patch(response: Fields) -> tuple[int, int] | None:
    """Return the lines added and removed by a response's `structuredPatch`; None without one."""
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


def _has_succeeded(transition: CallTransition) -> bool:
    return transition.after == "succeeded" and transition.before != "succeeded"


def _add(
    activity: _FileActivity,
    fact: Fact,
    tool: str,
    tool_input: Fields,
    response: Fields,
) -> tuple[int, int] | None:
    """Add a call; return the lines that it added and removed, None for one that only reads."""
    activity.last_touched_at = fact.event.timestamp
    activity.last_event_id = fact.id
    if tool == "Read":
        activity.read_count += 1
        return None
    if tool == "Write":
        activity.write_count += 1
        activity.created = activity.created or response.get("type") == "create"
    else:
        activity.edit_count += 1
    added, removed = lines_of_patch(response) or _lines_of_input(tool, tool_input, response)
    added, removed = min(added, MAX_LINES), min(removed, MAX_LINES)
    activity.lines_added += added
    activity.lines_removed += removed
    return added, removed


def _change(fact: Fact, call: Call, path: str, lines: tuple[int, int]) -> FileChange:
    return FileChange(
        event_id=fact.id,
        session_id=call.session_id,
        path=path,
        at=fact.event.timestamp,
        lines_added=lines[0],
        lines_removed=lines[1],
        source_app=call.source_app,
    )


def _lines_of_input(tool: str, tool_input: Fields, response: Fields) -> tuple[int, int]:
    """Count the lines of the input: a new file has no patch, and neither has a notebook's cell."""
    match tool:
        case "Write" if response.get("type") != "update":
            return _lines(tool_input.get("content")), 0
        case "NotebookEdit":
            added = (
                0
                if tool_input.get("edit_mode") == "delete"
                else _lines(tool_input.get("new_source"))
            )
            return added, 0
        case "Edit" if not response:
            return _lines(tool_input.get("new_string")), _lines(tool_input.get("old_string"))
        case _:
            return 0, 0


def _lines(text: object) -> int:
    if not isinstance(text, str) or not text:
        return 0
    return text.count("\n") + (not text.endswith("\n"))


def _report(fact: Fact, tool_use_id: str) -> Fields:
    """Return the fields that report a call: the payload, or the call's entry in a batch."""
    entries = fact.payload.get("tool_calls")
    if not isinstance(entries, list):
        return fact.payload
    matches = (it for it in map(fields, entries) if it.get("tool_use_id") == tool_use_id)
    return next(matches, NONE)


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
    # The path itself came from the deleted events.
    delete_by_event(database, "files", "last_event_id", deleted)


VIEW: Final = View(tables=TABLES, forget=_forget)
