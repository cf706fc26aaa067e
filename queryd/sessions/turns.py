"""Fold events into turns: from a prompt to its answer.

An Esc ends a turn without an event, so a later event may end it.
"""

from collections.abc import Iterable, Sequence
from typing import Final, Literal

import msgspec

from queryd.store.conditions import json_list
from queryd.store.fact import Fact, ProcessChange, TurnChange
from queryd.store.firing_order import LATE_MS, is_late
from queryd.store.store import Database
from queryd.store.view import Deleted, View, clear_by_event, delete_by_event

TEXT_CHARS: Final = 4_000
NOTIFICATION: Final = "<task-notification>"
"""The client reports the end of a background task as a prompt that starts with this."""

TABLES: Final = """
    CREATE TABLE turns (
        id INTEGER PRIMARY KEY,   -- its first event
        session_id TEXT NOT NULL,
        prompt_id TEXT,
        kind TEXT NOT NULL,
        prompt TEXT,
        answer TEXT,
        outcome TEXT NOT NULL,
        started_at INTEGER NOT NULL,
        ended_at INTEGER,
        last_event_id INTEGER NOT NULL,
        prompt_event_id INTEGER,  -- the event of the prompt
        answer_event_id INTEGER,
        source_app TEXT
    ) STRICT;
    CREATE INDEX turns_of_session ON turns (session_id, started_at, id, kind);
    CREATE INDEX turns_ended_of_session ON turns (session_id, ended_at, outcome);
    CREATE INDEX turns_started ON turns (started_at, kind, source_app);
    CREATE INDEX turns_ended ON turns (ended_at, outcome, source_app);
    CREATE UNIQUE INDEX turns_of_prompt ON turns (session_id, prompt_id)
        WHERE prompt_id IS NOT NULL;
    CREATE INDEX turns_last ON turns (last_event_id);
    CREATE INDEX turns_prompts ON turns (prompt_event_id) WHERE prompt_event_id IS NOT NULL;
    CREATE INDEX turns_answers ON turns (answer_event_id) WHERE answer_event_id IS NOT NULL;
    CREATE TABLE early_stops (  -- the last Stop of a session that came before its turn, if it did
        session_id TEXT PRIMARY KEY,
        prompt_id TEXT NOT NULL,
        answer TEXT,
        outcome TEXT NOT NULL,
        at INTEGER NOT NULL,
        event_id INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX early_stops_of_event ON early_stops (event_id);
"""

Kind = Literal["prompt", "notification", "unknown"]
TurnOutcome = Literal["running", "done", "failed", "interrupted"]


class Turn(msgspec.Struct, kw_only=True):
    """A turn; `kind` is `unknown` when its prompt is missing. Times are ms since the epoch.

    A turn without a prompt id, from another sender, is named after its event: `event-7`.
    """

    id: int
    session_id: str
    prompt_id: str | None
    kind: Kind
    prompt: str | None
    answer: str | None = None
    outcome: TurnOutcome = "running"
    started_at: int
    ended_at: int | None = None
    last_event_id: int
    prompt_event_id: int | None = None
    answer_event_id: int | None = None
    source_app: str | None = None
    """The project of its first event."""


class _EarlyStop(msgspec.Struct):
    session_id: str
    prompt_id: str
    answer: str | None
    outcome: TurnOutcome
    at: int
    event_id: int


COLUMNS: Final = ", ".join(Turn.__struct_fields__)
UNCHANGED: Final = TurnChange()
ENDED: Final = TurnChange(ended=True)


def fold(
    database: Database, facts: Sequence[Fact], process_changes: Sequence[ProcessChange]
) -> list[TurnChange]:
    """Start and end turns; return what each fact changed."""
    relevant = [
        (fact, process)
        for fact, process in zip(facts, process_changes, strict=True)
        if (not fact.agent_id and (fact.event.hook_event_type in _FOLDS or _is_over(process)))
        or _is_of_unnamed_turn(fact)
    ]
    turns = _Turns(database, [fact for fact, _ in relevant])
    for fact, process in relevant:
        if _is_over(process):
            _on_idle(turns, fact)
        elif not fact.agent_id and fact.event.hook_event_type in _FOLDS:
            _FOLDS[fact.event.hook_event_type](turns, fact)
        if _is_of_unnamed_turn(fact):
            turns.name_open(fact)
    turns.save()
    changes = turns.changes()
    return [changes.get(fact.id, UNCHANGED) for fact in facts]


