"""Join the events of each tool call: PreToolUse, PermissionRequest, Post* and PostToolBatch.

In: facts, with the ends of turns noted on them. Out: a row a call; on each fact, what it did to
which calls. A PermissionRequest names no call: it is joined by session, agent, tool and input.
What an event says of a call's outcome is decided in `shared/call_outcomes.py`.
"""

import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec

from queryd.calls.fingerprint import error_key
from queryd.store.fact import MAIN, Call, CallChanges, CallTransition, Fact, Outcome, TurnChange
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

ERROR_CHARS: Final = 2_000
DAY_MS: Final = 86_400_000

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
    ) WHERE outcome = 'failed';      -- for counting error clusters
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
    """Follow each call; return what each fact did to calls."""
    relevant = [
        (fact, model_name, turn.ended)
        for fact, model_name, turn in zip(facts, model_names, turn_changes, strict=True)
        if turn.ended or fact.event.hook_event_type in _RELEVANT
    ]
    if not relevant:
        return [UNCHANGED] * len(facts)
    calls = _Calls(database, [fact for fact, _, _ in relevant])
    for fact, model_name, turn_is_over in relevant:
        calls.model_name = model_name
        _end_with_its_turn(calls, fact, turn_is_over=turn_is_over)
        follow = _FOLLOWS.get(fact.event.hook_event_type)
        if follow is not None:
            follow(calls, fact)
    calls.save()
    return [calls.changes(fact) for fact in facts]


def call_of(row: tuple[Any, ...]) -> Call:
    """Return the call of one row of `COLUMNS`."""
    return Call(**dict(zip(FIELDS, row, strict=True)))


def input_key(tool_input: object) -> int:
    """Return a checksum of a tool's input, whatever the order of its keys."""
    return zlib.crc32(msgspec.json.encode(tool_input, order="deterministic"))


class _Ask(msgspec.Struct):
    event_id: int
    session_id: str
    agent_id: str
    tool_name: str
    input_key: int
    asked_at: int


