"""Read one file of a session: its main thread, a subagent, or both in one, as old clients wrote.

In: a path and its size. Out: drafts of events, in the order of the file. What could not be read is
counted, and why.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from connect.backfill.actor import Actor
from connect.backfill.events import Draft, Waiting
from connect.backfill.lines import Lines
from connect.backfill.records import (
    Broken,
    Record,
    blocks_of,
    fields_of,
    message_of,
    record_of,
    text_of,
    words_of,
)
from connect.backfill.source import Source

MOST_SIDE_LINES: Final = 50_000
MOST_ACTORS: Final = 2_000
UNTOLD: Final = frozenset(
    {
        *("api-request", "api-request-blob", "api-request-shape", "atis-latch", "tools-used"),
        *("last-prompt", "mode", "queue-operation", "agent-name", "agent-setting", "relocated"),
        *("file-history-snapshot", "file-history-delta", "worktree-state", "summary", "progress"),
        *("pr-link", "bridge-session", "continued-in", "custom-title", "ai-title"),
    }
)
"""Types of lines that tell of no event."""


class Meta(msgspec.Struct, frozen=True):
    """Hold what the client wrote beside a subagent's file."""

    agent_id: str
    agent_type: str | None = None


class Transcript:
    """Read one file, once."""

    def __init__(
        self,
        path: Path,
        size: int,
        source: Source,
        *,
        meta: Meta | None = None,
        read: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._path = path
        self._size = size
        self._source = source
        self._meta = meta
        self._read = read
        self._waiting = Waiting()
        self._main = Actor(source, self._waiting, None if meta is None else meta.agent_id)
        self._has_begun = False
        self._sides: dict[str, Actor] = {}
        self._by_line: dict[str, Actor] = {}
        self.skipped: Counter[str] = Counter()
        self.unknown: Counter[str] = Counter()

    def drafts(self, *, now: int) -> Iterator[Draft]:
        """Yield the events of the file; whatever is in it, nothing is raised."""
        lines = Lines(self._path, size=self._size)
        done = 0
        try:
            for line in lines:
                self._take_line(line, is_cut=lines.is_cut)
                self._read(lines.at - done)
                done = lines.at
                yield from self._waiting.ready()
        except OSError as error:
            self.skipped[f"file: {error.strerror or 'no regular file'}"] += 1
        if lines.too_long:
            self.skipped["too long"] += lines.too_long
        self._read(self._size - done)
        for actor in (self._main, *self._sides.values()):
            actor.settle(now=now)
        yield from self._waiting.ready(all_of_it=True)

    def _take_line(self, line: bytes, *, is_cut: bool) -> None:
        try:
            record = record_of(line)
        except Broken as broken:
            if str(broken) != "empty":
                self.skipped["cut short at the end" if is_cut else str(broken)] += 1
            return
        self._note_type(record)
        self._source.take(record)
        if record.type.__class__ is not str or record.type not in UNTOLD:
            actor = self._actor(record)
            if actor is not None:
                actor.take(record)

    def _note_type(self, record: Record) -> None:
        kind = text_of(record.type) or "no type"
        if kind not in _KNOWN:
            self.unknown[kind if len(self.unknown) < _MOST_TYPES else "other"] += 1

    # Subagents

    def _actor(self, record: Record) -> Actor | None:
        """Return whose line it is; None for a line that cannot begin a subagent: it has no time."""
        if self._meta is not None:
            if not self._has_begun and record.at is not None:
                self._has_begun = True
                self._main.begin(record, self._meta.agent_type)
            return self._main
        if record.is_sidechain is not True:
            return self._main
        return self._side(record)

    def _side(self, record: Record) -> Actor | None:
        """Return the subagent of an inline line: by its id, or by the line it follows."""
        named, parent = text_of(record.agent_id), text_of(record.parent_uuid)
        actor = self._sides.get(named) if named else self._by_line.get(parent or "")
        if actor is None and record.at is None:
            return None
        if actor is None:
            actor = self._begin_side(record, named)
        if (uuid := text_of(record.uuid)) is not None:
            if len(self._by_line) >= MOST_SIDE_LINES:
                self._by_line.clear()
            self._by_line[uuid] = actor
        return actor

    def _begin_side(self, record: Record, named: str | None) -> Actor:
        if len(self._sides) >= MOST_ACTORS:
            self._sides.pop(next(iter(self._sides)))
        agent_id = named or f"sidechain-{text_of(record.uuid) or len(self._sides)}"
        actor = self._sides[agent_id] = Actor(self._source, self._waiting, agent_id)
        call = self._main.launched(words_of(blocks_of(message_of(record).content)))
        given = {} if call is None else fields_of(call.given)
        if call is not None:
            call.agent_id = agent_id
        actor.begin(record, text_of(given.get("subagent_type")) or "general-purpose")
        return actor


_MOST_TYPES: Final = 50
_KNOWN: Final = frozenset(
    {*UNTOLD, "user", "assistant", "system", "attachment", "cost-state", "permission-mode"}
)