def is_notification(prompt: object) -> bool:
    """Return whether a prompt is the client's report of a background task."""
    return isinstance(prompt, str) and prompt.startswith(NOTIFICATION)


class _Turns:
    """The turns that a batch of facts can change."""

    def __init__(self, database: Database, facts: Sequence[Fact]) -> None:
        self._database = database
        self._by_prompt: dict[tuple[str, str], Turn] = {}
        self._last: dict[str, Turn] = {}
        self._changed: dict[int, Turn] = {}
        self.started: set[int] = set()
        self.ended: set[int] = set()
        """Events with which a turn started or ended."""
        self.prompt_ids: dict[int, str] = {}
        """The turn that was open, by event of a call without a prompt id."""
        self.over: dict[int, int] = {}
        """When the turn of an event ended that arrived after that end."""
        sessions = sorted({fact.event.session_id for fact in facts})
        prompts = sorted({(fact.event.session_id, _prompt_id(fact) or "") for fact in facts})
        self._take(_fetch(database, _LAST_OF_SESSIONS, sessions))
        self._take(_fetch(database, _OF_PROMPTS, prompts))
        rows = database.fetch(_EARLY_STOPS, (json_list(sessions),)) if sessions else ()
        self._early_stops = {stop.session_id: stop for stop in (_EarlyStop(*row) for row in rows)}
        self._new_early_stops: dict[str, _EarlyStop] = {}

    def changes(self) -> dict[int, TurnChange]:
        """Return what each event changed, if anything."""
        changes = dict.fromkeys(self.ended, ENDED)
        for it in self.started | self.over.keys() | self.prompt_ids.keys():
            changes[it] = TurnChange(
                it in self.started, it in self.ended, self.over.get(it), self.prompt_ids.get(it)
            )
        return changes

    def last(self, fact: Fact) -> Turn | None:
        return self._last.get(fact.event.session_id)

    def of(self, fact: Fact) -> Turn | None:
        prompt_id = _prompt_id(fact)
        return self._by_prompt.get((fact.event.session_id, prompt_id)) if prompt_id else None

    def start(self, fact: Fact, kind: Kind, prompt: str | None) -> None:
        last = self.last(fact)
        if not fact.is_backfilled:
            self.end_last(fact, "interrupted")
        turn = Turn(
            id=fact.id,
            session_id=fact.event.session_id,
            prompt_id=_prompt_id(fact) or f"event-{fact.id}",
            kind=kind,
            prompt=prompt,
            started_at=fact.event.timestamp,
            last_event_id=fact.id,
            prompt_event_id=None if prompt is None else fact.id,
            source_app=fact.event.source_app,
        )
        if last is not None and is_late(turn.started_at, last.started_at):
            turn.outcome, turn.ended_at = "interrupted", last.started_at
        if (stop := self.early_stop(turn)) is not None:
            turn.answer = stop.answer
            turn.answer_event_id = None if stop.answer is None else stop.event_id
            turn.outcome, turn.ended_at = stop.outcome, stop.at
        if turn.ended_at is not None:
            self.over[fact.id] = turn.ended_at
        self._take([turn])
        self.touch(turn, fact)
        self.started.add(fact.id)

    def name_open(self, fact: Fact) -> None:
        """Let an event of a call belong to the turn that is open."""
        turn = self.last(fact)
        if turn is None or turn.prompt_id is None:
            return
        if turn.ended_at is None or is_late(fact.event.timestamp, turn.ended_at):
            self.prompt_ids[fact.id] = turn.prompt_id

    def add_early_stop(self, stop: _EarlyStop) -> None:
        self._early_stops[stop.session_id] = self._new_early_stops[stop.session_id] = stop

    def early_stop(self, turn: Turn) -> _EarlyStop | None:
        """Return the Stop that came before the first event of its turn, if one did."""
        stop = self._early_stops.get(turn.session_id)
        is_of_turn = stop is not None and stop.prompt_id == turn.prompt_id
        return stop if stop and is_of_turn and is_late(turn.started_at, stop.at) else None

    def end_last(self, fact: Fact, outcome: TurnOutcome) -> None:
        """End the last turn, unless it started after the event."""
        turn = self.last(fact)
        if turn is not None and is_late(fact.event.timestamp, turn.started_at):
            return
        self.ended.add(fact.id)
        if turn is not None and turn.outcome == "running":
            self.end(turn, fact, outcome)

    def end(self, turn: Turn, fact: Fact, outcome: TurnOutcome) -> None:
        turn.outcome = outcome
        turn.ended_at = max(fact.event.timestamp, turn.started_at)
        self.touch(turn, fact)

    def touch(self, turn: Turn, fact: Fact) -> None:
        turn.last_event_id = fact.id
        self._changed[turn.id] = turn

    def save(self) -> None:
        self._database.run_many(
            _SAVE, [msgspec.structs.astuple(turn) for turn in self._changed.values()]
        )
        self._database.run_many(
            _SAVE_EARLY_STOP,
            [msgspec.structs.astuple(stop) for stop in self._new_early_stops.values()],
        )

    def _take(self, turns: Iterable[Turn]) -> None:
        for turn in turns:
            if turn.prompt_id is not None:
                known = self._by_prompt.setdefault((turn.session_id, turn.prompt_id), turn)
            else:
                known = turn
            last = self._last.get(turn.session_id)
            # A backfilled turn comes later in the log, but earlier in time.
            if last is None or (last.started_at, last.id) < (known.started_at, known.id):
                self._last[turn.session_id] = known


