"""Join the events of each tool call: PreToolUse, PermissionRequest, Post* and PostToolBatch.

A PermissionRequest has no tool use id: it is matched by session, agent, tool and input. The outcome
that an event reports is decided in `shared/call_outcomes.py`.
"""

import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec

from queryd.calls.fingerprint import error_key
from queryd.store.conditions import json_list
from queryd.store.fact import MAIN, Call, CallChanges, CallTransition, Fact, Outcome, TurnChange
from queryd.store.firing_order import is_late
from queryd.store.payload import text_or_none
from queryd.store.periods import DAY_MS
from queryd.store.store import Database
from queryd.store.view import Deleted, View, clear_by_event, delete_by_event
from queryd.summaries.tools import tool_target
from shared.call_outcomes import (
    Verdict,
    text_of,
    verdict_of_decision,
    verdict_of_entry,
    verdict_of_event,
)
from shared.event import SESSION_STATE

ERROR_CHARS: Final = 2_000
MAX_DURATION_MS: Final = 366 * DAY_MS
RECENT_CALLS: Final = 200
"""The newest calls of all sessions, in which a request is looked up that arrives late."""

TABLES: Final = """
    CREATE TABLE calls (
        id INTEGER PRIMARY KEY,      -- in the order of their first events
        session_id TEXT NOT NULL,
        tool_use_id TEXT NOT NULL,
        agent_id TEXT NOT NULL,      -- '' for the main thread
        agent_type TEXT,
        tool_name TEXT NOT NULL,
        target TEXT,
        prompt_id TEXT,
        source_app TEXT,
        model_name TEXT,
        input_key INTEGER,
        outcome TEXT NOT NULL,
        started_at INTEGER NOT NULL, -- never changes: roll-ups count the call in its minute
        ended_at INTEGER,
        asked_at INTEGER,
        duration_ms INTEGER,
        waiting_ms INTEGER,
        error TEXT,
        error_key TEXT,
        first_event_id INTEGER NOT NULL,
        last_event_id INTEGER NOT NULL,
        pre_at INTEGER,
        post_at INTEGER,
        target_event_id INTEGER,     -- where target and input_key are from
        error_event_id INTEGER
    ) STRICT;
    CREATE UNIQUE INDEX calls_of_session ON calls (session_id, tool_use_id);
    CREATE INDEX calls_running ON calls (session_id) WHERE outcome = 'running';
    CREATE INDEX calls_of_tool ON calls (tool_name, started_at);
    CREATE INDEX calls_failed ON calls (
        tool_name, started_at, error_key, session_id, source_app, model_name, agent_type
    ) WHERE outcome = 'failed';      -- for the last failure, and error clusters of a short time
    CREATE INDEX calls_alike ON calls (
        tool_name, error_key, session_id, started_at, source_app, model_name, agent_type
    ) WHERE outcome = 'failed';      -- for counting the error clusters of a long time
    CREATE INDEX calls_failed_at ON calls (ended_at, source_app) WHERE outcome = 'failed';
    CREATE INDEX calls_failed_of_session ON calls (session_id, ended_at)
        WHERE outcome = 'failed';
    CREATE INDEX calls_last ON calls (last_event_id);
    CREATE INDEX calls_targets ON calls (target_event_id) WHERE target_event_id IS NOT NULL;
    CREATE INDEX calls_errors ON calls (error_event_id) WHERE error_event_id IS NOT NULL;
    CREATE TABLE asks (              -- permission asks that came before their call's PreToolUse
        event_id INTEGER PRIMARY KEY,
        session_id TEXT NOT NULL,
        agent_id TEXT NOT NULL,
        tool_name TEXT NOT NULL,
        input_key INTEGER NOT NULL,
        asked_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX asks_of_session ON asks (session_id);
"""

FIELDS: Final = Call.__struct_fields__
COLUMNS: Final = ", ".join(FIELDS)
UNCHANGED: Final = CallChanges()


