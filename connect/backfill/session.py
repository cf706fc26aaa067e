"""Read a session's files side by side, so that its events come in the order of time.

In: a session's files. Out: its drafts. A subagent's file is opened when its time comes and closed
when it is read, so few are open however many there are.
"""

import heapq
from collections import Counter, deque
from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec

from connect.backfill.discovery import AGENT, SUFFIX, File, Session, head_of
from connect.backfill.events import Draft
from connect.backfill.lines import open_regular
from connect.backfill.records import text_of
from connect.backfill.source import Source
from connect.backfill.transcript import Meta, Transcript

MOST_OPEN: Final = 64
META_BYTES: Final = 64 * 1024


class SessionReader:
    """Read one session, once."""

    def __init__(self, session: Session, *, read: Callable[[int], None] = lambda _: None) -> None:
        self._session = session
        self._read = read
        self.source = Source(session.session_id, session.transcript_path, session.project_dir)
        self.skipped: Counter[str] = Counter()
        self.unknown: Counter[str] = Counter()

    def drafts(self, *, now: int) -> Iterator[Draft]:
        """Yield the session's events, nearly in the order of time."""
        waiting = deque(sorted(((_began(it), it) for it in self._session.agents), key=_by_time))
        running: list[tuple[int, int, Draft, Iterator[Draft]]] = []
        count = 0
        if self._session.main is not None:
            _advance(running, self._drafts_of(self._session.main, None, now), 0)
        while running or waiting:
            while waiting and len(running) < MOST_OPEN and _is_due(waiting[0][0], running):
                count += 1
                file = waiting.popleft()[1]
                _advance(running, self._drafts_of(file, meta_of(file), now), count)
            if running:
                _, number, draft, drafts = heapq.heappop(running)
                yield draft
                _advance(running, drafts, number)

    def _drafts_of(self, file: File, meta: Meta | None, now: int) -> Iterator[Draft]:
        transcript = Transcript(file.path, file.size, self.source, meta=meta, read=self._read)
        yield from transcript.drafts(now=now)
        self.skipped += transcript.skipped
        self.unknown += transcript.unknown


def meta_of(file: File) -> Meta:
    """Return what is known of a subagent before its first line."""
    agent_id = file.path.name.removeprefix(AGENT).removesuffix(SUFFIX)
    try:
        with open_regular(file.path.with_suffix(".meta.json")) as opened:
            told = msgspec.json.decode(opened.read(META_BYTES))
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        told = None
    known: dict[str, Any] = told if isinstance(told, dict) else {}
    return Meta(agent_id, text_of(known.get("agentType")))


def _began(file: File) -> int:
    return head_of(file).at or 0


def _by_time(waiting: tuple[int, File]) -> tuple[int, str]:
    return waiting[0], str(waiting[1].path)


def _is_due(at: int, running: list[tuple[int, int, Draft, Iterator[Draft]]]) -> bool:
    return not running or at <= running[0][0]


def _advance(
    running: list[tuple[int, int, Draft, Iterator[Draft]]], drafts: Iterator[Draft], number: int
) -> None:
    draft = next(drafts, None)
    if draft is not None:
        heapq.heappush(running, (draft.at, number, draft, drafts))