def _on_prompt(turns: _Turns, fact: Fact) -> None:
    prompt = fact.payload.get("prompt")
    text = prompt[:TEXT_CHARS] if isinstance(prompt, str) else None
    turn = turns.of(fact)
    if turn is None:
        turns.start(fact, "notification" if is_notification(prompt) else "prompt", text)
    elif turn.kind == "unknown":
        turn.kind = "notification" if is_notification(prompt) else "prompt"
        turn.prompt = text
        if is_late(fact.event.timestamp, turn.started_at):
            turn.started_at = fact.event.timestamp
        turn.prompt_event_id = None if text is None else fact.id
        turns.touch(turn, fact)


def _on_work(turns: _Turns, fact: Fact) -> None:
    """Continue a turn, also after a Stop: a Stop hook of the user may send the model on."""
    turn = turns.of(fact)
    if turn is None:
        if _prompt_id(fact) is not None:
            turns.start(fact, "unknown", None)
    elif turn.ended_at is not None and is_late(fact.event.timestamp, turn.ended_at):
        turns.over[fact.id] = turn.ended_at
    elif turn.outcome != "running" and turn is turns.last(fact):
        turn.outcome, turn.ended_at = "running", None
        turns.touch(turn, fact)


def _on_stop(turns: _Turns, fact: Fact) -> None:
    last = turns.last(fact)
    turn = turns.of(fact) if _prompt_id(fact) else last
    answer = fact.payload.get("last_assistant_message")
    text = answer[:TEXT_CHARS] if isinstance(answer, str) else None
    has_failed = fact.event.hook_event_type == "StopFailure"
    outcome: TurnOutcome = "failed" if has_failed else "done"
    if turn is None and (prompt_id := _prompt_id(fact)) is not None:
        event = fact.event
        turns.add_early_stop(
            _EarlyStop(event.session_id, prompt_id, text, outcome, event.timestamp, fact.id)
        )
    if turn is not last and not fact.is_backfilled:
        turns.end_last(fact, "interrupted")
    if not fact.is_backfilled:
        turns.ended.add(fact.id)
    if turn is None or (fact.is_backfilled and turn.outcome != "running"):
        return
    turn.answer, turn.answer_event_id = text, None if text is None else fact.id
    turns.end(turn, fact, outcome)


def _on_notification(turns: _Turns, fact: Fact) -> None:
    if fact.payload.get("notification_type") == "idle_prompt":
        turns.end_last(fact, "interrupted")


