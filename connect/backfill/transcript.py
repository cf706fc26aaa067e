"""Read one file of a session: the main conversation, a subagent's, or, from old clients, both."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from connect.backfill.conversation import Conversation
from connect.backfill.events import EventQueue, TranscriptEvent
from connect.backfill.lines import LineReader
from connect.backfill.records import (
    TranscriptRecord,
    UnreadableLineError,
    blocks_of,
    fields_of,
    join_text,
    message_of,
    parse_record,
    text_of,
)
from connect.backfill.source import TranscriptSource

MAX_SIDECHAIN_LINES: Final = 50_000
MAX_SIDECHAINS: Final = 2_000
IGNORED_TYPES: Final = frozenset(
    {
        *("api-request", "api-request-blob", "api-request-shape", "atis-latch", "tools-used"),
        *("last-prompt", "mode", "queue-operation", "agent-name", "agent-setting", "relocated"),
        *("file-history-snapshot", "file-history-delta", "worktree-state", "summary", "progress"),
        *("pr-link", "bridge-session", "continued-in", "custom-title", "ai-title"),
    }
)
"""Types of lines that contain no event."""


class AgentMeta(msgspec.Struct, frozen=True):
    """What the client wrote beside a subagent's file."""

    agent_id: str
    agent_type: str | None = None


class TranscriptReader:
    """Read one file, once. Lines that cannot be read are counted with the reason."""

    def __init__(
        self,
        path: Path,
        size: int,
        source: TranscriptSource,
        *,
        meta: AgentMeta | None = None,
        on_read: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._path = path
        self._size = size
        self._source = source
        self._meta = meta
        self._on_read = on_read
        self._queue = EventQueue()
        self._main = Conversation(source, self._queue, None if meta is None else meta.agent_id)
        self._has_started = False
        self._sidechains: dict[str, Conversation] = {}
        self._by_line: dict[str, Conversation] = {}
        self.skipped: Counter[str] = Counter()
        self.unknown: Counter[str] = Counter()

    def events(self, *, now: int) -> Iterator[TranscriptEvent]:
        """Yield the events of the file; whatever it contains, nothing is raised."""
        lines = LineReader(self._path, size=self._size)
        reported = 0
        try:
            for line in lines:
                self._read_line(line, is_cut=lines.is_cut)
                self._on_read(lines.bytes_read - reported)
                reported = lines.bytes_read
                yield from self._queue.pop_ready()
        except OSError as error:
            self.skipped[f"file: {error.strerror or 'not a regular file'}"] += 1
        if lines.too_long:
            self.skipped["too long"] += lines.too_long
        self._on_read(self._size - reported)
        for conversation in (self._main, *self._sidechains.values()):
            conversation.finish(now=now)
        yield from self._queue.pop_ready(include_pending=True)

    def _read_line(self, line: bytes, *, is_cut: bool) -> None:
        try:
            record = parse_record(line)
        except UnreadableLineError as error:
            if str(error) != "empty":
                self.skipped["truncated at the end" if is_cut else str(error)] += 1
            return
        self._count_type(record)
        self._source.update(record)
        if record.type.__class__ is not str or record.type not in IGNORED_TYPES:
            conversation = self._conversation_of(record)
            if conversation is not None:
                conversation.read(record)

    def _count_type(self, record: TranscriptRecord) -> None:
        kind = text_of(record.type) or "no type"
        if kind not in _KNOWN_TYPES:
            self.unknown[kind if len(self.unknown) < _MAX_UNKNOWN_TYPES else "other"] += 1

    # Subagents

    def _conversation_of(self, record: TranscriptRecord) -> Conversation | None:
        """Return a line's conversation; None for a line without a time, which cannot start one."""
        if self._meta is not None:
            if not self._has_started and record.at is not None:
                self._has_started = True
                self._main.lifecycle.start(record, self._meta.agent_type)
            return self._main
        if record.is_sidechain is not True:
            return self._main
        return self._sidechain_of(record)

    def _sidechain_of(self, record: TranscriptRecord) -> Conversation | None:
        """Return the subagent of an inline line: by its id, or by the line before it."""
        agent_id, parent = text_of(record.agent_id), text_of(record.parent_uuid)
        sidechain = self._sidechains.get(agent_id) if agent_id else self._by_line.get(parent or "")
        if sidechain is None and record.at is None:
            return None
        if sidechain is None:
            sidechain = self._start_sidechain(record, agent_id)
        if (uuid := text_of(record.uuid)) is not None:
            if len(self._by_line) >= MAX_SIDECHAIN_LINES:
                self._by_line.clear()
            self._by_line[uuid] = sidechain
        return sidechain

    def _start_sidechain(self, record: TranscriptRecord, agent_id: str | None) -> Conversation:
        if len(self._sidechains) >= MAX_SIDECHAINS:
            self._sidechains.pop(next(iter(self._sidechains)))
        key = agent_id or f"sidechain-{text_of(record.uuid) or len(self._sidechains)}"
        sidechain = self._sidechains[key] = Conversation(self._source, self._queue, key)
        prompt = join_text(blocks_of(message_of(record).content))
        call = self._main.calls.agent_call(prompt)
        tool_input = {} if call is None else fields_of(call.tool_input)
        if call is not None:
            call.agent_id = key
        agent_type = text_of(tool_input.get("subagent_type")) or "general-purpose"
        sidechain.lifecycle.start(record, agent_type)
        return sidechain


_MAX_UNKNOWN_TYPES: Final = 50
_KNOWN_TYPES: Final = frozenset(
    {*IGNORED_TYPES, "user", "assistant", "system", "attachment", "cost-state", "permission-mode"}
)