class _Calls:
    """Hold the calls and asks that the facts at hand can touch."""

    def __init__(self, database: Database, facts: Sequence[Fact]) -> None:
        self._database = database
        self.model_name: str | None = None
        """That the session uses at the event at hand."""
        self.transitions: dict[int, list[CallTransition]] = {}
        self.asks_for: dict[int, str] = {}
        """By event."""
        self._known: dict[tuple[str, str], Call] = {}
        self._running: dict[str, dict[int, Call]] = {}
        self._changed: dict[int, Call] = {}
        sessions = msgspec.json.encode(sorted({fact.event.session_id for fact in facts})).decode()
        named = msgspec.json.encode(sorted(set(_named_by(facts)))).decode()
        for sql, keys in ((_RUNNING, sessions), (_NAMED, named)):
            for row in database.fetch(sql, (keys,)):
                self._take(call_of(row))
        self._asks = [_Ask(*row) for row in database.fetch(_ASKS, (sessions,))]
        self._old_asks = {ask.event_id for ask in self._asks}
        ((self._next_id,),) = database.fetch("SELECT ifnull(max(id), 0) + 1 FROM calls")

    def changes(self, fact: Fact) -> CallChanges:
        transitions, asks_for = self.transitions.get(fact.id), self.asks_for.get(fact.id)
        if transitions is None and asks_for is None:
            return UNCHANGED
        return CallChanges(transitions or (), asks_for)

    def get(self, fact: Fact, tool_use_id: str) -> Call | None:
        return self._known.get((fact.event.session_id, tool_use_id))

    def add(self, fact: Fact, tool_use_id: str, name: str, started_at: int) -> Call:
        event = fact.event
        call = Call(
            id=self._next_id,
            session_id=event.session_id,
            tool_use_id=tool_use_id,
            agent_id=fact.agent_id,
            agent_type=_text(fact.payload.get("agent_type")) if fact.agent_id else None,
            tool_name=name,
            prompt_id=_text(fact.payload.get("prompt_id")),
            source_app=event.source_app,
            model_name=self.model_name,
            started_at=started_at,
            first_event_id=fact.id,
            last_event_id=fact.id,
        )
        self._next_id += 1
        self._take(call)
        return call

    def transition(
        self,
        fact: Fact,
        call: Call,
        was: Outcome | None,
        *,
        duration_ms: int | None = None,
        waited_ms: int = 0,
    ) -> None:
        transition = CallTransition(call, was, call.outcome, duration_ms, waited_ms)
        self.transitions.setdefault(fact.id, []).append(transition)
        self.touch(fact, call)
        running = self._running.setdefault(call.session_id, {})
        if call.outcome == "running":
            running[call.id] = call
        else:
            running.pop(call.id, None)

    def touch(self, fact: Fact, call: Call) -> None:
        call.last_event_id = max(call.last_event_id, fact.id)
        self._changed[call.id] = call

    def running(self, fact: Fact, agent_id: str | None) -> list[Call]:
        """Return the calls that run, oldest first: of one actor, or of the whole session."""
        found = self._running.get(fact.event.session_id, {})
        wanted = [call for call in found.values() if agent_id is None or call.agent_id == agent_id]
        return sorted(wanted, key=lambda call: call.id)

    def ask(self, fact: Fact, name: str, key: int) -> None:
        event = fact.event
        self._asks.append(
            _Ask(fact.id, event.session_id, fact.agent_id, name, key, event.timestamp)
        )

    def asked(self, call: Call) -> _Ask | None:
        """Return the ask that came before this call's own first event, if there is one."""
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
        ]

    def save(self) -> None:
        self._database.run_many(
            _SAVE, [msgspec.structs.astuple(call) for call in self._changed.values()]
        )
        left = {ask.event_id for ask in self._asks}
        self._database.run_many(
            "DELETE FROM asks WHERE event_id = ?",
            [(event_id,) for event_id in sorted(self._old_asks - left)],
        )
        self._database.run_many(
            "INSERT INTO asks VALUES (?, ?, ?, ?, ?, ?)",
            [
                msgspec.structs.astuple(ask)
                for ask in self._asks
                if ask.event_id not in self._old_asks
            ],
        )

    def _take(self, call: Call) -> None:
        known = self._known.setdefault((call.session_id, call.tool_use_id), call)
        if known.outcome == "running":
            self._running.setdefault(call.session_id, {})[known.id] = known


def _on_pre(calls: _Calls, fact: Fact) -> None:
    tool_use_id, name = _names(fact)
    if tool_use_id is None:
        return
    at = fact.event.timestamp
    call = calls.get(fact, tool_use_id)
    was: Outcome | None = None
    if call is None:
        call = calls.add(fact, tool_use_id, name, at)
    elif call.pre_at is not None:
        return  # the same event once more
    else:
        was = call.outcome
    call.pre_at = at
    _describe(fact, call)
    ask = calls.asked(call)
    if ask is not None:
        call.asked_at = ask.asked_at
    calls.transition(fact, call, was, waited_ms=_wait(call))


def _on_ask(calls: _Calls, fact: Fact) -> None:
    _, name = _names(fact)
    key = input_key(fact.payload.get("tool_input"))
    for call in calls.running(fact, fact.agent_id):
        if call.asked_at is None and (call.tool_name, call.input_key) == (name, key):
            call.asked_at = fact.event.timestamp
            calls.asks_for[fact.id] = call.tool_use_id
            calls.touch(fact, call)
            return
    calls.ask(fact, name, key)


