"""Read what a session holds: its subagents, tool calls, files and turns, a page at a time."""

from collections.abc import Sequence
from typing import Any, Final, Literal, NamedTuple

import msgspec

from queryd.calls.fold import COLUMNS as CALL_COLUMNS
from queryd.calls.fold import call_of
from queryd.calls.open_calls import OUTCOME, WAITED_MS
from queryd.sessions.paging import START, PagePosition, next_position
from queryd.sessions.rows import (
    AgentRow,
    CallRow,
    FileRow,
    ShownTurnOutcome,
    TurnRow,
    agent_row,
    call_row,
    current_status,
)
from queryd.sessions.tables import agent_of, session_of
from queryd.sessions.turns import COLUMNS as TURN_COLUMNS
from queryd.sessions.turns import Turn
from queryd.store.conditions import json_list
from queryd.store.fact import Call, CallOutcome
from queryd.store.store import Value, ViewReader
from queryd.usage.read_figures import figures_of

CallKind = Literal["failed", "edits", "asked"]


class CallFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Filter the calls of a session; an empty tuple matches all.

    An empty `agent_id` is the main thread; an empty `prompt_id` matches calls without one.
    """

    tool_name: tuple[str, ...] = ()
    outcome: tuple[CallOutcome, ...] = ()
    prompt_id: tuple[str, ...] = ()
    agent_id: tuple[str, ...] = ()
    kind: tuple[CallKind, ...] = ()
    """Calls of any of these kinds."""
    since: int | None = None
    """ms since the epoch, inclusive: calls that ran at or after this time."""
    until: int | None = None
    changed_after: int | None = None
    """Calls with an event after this one, and all open ones: time changes them as well."""


class CallKindCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How many calls of a session are of each kind; a call may be of several."""

    failed: int
    edits: int
    """Calls of tools that change files."""
    asked: int
    """Calls for which the user was asked."""


def agents_page(
    views: ViewReader, session_id: str, *, limit: int, after: PagePosition | None, now: int
) -> tuple[list[AgentRow], PagePosition | None]:
    """Return a session's subagents, the last seen first."""
    at = after or START
    process_ended = any(it for (it,) in views.fetch(_PROCESS_ENDED, (session_id,)))
    found_rows = views.fetch(
        """
        SELECT last_event_at, id, state FROM agents
        WHERE session_id = ? AND (last_event_at, id) < (?, ?)
        ORDER BY last_event_at DESC, id DESC LIMIT ?
        """,
        (session_id, at.at, at.id, limit + 1),
    )
    agents = [agent_of(state) for *_, state in found_rows[:limit]]
    figures = figures_of(views, [(session_id, agent.agent_id) for agent in agents])
    rows = [
        agent_row(
            it, now=now, process_ended=process_ended, figures=figures[session_id, it.agent_id]
        )
        for it in agents
    ]
    return rows, next_position(found_rows, limit)


def calls_page(
    views: ViewReader,
    session_id: str,
    call_filter: CallFilter,
    *,
    limit: int,
    after: PagePosition | None,
    now: int,
) -> tuple[list[CallRow], PagePosition | None]:
    """Return a session's tool calls, newest first."""
    conditions, values = _conditions(call_filter)
    found_rows = views.fetch(
        f"""
        SELECT {OUTCOME}, {WAITED_MS}, {CALL_COLUMNS} FROM calls
        WHERE session_id = ? AND id < ? {conditions} ORDER BY +id DESC LIMIT ?
        """,
        (now, session_id, (after or START).id, *values, limit + 1),
    )
    rows = [
        call_row(call_of(tuple(row)), outcome, waiting_ms)
        for outcome, waiting_ms, *row in found_rows[:limit]
    ]
    return rows, PagePosition(rows[-1].started_at, rows[-1].id) if len(found_rows) > limit else None


def call_kind_counts(views: ViewReader, session_id: str, call_filter: CallFilter) -> CallKindCounts:
    """Count a session's calls by kind."""
    conditions, values = _conditions(call_filter)
    sums = ", ".join(f"ifnull(sum({_KINDS[kind]}), 0)" for kind in _KINDS)
    ((failed, edits, asked),) = views.fetch(
        f"SELECT {sums} FROM calls WHERE session_id = ? {conditions}", (session_id, *values)
    )
    return CallKindCounts(failed=failed, edits=edits, asked=asked)


def files_page(
    views: ViewReader, session_id: str, *, limit: int, after: str | None
) -> tuple[list[FileRow], str | None]:
    """Return the files that a session touched, by path."""
    found_rows = views.fetch(
        """
        SELECT path, read_count, write_count, edit_count, lines_added, lines_removed, created,
            last_touched_at, last_event_id
        FROM files WHERE session_id = ? AND path > ? ORDER BY path LIMIT ?
        """,
        (session_id, after or "", limit + 1),
    )
    rows = [
        FileRow(
            **{**dict(zip(FileRow.__struct_fields__, row, strict=True)), "created": bool(row[6])}
        )
        for row in found_rows[:limit]
    ]
    return rows, rows[-1].path if len(found_rows) > limit else None


def turns_page(
    views: ViewReader, session_id: str, *, limit: int, after: PagePosition | None, now: int
) -> tuple[list[TurnRow], PagePosition | None]:
    """Return a session's turns, newest first, with the number of calls in each.

    Ordered by time rather than by the log: backfilled turns take their place.
    """
    at = after or START
    found_rows = views.fetch(
        f"""
        SELECT {TURN_COLUMNS} FROM turns WHERE session_id = ? AND (started_at, id) < (?, ?)
        ORDER BY started_at DESC, id DESC LIMIT ?
        """,
        (session_id, at.at, at.id, limit + 1),
    )
    rows = _turn_rows(views, session_id, [_stored_turn(row) for row in found_rows[:limit]], now)
    return rows, PagePosition(rows[-1].started_at, rows[-1].id) if len(found_rows) > limit else None


