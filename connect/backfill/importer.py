"""Import sessions: read their events, look up which are stored, send the rest.

Memory holds one batch, the open calls, and a number for each of the last million events.
"""

from collections.abc import Callable, Sequence
from typing import Final

from connect.backfill.counts import ImportCounts
from connect.backfill.discovery import TranscriptFiles
from connect.backfill.events import TranscriptEvent, encode
from connect.backfill.send import BatchSender
from connect.backfill.session import SessionReader
from connect.backfill.stored import StoredEvents

SETTLED_MS: Final = 10_000
"""The hooks of younger events may still be on their way."""
BATCH_EVENTS: Final = 500
BATCH_BYTES: Final = 4 * 1024 * 1024
MAX_EVENT_BYTES: Final = 31 * 1024 * 1024
MAX_SEEN: Final = 1_000_000


class Importer:
    """Import sessions once; without a sender, only count."""

    def __init__(
        self,
        stored: StoredEvents,
        sender: BatchSender | None,
        *,
        now: int,
        not_before: int = 0,
        on_progress: Callable[[ImportCounts], None] = lambda _: None,
    ) -> None:
        self._stored = stored
        self._sender = sender
        self._now = now
        self._not_before = not_before
        self._on_progress = on_progress
        self._seen: set[int] = set()
        self.counts = ImportCounts()

    def run(self, sessions: Sequence[TranscriptFiles]) -> None:
        """Import sessions, oldest first; raise UnreachableError when ingestd is down too long."""
        try:
            for session in sessions:
                self._import(session)
            if self._sender is not None:
                self._sender.flush()
        finally:
            self._add_sender_counts()

    def _import(self, session: TranscriptFiles) -> None:
        counts = self.counts
        counts.sessions += 1
        counts.files += len(session.files)
        newest_hook_at = self._stored.select_session(session.session_id)
        reader = SessionReader(session, on_read=self._count_bytes)
        batch: list[TranscriptEvent] = []
        batch_bytes = 0
        for event in reader.events(now=self._now):
            if self._is_new(event):
                batch.append(event)
                batch_bytes += event.approx_bytes
            if len(batch) >= BATCH_EVENTS or batch_bytes >= BATCH_BYTES:
                self._send(reader, batch, newest_hook_at)
                batch, batch_bytes = [], 0
        self._send(reader, batch, newest_hook_at)
        counts.skipped += reader.skipped
        counts.unknown += reader.unknown

    def _is_new(self, event: TranscriptEvent) -> bool:
        """Count an event, and return whether it is to be imported in this run."""
        if event.at > self._now - SETTLED_MS:
            self.counts.too_recent += 1
        elif self._is_fork_copy(event.event_id):
            self.counts.fork_duplicates += 1
        elif event.at < self._not_before:
            self.counts.too_old += 1
        else:
            self.counts.add(event)
            return True
        return False

    def _is_fork_copy(self, event_id: str) -> bool:
        number = hash(event_id)
        if number in self._seen:
            return True
        if len(self._seen) >= MAX_SEEN:
            self._seen.clear()  # ingestd checks ids too; only the counts may be too high
        self._seen.add(number)
        return False

    def _send(
        self, reader: SessionReader, batch: Sequence[TranscriptEvent], newest_hook_at: int
    ) -> None:
        senders = [reader.source.sender(is_backfilled=it) for it in (False, True)]
        is_stored = self._stored.contains(batch) if batch else []
        for event, is_known in zip(batch, is_stored, strict=True):
            if is_known:
                self.counts.duplicates += 1
                continue
            line = encode(event, reader.source.session_id, senders[event.at < newest_hook_at])
            if len(line) > MAX_EVENT_BYTES:
                self.counts.skipped["event too large"] += 1
                continue
            self.counts.imported += 1
            if self._sender is not None:
                self._sender.add(line)

    def _count_bytes(self, count: int) -> None:
        self.counts.bytes_read += count
        self._on_progress(self.counts)

    def _add_sender_counts(self) -> None:
        if self._sender is not None:
            self.counts.imported = self._sender.stored
            self.counts.duplicates += self._sender.duplicates
            self.counts.rejected += self._sender.rejected