def _on_post(calls: _Calls, fact: Fact) -> None:
    tool_use_id, name = _names(fact)
    if tool_use_id is None:
        return
    at = fact.event.timestamp
    verdict = verdict_of_event(fact.event.hook_event_type, fact.payload)
    # A denied call did nothing; what its check took would pass for a very fast run.
    took = None if verdict.outcome == "denied" else _duration(fact.payload.get("duration_ms"))
    call = calls.get(fact, tool_use_id)
    was: Outcome | None = None
    if call is None:
        call = calls.add(fact, tool_use_id, name, at - (took or 0))
        _describe(fact, call)
    elif call.post_at is not None:
        return  # the same event once more, or a second word on what is settled
    else:
        was = call.outcome
    call.outcome = verdict.outcome
    call.post_at = at
    call.ended_at = max(at, call.started_at)
    call.duration_ms = took
    _set_error(fact, call, _error(fact, verdict))
    calls.transition(fact, call, was, duration_ms=took, waited_ms=_wait(call))


def _on_batch(calls: _Calls, fact: Fact) -> None:
    """Close what has no Post* of its own: refused by a rule or a person, or rejected unread."""
    calls.drop_asks(fact, fact.agent_id)  # of a call whose event was lost, or a repeated ask
    entries = fact.payload.get("tool_calls")
    for entry in entries if isinstance(entries, list) else ():
        if not isinstance(entry, dict) or not isinstance(entry.get("tool_use_id"), str):
            continue
        call = calls.get(fact, entry["tool_use_id"])
        was = None if call is None else call.outcome
        if call is None:
            name = _text(entry.get("tool_name")) or "?"
            call = calls.add(fact, entry["tool_use_id"], name, fact.event.timestamp)
            call.target = tool_target(name, entry.get("tool_input"), _text(fact.payload.get("cwd")))
            call.target_event_id = fact.id
        elif call.post_at is not None or not _lacks_its_end(call):
            continue
        call.outcome = verdict_of_entry(entry, was_asked=call.asked_at is not None).outcome
        call.ended_at = max(fact.event.timestamp, call.started_at)
        has_error = call.outcome in {"failed", "denied"}
        _set_error(fact, call, text_of(entry.get("tool_response")) if has_error else None)
        calls.transition(fact, call, was)


def _on_decision(calls: _Calls, fact: Fact) -> None:
    """Close a call that the user refused at a prompt: no hook fires for that.

    Telemetry comes seconds late: by then the next prompt may have made it an interrupted one.
    """
    verdict = verdict_of_decision(fact.payload)
    tool_use_id, _ = _names(fact)
    call = None if verdict is None or tool_use_id is None else calls.get(fact, tool_use_id)
    if verdict is None or call is None or call.post_at is not None:
        return
    was = call.outcome
    if was not in {"running", "interrupted"}:
        return
    call.outcome = verdict.outcome
    call.ended_at = max(fact.event.timestamp, call.started_at)
    calls.transition(fact, call, was)


def _lacks_its_end(call: Call) -> bool:
    """Return whether a batch can add to a call: its end, or why it was denied."""
    return call.outcome in {"running", "interrupted"} or (
        call.outcome == "denied" and call.error is None
    )


def _end_with_its_turn(calls: _Calls, fact: Fact, *, turn_is_over: bool) -> None:
    """Interrupt what still runs when nothing of its actor can: no event reports an Esc."""
    match fact.event.hook_event_type:
        case "SessionEnd":
            actor = None
        case "SessionStart" if turn_is_over:
            actor = None
        case "SubagentStop" | "StopFailure" if fact.agent_id:
            actor = fact.agent_id
        case _ if turn_is_over:
            actor = MAIN
        case _:
            return
    for call in calls.running(fact, actor):
        if fact.is_backfilled and call.started_at > fact.event.timestamp:
            continue
        call.outcome = "interrupted"
        call.ended_at = max(fact.event.timestamp, call.started_at)
        calls.transition(fact, call, "running")
    calls.drop_asks(fact, actor)


