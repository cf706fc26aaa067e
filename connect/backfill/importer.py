"""Take sessions through: read, see what is known of them, send the rest.

In: sessions, oldest first. Out: a tally. Memory holds one batch, the calls that are open, and a
number for each event of this run, up to a million of them.
"""

from collections.abc import Callable, Sequence
from typing import Final

from connect.backfill.counts import Tally
from connect.backfill.discovery import Session
from connect.backfill.events import Draft, encode
from connect.backfill.send import Sender
from connect.backfill.session import SessionReader
from connect.backfill.stored import Known

SETTLED_MS: Final = 10_000
"""What is younger, its hook may still be telling."""
TOGETHER: Final = 500
TOGETHER_BYTES: Final = 4 * 1024 * 1024
EVENT_BYTES: Final = 31 * 1024 * 1024
MOST_SEEN: Final = 1_000_000


class Run:
    """Go through sessions once; without a sender it only counts."""

    def __init__(
        self,
        known: Known,
        sender: Sender | None,
        *,
        now: int,
        not_before: int = 0,
        show: Callable[[Tally], None] = lambda _: None,
    ) -> None:
        self._known = known
        self._sender = sender
        self._now = now
        self._not_before = not_before
        self._show = show
        self._seen: set[int] = set()
        self.tally = Tally()

    def go(self, sessions: Sequence[Session]) -> None:
        """Take each session; raise Unreachable when ingestd is gone for too long."""
        try:
            for session in sessions:
                self._take(session)
            if self._sender is not None:
                self._sender.flush()
        finally:
            self._sum_up()

    def _take(self, session: Session) -> None:
        tally = self.tally
        tally.sessions += 1
        tally.files += len(session.files)
        newest_hook_at = self._known.begin(session.session_id)
        reader = SessionReader(session, read=self._read)
        batch: list[Draft] = []
        weight = 0
        for draft in reader.drafts(now=self._now):
            if self._is_wanted(draft):
                batch.append(draft)
                weight += draft.weight
            if len(batch) >= TOGETHER or weight >= TOGETHER_BYTES:
                self._send(reader, batch, newest_hook_at)
                batch, weight = [], 0
        self._send(reader, batch, newest_hook_at)
        tally.skipped += reader.skipped
        tally.unknown += reader.unknown

    def _is_wanted(self, draft: Draft) -> bool:
        """Tell whether an event is to be told, and count it."""
        if draft.at > self._now - SETTLED_MS:
            self.tally.kept_back += 1
        elif self._is_copy(draft.event_id):
            self.tally.copies += 1
        elif draft.at < self._not_before:
            self.tally.too_old += 1
        else:
            self.tally.take(draft)
            return True
        return False

    def _is_copy(self, event_id: str) -> bool:
        number = hash(event_id)
        if number in self._seen:
            return True
        if len(self._seen) >= MOST_SEEN:
            self._seen.clear()  # ingestd knows the ids too; only the tally may be too high
        self._seen.add(number)
        return False

    def _send(self, reader: SessionReader, batch: Sequence[Draft], newest_hook_at: int) -> None:
        senders = [reader.source.sender(is_late=late) for late in (False, True)]
        for draft, is_known in zip(batch, self._known.of(batch) if batch else [], strict=True):
            if is_known:
                self.tally.already_there += 1
                continue
            line = encode(draft, reader.source.session_id, senders[draft.at < newest_hook_at])
            if len(line) > EVENT_BYTES:
                self.tally.skipped["event too large"] += 1
                continue
            self.tally.new += 1
            if self._sender is not None:
                self._sender.add(line)

    def _read(self, count: int) -> None:
        self.tally.read(count)
        self._show(self.tally)

    def _sum_up(self) -> None:
        if self._sender is not None:
            self.tally.new = self._sender.stored
            self.tally.already_there += self._sender.known
            self.tally.refused += self._sender.refused
