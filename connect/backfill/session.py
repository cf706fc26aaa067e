"""Read a session's files side by side, so that its events are in order of time.

A subagent's file is opened when its time comes and closed at its end, so that few are open at once.
"""

import heapq
from collections import Counter, deque
from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec

from connect.backfill.discovery import (
    AGENT_PREFIX,
    SUFFIX,
    TranscriptFile,
    TranscriptFiles,
    read_head,
)
from connect.backfill.events import TranscriptEvent
from connect.backfill.lines import open_regular
from connect.backfill.records import text_of
from connect.backfill.source import TranscriptSource
from connect.backfill.transcript import AgentMeta, TranscriptReader

MAX_OPEN_FILES: Final = 64
MAX_META_BYTES: Final = 64 * 1024

_Running = tuple[int, int, TranscriptEvent, Iterator[TranscriptEvent]]
"""The time of a file's next event, the file's number, that event, and those after it."""


class SessionReader:
    """Read one session, once."""

    def __init__(
        self, session: TranscriptFiles, *, on_read: Callable[[int], None] = lambda _: None
    ) -> None:
        self._session = session
        self._on_read = on_read
        self.source = TranscriptSource(
            session.session_id, session.transcript_path, session.project_dir
        )
        self.skipped: Counter[str] = Counter()
        self.unknown: Counter[str] = Counter()

    def events(self, *, now: int) -> Iterator[TranscriptEvent]:
        """Yield the session's events, nearly in order of time."""
        upcoming = deque(
            sorted(((_started_at(it), it) for it in self._session.agents), key=_by_time)
        )
        running: list[_Running] = []
        count = 0
        if self._session.main is not None:
            _advance(running, self._events_of(self._session.main, None, now), 0)
        while running or upcoming:
            while upcoming and len(running) < MAX_OPEN_FILES and _is_due(upcoming[0][0], running):
                count += 1
                file = upcoming.popleft()[1]
                _advance(running, self._events_of(file, read_meta(file), now), count)
            if running:
                _, number, event, events = heapq.heappop(running)
                yield event
                _advance(running, events, number)

    def _events_of(
        self, file: TranscriptFile, meta: AgentMeta | None, now: int
    ) -> Iterator[TranscriptEvent]:
        reader = TranscriptReader(
            file.path, file.size, self.source, meta=meta, on_read=self._on_read
        )
        yield from reader.events(now=now)
        self.skipped += reader.skipped
        self.unknown += reader.unknown


def read_meta(file: TranscriptFile) -> AgentMeta:
    """Return what is known of a subagent before its first line."""
    agent_id = file.path.name.removeprefix(AGENT_PREFIX).removesuffix(SUFFIX)
    try:
        with open_regular(file.path.with_suffix(".meta.json")) as meta_file:
            meta = msgspec.json.decode(meta_file.read(MAX_META_BYTES))
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        meta = None
    fields: dict[str, Any] = meta if isinstance(meta, dict) else {}
    return AgentMeta(agent_id, text_of(fields.get("agentType")))


def _started_at(file: TranscriptFile) -> int:
    return read_head(file).at or 0


def _by_time(upcoming: tuple[int, TranscriptFile]) -> tuple[int, str]:
    return upcoming[0], str(upcoming[1].path)


def _is_due(at: int, running: list[_Running]) -> bool:
    return not running or at <= running[0][0]


def _advance(running: list[_Running], events: Iterator[TranscriptEvent], number: int) -> None:
    event = next(events, None)
    if event is not None:
        heapq.heappush(running, (event.at, number, event, events))