def fold(
    database: Database,
    facts: Sequence[Fact],
    model_names: Sequence[str | None],
    turn_changes: Sequence[TurnChange],
) -> list[CallChanges]:
    """Return what each fact did to calls."""
    relevant = [
        (fact, model_name, turn)
        for fact, model_name, turn in zip(facts, model_names, turn_changes, strict=True)
        if turn.ended or fact.event.hook_event_type in _RELEVANT
    ]
    if not relevant:
        return [UNCHANGED] * len(facts)
    calls = _Calls(database, [fact for fact, _, _ in relevant])
    for fact, model_name, turn in relevant:
        calls.model_name, calls.prompt_id = model_name, turn.prompt_id
        _interrupt_open_calls(calls, fact, turn_ended=turn.ended)
        handle = _HANDLERS.get(fact.event.hook_event_type)
        if handle is not None:
            handle(calls, fact)
        if turn.over_at is not None:
            _interrupt_late(calls, fact, turn.over_at)
    calls.save()
    changes = calls.changes()
    return [changes.get(fact.id, UNCHANGED) for fact in facts]


def call_of(row: tuple[Any, ...]) -> Call:
    return Call(**dict(zip(FIELDS, row, strict=True)))


def input_key(tool_input: object) -> int:
    """Return a checksum of a tool's input; the order of keys does not matter."""
    return zlib.crc32(msgspec.json.encode(tool_input, order="deterministic"))


class _Ask(msgspec.Struct):
    event_id: int
    session_id: str
    agent_id: str
    tool_name: str
    input_key: int
    asked_at: int


class _Calls:
    """The calls and asks that a batch of facts can change."""

    def __init__(self, database: Database, facts: Sequence[Fact]) -> None:
        self._database = database
        self.model_name: str | None = None
        """The session's model at the current event."""
        self.prompt_id: str | None = None
        """The open turn of the current event, where the event names none."""
        self.transitions: dict[int, list[CallTransition]] = {}
        self.asks_for: dict[int, tuple[str, Outcome | None]] = {}
        """The tool use that a PermissionRequest is about, and how it had ended, by event."""
        self._calls: dict[tuple[str, str], Call] = {}
        self._running: dict[str, dict[int, Call]] = {}
        self._changed: dict[int, Call] = {}
        sessions = json_list(sorted({fact.event.session_id for fact in facts}))
        keys = json_list(sorted(set(_call_keys(facts))))
        selects = [(_SELECT_RUNNING, sessions), (_SELECT_BY_KEY, keys)]
        if any(fact.event.hook_event_type == "PermissionRequest" for fact in facts):
            selects.append((_SELECT_RECENT, sessions))
        for sql, value in selects:
            for row in database.fetch(sql, (value,)):
                self._index(call_of(row))
        self._asks = [_Ask(*row) for row in database.fetch(_SELECT_ASKS, (sessions,))]
        self._stored_ask_ids = {ask.event_id for ask in self._asks}
        ((self._next_id,),) = database.fetch("SELECT ifnull(max(id), 0) + 1 FROM calls")

    def changes(self) -> dict[int, CallChanges]:
        """Return what each event changed, if anything."""
        changes = {it: CallChanges(transitions) for it, transitions in self.transitions.items()}
        for event_id, asked in self.asks_for.items():
            changes[event_id] = CallChanges(self.transitions.get(event_id, ()), *asked)
        return changes

    def get(self, fact: Fact, tool_use_id: str) -> Call | None:
        return self._calls.get((fact.event.session_id, tool_use_id))

    def add(self, fact: Fact, tool_use_id: str, name: str, started_at: int) -> Call:
        event = fact.event
        call = Call(
            id=self._next_id,
            session_id=event.session_id,
            tool_use_id=tool_use_id,
            agent_id=fact.agent_id,
            agent_type=text_or_none(fact.payload.get("agent_type")) if fact.agent_id else None,
            tool_name=name,
            prompt_id=text_or_none(fact.payload.get("prompt_id")) or self.prompt_id,
            source_app=event.source_app,
            model_name=self.model_name,
            started_at=started_at,
            first_event_id=fact.id,
            last_event_id=fact.id,
        )
        self._next_id += 1
        self._index(call)
        return call

    def transition(
        self,
        fact: Fact,
        call: Call,
        before: Outcome | None,
        *,
        duration_ms: int | None = None,
        waited_ms: int = 0,
    ) -> None:
        transition = CallTransition(call, before, call.outcome, duration_ms, waited_ms)
        self.transitions.setdefault(fact.id, []).append(transition)
        self.mark_changed(fact, call)
        running = self._running.setdefault(call.session_id, {})
        if call.outcome == "running":
            running[call.id] = call
        else:
            running.pop(call.id, None)

    def mark_changed(self, fact: Fact, call: Call) -> None:
        call.last_event_id = max(call.last_event_id, fact.id)
        self._changed[call.id] = call

    def running(self, fact: Fact, agent_id: str | None) -> list[Call]:
        """Return the running calls of an agent, or of the whole session; oldest first."""
        calls = self._running.get(fact.event.session_id, {}).values()
        selected = [call for call in calls if agent_id is None or call.agent_id == agent_id]
        return sorted(selected, key=lambda call: call.id)

    def just_ended(self, fact: Fact) -> list[Call]:
        """Return the calls of an agent that ended shortly after an event's time; oldest first."""
        event = fact.event
        ended = [
            call
            for call in self._calls.values()
            if (call.session_id, call.agent_id) == (event.session_id, fact.agent_id)
            and call.id > self._next_id - 1 - RECENT_CALLS
            and call.ended_at is not None
            and call.started_at <= event.timestamp
            and is_late(event.timestamp, call.ended_at)
        ]
        return sorted(ended, key=lambda call: call.id)

    def add_ask(self, fact: Fact, name: str, key: int) -> None:
        event = fact.event
        self._asks.append(
            _Ask(fact.id, event.session_id, fact.agent_id, name, key, event.timestamp)
        )

    def take_ask(self, call: Call) -> _Ask | None:
        """Remove and return the ask that came before the call's first event, if any."""
        for ask in self._asks:
            if (ask.session_id, ask.agent_id, ask.tool_name, ask.input_key) == (
                call.session_id,
                call.agent_id,
                call.tool_name,
                call.input_key,
            ):
                self._asks.remove(ask)
                return ask
        return None

    def drop_asks(self, fact: Fact, agent_id: str | None) -> None:
        self._asks = [
            ask
            for ask in self._asks
            if ask.session_id != fact.event.session_id
            or (agent_id is not None and ask.agent_id != agent_id)
            or is_late(fact.event.timestamp, ask.asked_at)
        ]

    def save(self) -> None:
        self._database.run_many(
            _SAVE, [msgspec.structs.astuple(call) for call in self._changed.values()]
        )
        remaining = {ask.event_id for ask in self._asks}
        self._database.run_many(
            "DELETE FROM asks WHERE event_id = ?",
            [(event_id,) for event_id in sorted(self._stored_ask_ids - remaining)],
        )
        self._database.run_many(
            "INSERT INTO asks VALUES (?, ?, ?, ?, ?, ?)",
            [
                msgspec.structs.astuple(ask)
                for ask in self._asks
                if ask.event_id not in self._stored_ask_ids
            ],
        )

    def _index(self, call: Call) -> None:
        indexed = self._calls.setdefault((call.session_id, call.tool_use_id), call)
        if indexed.outcome == "running":
            self._running.setdefault(call.session_id, {})[indexed.id] = indexed