def one_turn(
    views: ViewReader, session_id: str, turn_id: int, *, now: int
) -> tuple[Turn, TurnRow] | None:
    """Return a turn as it is stored, with the events of its texts, and its row."""
    sql = f"SELECT {TURN_COLUMNS} FROM turns WHERE id = ? AND session_id = ?"
    for row in views.fetch(sql, (turn_id, session_id)):
        turn = _stored_turn(row)
        return turn, _turn_rows(views, session_id, [turn], now)[0]
    return None


def one_call(
    views: ViewReader, session_id: str, call_id: int, *, now: int
) -> tuple[Call, CallRow] | None:
    """Return a call as it is stored, with the events of its texts, and its row."""
    sql = f"""
        SELECT {OUTCOME}, {WAITED_MS}, {CALL_COLUMNS} FROM calls WHERE id = ? AND session_id = ?
    """
    for outcome, waiting_ms, *row in views.fetch(sql, (now, call_id, session_id)):
        call = call_of(tuple(row))
        return call, call_row(call, outcome, waiting_ms)
    return None


def _stored_turn(row: tuple[Any, ...]) -> Turn:
    return Turn(**dict(zip(Turn.__struct_fields__, row, strict=True)))


def _turn_rows(
    views: ViewReader, session_id: str, turns: Sequence[Turn], now: int
) -> list[TurnRow]:
    counts = {
        prompt_id: (count, failed)
        for prompt_id, count, failed in views.fetch(
            _CALLS_OF_TURNS,
            (session_id, json_list([turn.prompt_id for turn in turns])),
        )
    }
    is_running = any(turn.outcome == "running" for turn in turns)
    open_outcome = _open_turn(views, session_id, now) if is_running else _RUNNING
    return [_turn(turn, open_outcome, *counts.get(turn.prompt_id, (0, 0))) for turn in turns]


def _conditions(call_filter: CallFilter) -> tuple[str, list[Value]]:
    sql = ""
    values: list[Value] = []
    for column in ("tool_name", "outcome", "prompt_id", "agent_id"):
        accepted = getattr(call_filter, column)
        if accepted:
            sql += f" AND {_OPERANDS.get(column, column)} IN ({', '.join('?' * len(accepted))})"
            values += accepted
    if call_filter.kind:
        sql += f" AND ({' OR '.join(_KINDS[kind] for kind in call_filter.kind)})"
    for bound, condition in _BOUNDS.items():
        if (limit := getattr(call_filter, bound)) is not None:
            sql += f" AND {condition}"
            values.append(limit)
    return sql, values


class _OpenTurn(NamedTuple):
    """What became of a turn without an end."""

    outcome: ShownTurnOutcome
    ended_at: int | None


_RUNNING: Final = _OpenTurn("running", None)
_OVER: Final = frozenset({"quiet", "ended"})
_ASKING: Final = frozenset({"needs_permission", "needs_input"})


def _open_turn(views: ViewReader, session_id: str, now: int) -> _OpenTurn:
    for process_ended, state in views.fetch(_SESSION, (session_id,)):
        session = session_of(state)
        status, *_ = current_status(session, now=now, process_ended=bool(process_ended))
        if status in _OVER:
            return _OpenTurn("no_result", session.last_event_at)
        if status in _ASKING:
            return _OpenTurn("waiting", None)
    return _RUNNING


def _turn(turn: Turn, open_turn: _OpenTurn, tool_count: int, failure_count: int) -> TurnRow:
    outcome: ShownTurnOutcome = turn.outcome
    ended_at = turn.ended_at
    if outcome == "running":
        outcome, ended_at = open_turn
        ended_at = None if ended_at is None else max(ended_at, turn.started_at)
    return TurnRow(
        id=turn.id,
        prompt_id=turn.prompt_id,
        kind=turn.kind,
        prompt=turn.prompt,
        answer=turn.answer,
        outcome=outcome,
        started_at=turn.started_at,
        ended_at=ended_at,
        tool_count=tool_count,
        failure_count=failure_count,
        last_event_id=turn.last_event_id,
    )


_KINDS: Final[dict[CallKind, str]] = {
    "failed": "(outcome = 'failed')",
    "edits": "(tool_name IN ('Edit', 'MultiEdit', 'NotebookEdit', 'Write'))",
    "asked": """(asked_at IS NOT NULL OR EXISTS (
        SELECT 1 FROM ask_outcomes WHERE session_id = calls.session_id
        AND tool_use_id = calls.tool_use_id
    ))""",
}
_BOUNDS: Final = {
    "since": "ifnull(ended_at, started_at) >= ?",
    "until": "started_at <= ?",
    "changed_after": "(last_event_id > ? OR outcome = 'running')",
}
_OPERANDS: Final = {"prompt_id": "ifnull(prompt_id, '')", "outcome": f"({OUTCOME})"}
_PROCESS_ENDED: Final = "SELECT process_ended FROM sessions WHERE session_id = ?"
_SESSION: Final = "SELECT process_ended, state FROM sessions WHERE session_id = ?"
_CALLS_OF_TURNS: Final = """
    SELECT prompt_id, count(*), sum(outcome = 'failed') FROM calls
    WHERE session_id = ? AND prompt_id IN (SELECT value FROM json_each(?)) GROUP BY prompt_id
"""