_FOLLOWS: Final = {
    "PreToolUse": _on_pre,
    "PermissionRequest": _on_ask,
    "PostToolUse": _on_post,
    "PostToolUseFailure": _on_post,
    "PermissionDenied": _on_post,
    "PostToolBatch": _on_batch,
    "tool_decision": _on_decision,
}
_RELEVANT: Final = frozenset(
    {*_FOLLOWS, "SubagentStop", "StopFailure", "SessionStart", "SessionEnd"}
)


def _named_by(facts: Iterable[Fact]) -> Iterator[tuple[str, str]]:
    """Yield session and tool use of every call that facts name."""
    for fact in facts:
        ids = [fact.event.tool_use_id or fact.payload.get("tool_use_id")]
        entries = fact.payload.get("tool_calls")
        if isinstance(entries, list):
            ids += [entry.get("tool_use_id") for entry in entries if isinstance(entry, dict)]
        yield from ((fact.event.session_id, one) for one in ids if isinstance(one, str))


def _names(fact: Fact) -> tuple[str | None, str]:
    tool_use_id = fact.event.tool_use_id or _text(fact.payload.get("tool_use_id"))
    return tool_use_id, fact.event.tool_name or _text(fact.payload.get("tool_name")) or "?"


def _describe(fact: Fact, call: Call) -> None:
    given = fact.payload.get("tool_input")
    if call.input_key is None:
        call.input_key = input_key(given)
        call.target = tool_target(call.tool_name, given, _text(fact.payload.get("cwd")))
        call.target_event_id = fact.id


def _error(fact: Fact, verdict: Verdict) -> str | None:
    match fact.event.hook_event_type:
        case "PermissionDenied":
            return _text(fact.payload.get("reason")) or verdict.outcome
        case "PostToolUseFailure":
            return _text(fact.payload.get("error")) or "failed"
    return None


def _set_error(fact: Fact, call: Call, error: str | None) -> None:
    call.error = None if error is None else error[:ERROR_CHARS]
    call.error_event_id = None if error is None else fact.id
    call.error_key = None if call.error is None else error_key(call.error)


def _wait(call: Call) -> int:
    """Fill in how long a call waited once both its ends are known; return what that adds.

    Unknown where no event reports how long the call ran.
    """
    if call.pre_at is None or call.post_at is None or call.waiting_ms is not None:
        return 0
    took = 0 if call.outcome == "denied" else call.duration_ms
    if took is None:
        return 0
    call.waiting_ms = max(0, call.post_at - call.pre_at - took)
    return call.waiting_ms


def _duration(value: object) -> int | None:
    """Return a duration that can be one: some clients send none, some a float."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return round(value) if 0 <= value <= 366 * DAY_MS else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


_RUNNING: Final = f"""
    SELECT {COLUMNS} FROM calls WHERE outcome = 'running'
    AND session_id IN (SELECT value FROM json_each(?))
"""
_NAMED: Final = f"""
    SELECT {COLUMNS} FROM calls WHERE (session_id, tool_use_id) IN (
        SELECT value ->> 0, value ->> 1 FROM json_each(?)
    )
"""
_ASKS: Final = """
    SELECT event_id, session_id, agent_id, tool_name, input_key, asked_at FROM asks
    WHERE session_id IN (SELECT value FROM json_each(?)) ORDER BY event_id
"""
_SETTLED: Final = frozenset(
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
    {", ".join(f"{name} = excluded.{name}" for name in FIELDS if name not in _SETTLED)}
"""


def _forget(database: Database, deleted: Deleted) -> None:
    """Delete calls whose last event is deleted; clear what others have from deleted events."""
    target = "target = NULL, input_key = NULL, target_event_id = NULL"
    clear_by_event(database, "calls", "target_event_id", target, deleted)
    error = "error = NULL, error_key = NULL, error_event_id = NULL"
    clear_by_event(database, "calls", "error_event_id", error, deleted)
    if not deleted.payload_only:
        delete_by_event(database, "calls", "last_event_id", deleted)
        delete_by_event(database, "asks", "event_id", deleted)


VIEW: Final = View(tables=TABLES, forget=_forget)