def _on_pre(calls: _Calls, fact: Fact) -> None:
    tool_use_id, name = _id_and_name(fact)
    if tool_use_id is None:
        return
    at = fact.event.timestamp
    call = calls.get(fact, tool_use_id)
    before: Outcome | None = None
    if call is None:
        call = calls.add(fact, tool_use_id, name, at)
    elif call.pre_at is not None:
        return  # a repeated event
    else:
        before = call.outcome
    call.pre_at = at
    _set_target(fact, call)
    ask = calls.take_ask(call)
    if ask is not None:
        call.asked_at = ask.asked_at
    waited_ms = _add_waiting_time(call, before)
    calls.transition(fact, call, before, waited_ms=waited_ms)


def _on_ask(calls: _Calls, fact: Fact) -> None:
    _, name = _id_and_name(fact)
    key = input_key(fact.payload.get("tool_input"))
    for call in calls.running(fact, fact.agent_id):
        if call.asked_at is None and (call.tool_name, call.input_key) == (name, key):
            call.asked_at = fact.event.timestamp
            calls.asks_for[fact.id] = call.tool_use_id, None
            calls.mark_changed(fact, call)
            return
    for call in calls.just_ended(fact):
        if call.asked_at is None and (call.tool_name, call.input_key) == (name, key):
            _ask_late(calls, fact, call)
            return
    calls.add_ask(fact, name, key)