def _on_start(turns: _Turns, fact: Fact) -> None:
    """End a turn that a crash left open; a late SessionStart must not end the first turn."""
    last = turns.last(fact)
    is_late = last is not None and fact.event.timestamp - last.started_at < LATE_MS
    if fact.payload.get("source") == "startup" and is_late:
        return
    if fact.payload.get("source") != "compact":
        turns.end_last(fact, "interrupted")


def _on_end(turns: _Turns, fact: Fact) -> None:
    turns.end_last(fact, "interrupted")


def _is_over(process: ProcessChange) -> bool:
    return process.status == "idle" or process.has_ended


def _on_idle(turns: _Turns, fact: Fact) -> None:
    """End a turn that is still open: after Esc, a refusal or a crash no Stop comes."""
    last = turns.last(fact)
    if last is not None and last.outcome == "running" and last.started_at <= fact.event.timestamp:
        turns.end_last(fact, "interrupted")


_FOLDS: Final = {
    "UserPromptSubmit": _on_prompt,
    "PreToolUse": _on_work,
    "Stop": _on_stop,
    "StopFailure": _on_stop,
    "Notification": _on_notification,
    "SessionStart": _on_start,
    "SessionEnd": _on_end,
}


def _is_of_unnamed_turn(fact: Fact) -> bool:
    """Return whether an event of a call names no turn: other senders have no prompt ids."""
    is_of_call = fact.event.hook_event_type in _OF_CALLS
    return is_of_call and not fact.is_backfilled and _prompt_id(fact) is None


_OF_CALLS: Final = frozenset(
    {
        "PreToolUse",
        "PostToolUse",
        "PostToolUseFailure",
        "PermissionDenied",
        "PostToolBatch",
    }
)


def _prompt_id(fact: Fact) -> str | None:
    prompt_id = fact.payload.get("prompt_id")
    return prompt_id if isinstance(prompt_id, str) and prompt_id else None


def _fetch(database: Database, sql: str, keys: Sequence[object]) -> list[Turn]:
    rows = database.fetch(sql, (json_list(keys),))
    return [Turn(**dict(zip(Turn.__struct_fields__, row, strict=True))) for row in rows]


_LAST_OF_SESSIONS: Final = f"""
    SELECT {COLUMNS} FROM turns WHERE id IN (
        SELECT (
            SELECT id FROM turns WHERE session_id = value ORDER BY started_at DESC, id DESC LIMIT 1
        ) FROM json_each(?)
    )
"""
_OF_PROMPTS: Final = f"""
    SELECT {COLUMNS} FROM turns WHERE (session_id, prompt_id) IN (
        SELECT value ->> 0, value ->> 1 FROM json_each(?)
    )
"""
_SAVE: Final = f"""
    INSERT INTO turns ({COLUMNS}) VALUES ({", ".join("?" * len(Turn.__struct_fields__))})
    ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, prompt = excluded.prompt,
        answer = excluded.answer, outcome = excluded.outcome, ended_at = excluded.ended_at,
        last_event_id = excluded.last_event_id, prompt_event_id = excluded.prompt_event_id,
        answer_event_id = excluded.answer_event_id, started_at = excluded.started_at
"""


_EARLY_STOPS: Final = """
    SELECT session_id, prompt_id, answer, outcome, at, event_id FROM early_stops
    WHERE session_id IN (SELECT value FROM json_each(?))
"""
_SAVE_EARLY_STOP: Final = "INSERT OR REPLACE INTO early_stops VALUES (?, ?, ?, ?, ?, ?)"


def _delete_events(database: Database, deleted: Deleted) -> None:
    """Delete turns whose last event is deleted; clear deleted prompts and answers of others."""
    prompt = "prompt = NULL, prompt_event_id = NULL, kind = iif(kind = 'prompt', 'unknown', kind)"
    clear_by_event(database, "turns", "prompt_event_id", prompt, deleted)
    answer = "answer = NULL, answer_event_id = NULL"
    clear_by_event(database, "turns", "answer_event_id", answer, deleted)
    delete_by_event(database, "early_stops", "event_id", deleted)
    if not deleted.payload_only:
        delete_by_event(database, "turns", "last_event_id", deleted)


VIEW: Final = View(tables=TABLES, forget=_delete_events)
