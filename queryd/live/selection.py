"""Build what a client is sent between two positions, once for all clients that choose the same.

A client's whole state is its position. Clients that are up to date have the same one, so each wake
builds the bytes of a choice once, for however many clients.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from queryd.live.frame import FULL, KEEP_ALIVE, EventFormat, Frame, message, messages
from queryd.live.ingest_monitor import IngestMonitor
from queryd.live.search import LiveSearch
from queryd.live.session_feed import SessionFeed
from queryd.live.tail import Tail
from queryd.search.query import ALL, TextQuery
from shared.filter import EVERYTHING, Filter

LIVE_BATCH: Final = 100
"""Up to so many events are searched on the event loop, in some 6 ms; more in a thread."""


class EventsSaved(msgspec.Struct, frozen=True):
    """All unsaved events sent so far are saved, or lost with ingestd's process."""

    saved: bool


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """What a client asked for."""

    filter: Filter = EVERYTHING
    text: TextQuery = ALL
    format: EventFormat = FULL
    has_events: bool = True
    has_all_sessions: bool = False
    """Whether the filter applies only to events."""


class Position(NamedTuple):
    """How far a client has been sent everything, or how far everything is known."""

    generation: int
    """The log that `rowid` is of."""
    rowid: int
    epoch: int
    """What `unsaved` counts in."""
    unsaved: int
    sessions: int
    recording: int
    """Counts the changes of whether events are stored."""
    ticks: int
    """Counts the keep-alives."""


class Selection:
    """What clients of one choice are sent."""

    def __init__(
        self,
        choice: Choice,
        tail: Tail,
        ingest: IngestMonitor,
        sessions: SessionFeed,
        search: LiveSearch,
    ) -> None:
        self.choice = choice
        self._tail = tail
        self._ingest = ingest
        self._sessions = sessions
        self._search = search
        self._session_filter = EVERYTHING if choice.has_all_sessions else choice.filter
        self._last: tuple[Position, Position, tuple[Position, bytes] | None] | None = None

    def advance(self, position: Position, head: Position) -> tuple[Position, bytes] | None:
        """Return the next position and the bytes up to it; None if the log must be read for them.

        Both positions are in the same log.
        """
        last = self._last
        if last is None or last[0] != position or last[1] != head:
            last = self._last = (position, head, self._advance(position, head))
        return last[2]

    def advance_beyond_events(self, position: Position, head: Position) -> tuple[Position, bytes]:
        """Return the position with all but the log's events, and the bytes up to it."""
        unsaved, chunk = head.unsaved, b""
        if position.recording != head.recording and self._ingest.recording is not None:
            chunk = message("recording", self._ingest.recording)
        if self.choice.has_events:
            unsaved, rest = self._unsaved(position, head)
            chunk += rest
        chunk += b"".join(self._sessions.after(position.sessions, self._session_filter))
        if not chunk and position.ticks != head.ticks:
            chunk = KEEP_ALIVE
        return head._replace(rowid=position.rowid, unsaved=unsaved), chunk

    def data_of(self, frames: Sequence[Frame]) -> bytes:
        """Return the messages of those events that are selected."""
        if self.choice.text != ALL:
            frames = self._search.select(frames, self.choice.text)
        if self.choice.filter != EVERYTHING:
            frames = [each for each in frames if self.choice.filter.matches(each.event)]
        return messages(frames, self.choice.format)

    def _advance(self, position: Position, head: Position) -> tuple[Position, bytes] | None:
        chunk = b""
        if self.choice.has_events and position.rowid < head.rowid:
            frames = self._tail.after(position.rowid)
            if frames is None or (self.choice.text != ALL and len(frames) > LIVE_BATCH):
                return None
            chunk = self.data_of(frames)
        position, rest = self.advance_beyond_events(position, head)
        return position._replace(rowid=head.rowid), chunk + rest

    def _unsaved(self, position: Position, head: Position) -> tuple[int, bytes]:
        """Return how many unsaved events a client has been sent then, and those it was not yet."""
        sent, saved = position.unsaved, b""
        if position.epoch != head.epoch:
            if sent:
                saved = message("saved", EventsSaved(saved=self._ingest.state.alive))
            sent = 0
        frames = self._ingest.unsaved[sent:]
        if self.choice.text != ALL:
            frames = frames[:LIVE_BATCH]
        return sent + len(frames), saved + self.data_of(frames)