def _ask_late(calls: _Calls, fact: Fact, call: Call) -> None:
    """Add a request that arrives after the end of its call."""
    call.asked_at = fact.event.timestamp
    if call.outcome == "succeeded" and call.post_at is None:
        # As in a batch that arrives after the request: the call never ran.
        call.outcome = "denied"
        calls.transition(fact, call, "succeeded")
    elif call.outcome == "interrupted":
        waited_ms = _add_waiting_time(call, "interrupted")
        calls.transition(fact, call, "interrupted", waited_ms=waited_ms)
    calls.asks_for[fact.id] = call.tool_use_id, call.outcome
    calls.mark_changed(fact, call)


def _on_post(calls: _Calls, fact: Fact) -> None:
    tool_use_id, name = _id_and_name(fact)
    if tool_use_id is None:
        return
    at = fact.event.timestamp
    verdict = verdict_of_event(fact.event.hook_event_type, fact.payload)
    # A denied call did not run: the time of its check would look like a very fast run.
    duration_ms = (
        None if verdict.outcome == "denied" else _duration(fact.payload.get("duration_ms"))
    )
    call = calls.get(fact, tool_use_id)
    before: Outcome | None = None
    if call is None:
        call = calls.add(fact, tool_use_id, name, at - (duration_ms or 0))
        _set_target(fact, call)
    elif call.post_at is not None:
        return  # a repeated event, or a second report of the end
    else:
        before = call.outcome
    call.outcome = verdict.outcome
    call.post_at = at
    call.ended_at = max(at, call.started_at)
    call.duration_ms = duration_ms
    _set_error(fact, call, _error(fact, verdict))
    waited_ms = _add_waiting_time(call, before)
    calls.transition(fact, call, before, duration_ms=duration_ms, waited_ms=waited_ms)


def _on_batch(calls: _Calls, fact: Fact) -> None:
    """End calls without a Post*: denied by a rule or by the user, or rejected before they ran."""
    calls.drop_asks(fact, fact.agent_id)  # of a call whose event was lost, or a repeated ask
    entries = fact.payload.get("tool_calls")
    for entry in entries if isinstance(entries, list) else ():
        if not isinstance(entry, dict) or not isinstance(entry.get("tool_use_id"), str):
            continue
        call = calls.get(fact, entry["tool_use_id"])
        before = None if call is None else call.outcome
        if call is None:
            name = text_or_none(entry.get("tool_name")) or "?"
            call = calls.add(fact, entry["tool_use_id"], name, fact.event.timestamp)
            call.target = tool_target(
                name, entry.get("tool_input"), text_or_none(fact.payload.get("cwd"))
            )
            call.target_event_id = fact.id
        elif call.post_at is not None or not _is_incomplete(call):
            continue
        verdict = verdict_of_entry(entry, was_asked=call.asked_at is not None)
        call.outcome = verdict.outcome
        call.ended_at = max(fact.event.timestamp, call.started_at)
        has_error = call.outcome in {"failed", "denied"}
        _set_error(fact, call, text_of(entry.get("tool_response")) if has_error else None)
        if verdict.decided_by == "user":
            waited_ms = _add_waiting_time(call, before)
        else:
            waited_ms = _drop_waiting_time(call, before)
        calls.transition(fact, call, before, waited_ms=waited_ms)


def _on_decision(calls: _Calls, fact: Fact) -> None:
    """End a call that the user refused at a prompt: no hook fires for that.

    Telemetry is seconds late: the next prompt may have interrupted the call already.
    """
    verdict = verdict_of_decision(fact.payload)
    tool_use_id, _ = _id_and_name(fact)
    call = None if verdict is None or tool_use_id is None else calls.get(fact, tool_use_id)
    if verdict is None or call is None or call.post_at is not None:
        return
    before = call.outcome
    if before not in {"running", "interrupted"}:
        return
    call.outcome = verdict.outcome
    call.ended_at = max(fact.event.timestamp, call.started_at)
    waited_ms = _add_waiting_time(call, before)
    calls.transition(fact, call, before, waited_ms=waited_ms)


def _on_state(calls: _Calls, fact: Fact) -> None:
    """Take the registry's word on prompts: no hook reports a refusal, and some report no prompt."""
    at = fact.event.timestamp
    match fact.payload.get("status"):
        case "waiting":
            open_calls = calls.running(fact, None)
            is_of_main = [call.agent_id for call in open_calls] == [MAIN]
            if is_of_main and open_calls[0].started_at <= at:
                calls.asks_for[fact.id] = open_calls[0].tool_use_id, None
        case "busy":
            for call in calls.running(fact, MAIN):
                if call.asked_at is not None and call.asked_at < at and call.waiting_ms is None:
                    call.waiting_ms = at - call.asked_at
                    calls.mark_changed(fact, call)


def _is_incomplete(call: Call) -> bool:
    """Return whether a batch can add to a call: its end, or why it was denied."""
    return call.outcome in {"running", "interrupted"} or (
        call.outcome == "denied" and call.error is None
    )


def _interrupt_open_calls(calls: _Calls, fact: Fact, *, turn_ended: bool) -> None:
    """Interrupt the running calls of an agent that has stopped: no event reports an Esc."""
    match fact.event.hook_event_type:
        case "SessionEnd" | "session_state" | "session_gone" if turn_ended:
            agent_id = None
        case "SessionEnd":
            agent_id = None
        case "SessionStart" if turn_ended:
            agent_id = None
        case "SubagentStop" | "StopFailure" if fact.agent_id:
            agent_id = fact.agent_id
        case _ if turn_ended:
            agent_id = MAIN
        case _:
            return
    for call in calls.running(fact, agent_id):
        at = fact.event.timestamp
        if is_late(at, call.started_at) or (fact.is_backfilled and call.started_at > at):
            continue
        call.outcome = "interrupted"
        call.ended_at = max(at, call.started_at)
        waited_ms = _add_waiting_time(call, "running")
        calls.transition(fact, call, "running", waited_ms=waited_ms)
    calls.drop_asks(fact, agent_id)


def _interrupt_late(calls: _Calls, fact: Fact, at: int) -> None:
    """Interrupt a call whose start arrives after the end of its turn, as that end would have."""
    tool_use_id, _ = _id_and_name(fact)
    call = None if tool_use_id is None else calls.get(fact, tool_use_id)
    if call is not None and call.outcome == "running":
        call.outcome = "interrupted"
        call.ended_at = max(at, call.started_at)
        waited_ms = _add_waiting_time(call, "running")
        calls.transition(fact, call, "running", waited_ms=waited_ms)


_HANDLERS: Final = {
    "PreToolUse": _on_pre,
    "PermissionRequest": _on_ask,
    "PostToolUse": _on_post,
    "PostToolUseFailure": _on_post,
    "PermissionDenied": _on_post,
    "PostToolBatch": _on_batch,
    "tool_decision": _on_decision,
    SESSION_STATE: _on_state,
}
_RELEVANT: Final = frozenset(
    {*_HANDLERS, "SubagentStop", "StopFailure", "SessionStart", "SessionEnd"}
)


def _call_keys(facts: Iterable[Fact]) -> Iterator[tuple[str, str]]:
    """Yield session and tool use id of every call in the facts."""
    for fact in facts:
        ids = [fact.event.tool_use_id or fact.payload.get("tool_use_id")]
        entries = fact.payload.get("tool_calls")
        if isinstance(entries, list):
            ids += [entry.get("tool_use_id") for entry in entries if isinstance(entry, dict)]
        yield from ((fact.event.session_id, one) for one in ids if isinstance(one, str))


def _id_and_name(fact: Fact) -> tuple[str | None, str]:
    tool_use_id = fact.event.tool_use_id or text_or_none(fact.payload.get("tool_use_id"))
    return tool_use_id, fact.event.tool_name or text_or_none(fact.payload.get("tool_name")) or "?"


def _set_target(fact: Fact, call: Call) -> None:
    tool_input = fact.payload.get("tool_input")
    if call.input_key is None:
        call.input_key = input_key(tool_input)
        call.target = tool_target(call.tool_name, tool_input, text_or_none(fact.payload.get("cwd")))
        call.target_event_id = fact.id


def _error(fact: Fact, verdict: Verdict) -> str | None:
    match fact.event.hook_event_type:
        case "PermissionDenied":
            return text_or_none(fact.payload.get("reason")) or verdict.outcome
        case "PostToolUseFailure":
            return text_or_none(fact.payload.get("error")) or "failed"
    return None


def _set_error(fact: Fact, call: Call, error: str | None) -> None:
    call.error = None if error is None else error[:ERROR_CHARS]
    call.error_event_id = None if error is None else fact.id
    call.error_key = None if call.error is None else error_key(call.error)


def _add_waiting_time(call: Call, before: Outcome | None) -> int:
    """Set how long a call waited, as far as it is known; return the time added.

    That of an open call is not counted yet.
    """
    counted = 0 if before in {None, "running"} else call.waiting_ms or 0
    call.waiting_ms = _waiting_ms(call)
    return (call.waiting_ms or 0) - counted


def _drop_waiting_time(call: Call, before: Outcome | None) -> int:
    """Forget the wait of a call that seemed to be stopped: a rule denies at once, or it ran."""
    if before != "interrupted" or call.waiting_ms is None:
        return 0
    counted, call.waiting_ms = call.waiting_ms, None
    return -counted


def _waiting_ms(call: Call) -> int | None:
    """Return how long a call waited once its start and end are known.

    It stays unknown for a call without a duration.
    """
    if call.post_at is None:
        return _waiting_ms_without_end(call)
    duration_ms = 0 if call.outcome == "denied" else call.duration_ms
    if call.pre_at is None or duration_ms is None:
        return None
    return max(0, call.post_at - call.pre_at - duration_ms)


def _waiting_ms_without_end(call: Call) -> int | None:
    """Return how long a call was asked for that no hook ended: by a refusal, it never ran."""
    is_answered = call.waiting_ms is not None and call.outcome != "denied"
    if call.asked_at is None or call.ended_at is None or is_answered:
        return call.waiting_ms
    is_stopped = call.outcome in {"denied", "interrupted"}
    return max(0, call.ended_at - call.asked_at) if is_stopped else None


def _duration(value: object) -> int | None:
    """Return a plausible duration: some clients send none, some a float."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return round(value) if 0 <= value <= MAX_DURATION_MS else None


_SELECT_RUNNING: Final = f"""
    SELECT {COLUMNS} FROM calls WHERE outcome = 'running'
    AND session_id IN (SELECT value FROM json_each(?))
"""
_SELECT_RECENT: Final = f"""
    SELECT {COLUMNS} FROM calls WHERE id > (SELECT max(id) FROM calls) - {RECENT_CALLS}
    AND session_id IN (SELECT value FROM json_each(?))
"""
_SELECT_BY_KEY: Final = f"""
    SELECT {COLUMNS} FROM calls WHERE (session_id, tool_use_id) IN (
        SELECT value ->> 0, value ->> 1 FROM json_each(?)
    )
"""
_SELECT_ASKS: Final = """
    SELECT event_id, session_id, agent_id, tool_name, input_key, asked_at FROM asks
    WHERE session_id IN (SELECT value FROM json_each(?)) ORDER BY event_id
"""
_FIXED_FIELDS: Final = frozenset(
    {
        "id",
        "session_id",
        "tool_use_id",
        "agent_id",
        "agent_type",
        "tool_name",
        "prompt_id",
        "source_app",
        "model_name",
        "started_at",
        "first_event_id",
    }
)
_SAVE: Final = f"""
    INSERT INTO calls ({COLUMNS}) VALUES ({", ".join("?" * len(FIELDS))})
    ON CONFLICT (id) DO UPDATE SET
    {", ".join(f"{name} = excluded.{name}" for name in FIELDS if name not in _FIXED_FIELDS)}
"""


def _forget(database: Database, deleted: Deleted) -> None:
    """Delete calls whose last event was deleted; clear what came from other deleted events."""
    target = "target = NULL, input_key = NULL, target_event_id = NULL"
    clear_by_event(database, "calls", "target_event_id", target, deleted)
    error = "error = NULL, error_key = NULL, error_event_id = NULL"
    clear_by_event(database, "calls", "error_event_id", error, deleted)
    if not deleted.payload_only:
        delete_by_event(database, "calls", "last_event_id", deleted)
        delete_by_event(database, "asks", "event_id", deleted)


VIEW: Final = View(tables=TABLES, forget=_forget)
