"""Group what arrives together into one commit, and answer each sender once it is on disk.

In: the events of each request. Out: where each is stored, or a Refusal. Left to the writer: SQL.

Commits run on the event loop itself: a thread beside it was 17 to 27 % slower at 32 connections,
for the two fight over the interpreter, and no request can be answered before its commit anyhow.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from typing import Final

import msgspec

from ingestd.counters import Counters
from ingestd.unsaved import Unsaved
from shared.errors import Refusal
from shared.event import Event, NewEvent
from shared.writer import LogBusyError, NotWrittenError, Stored, Writer

BUSY_RETRY_S: Final = 0.005
FAILED_RETRY_S: Final = 0.25
RETRY_EVENTS: Final = 500
"""Events a retry writes at once: enough to catch up fast, few enough to keep the loop awake."""

_LOG: Final = logging.getLogger(__name__)


class _Waiting(msgspec.Struct):
    events: Sequence[NewEvent]
    done: asyncio.Future[list[Stored]]


class Commits:
    """Append through one Writer, in the order of arrival, a group at a time.

    While the log cannot be written, events are held in memory, their senders are told so (500),
    and the log is tried again several times a second.
    """

    def __init__(
        self, writer: Writer, unsaved: Unsaved, counters: Counters, *, busy_ms: int
    ) -> None:
        self._writer = writer
        self._unsaved = unsaved
        self._counters = counters
        self._busy_ms = busy_ms
        self._group: list[_Waiting] = []
        self._busy_since: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._failure: str | None = None
        self.last_id = writer.last_id()

    @property
    def failure(self) -> str | None:
        """Return why the log cannot be written; None while it can."""
        return self._failure

    @property
    def unsaved_count(self) -> int:
        """Return how many events are held in memory."""
        return len(self._unsaved)

    def unsaved_after(self, unsaved_id: int, *, limit: int) -> list[Event]:
        """Return events held in memory, past an `unsaved_id`, oldest first."""
        return self._unsaved.after(unsaved_id, limit=limit)

    async def append(self, events: Sequence[NewEvent]) -> list[Stored]:
        """Return where the events are, once they are on disk.

        Raise Refusal when they are not: 500 `not_saved` if they are held in memory, to be written
        when that works again; 503 `queue_full` if there is no room to hold them.
        """
        if self._failure is not None:
            raise self._held(events)
        loop = asyncio.get_running_loop()
        if not self._group:
            # Twice round the loop: the first pass reads the sockets that are ready by now, and
            # what they bring shares the commit (half as many requests again at 32 connections).
            loop.call_soon(loop.call_soon, self._commit)
        waiting = _Waiting(events, loop.create_future())
        self._group.append(waiting)
        return await waiting.done

    def try_unsaved(self) -> bool:
        """Write what is held in memory, as far as that works; tell whether all is written."""
        try:
            while chunk := self._unsaved.first(RETRY_EVENTS):
                self._note(self._writer.append(chunk))
                self._unsaved.drop(len(chunk))
        except NotWrittenError as error:
            self._failure = str(error)
            return False
        self._failure = None
        return True

    def stored_event(self, new: NewEvent, stored: Stored) -> Event:
        """Return an event as the log holds it: of a duplicate, that is what came first."""
        found = self._writer.one(stored.id) if stored.duplicate else None
        return found or msgspec.structs.replace(new.event, id=stored.id)

    def look_after(self, forget_before_ms: int | None) -> None:
        """Start a new log if the file went away; delete some events past their time, if any."""
        if self._failure is not None:
            return
        try:
            if self._writer.reopen_if_replaced():
                _LOG.warning("the log's file was moved or deleted: a new one is begun")
                self.last_id = self._writer.last_id()
            if forget_before_ms is not None:
                self._writer.forget(forget_before_ms)
        except NotWrittenError as error:
            self._counters.complain("cannot look after the log: %s", error)

    def close(self) -> None:
        """Write what is still to be written; say what could not be."""
        if self._timer is not None:
            self._timer.cancel()
        self._busy_ms = 0
        if self._group:
            self._commit()
        if not self.try_unsaved():
            _LOG.error(
                "%d events could not be saved and are lost: %s", len(self._unsaved), self._failure
            )

    def _commit(self) -> None:
        group, self._group = self._group, []
        events = [new for waiting in group for new in waiting.events]
        started = time.perf_counter()
        try:
            stored = self._writer.append(events)
        except LogBusyError as error:
            self._again_or_fail(group, error)
        except NotWrittenError as error:
            self._fail(group, error)
        except Exception as error:  # each sender gets it, and its route logs it
            _settle(group, error)
        else:
            self._busy_since = None
            self._counters.committed(time.perf_counter() - started)
            self._note(stored)
            _hand_out(group, stored)

    def _again_or_fail(self, group: list[_Waiting], error: LogBusyError) -> None:
        """Wait for another process's lock without stopping the loop, up to the time allowed."""
        now = time.monotonic()
        self._busy_since = self._busy_since or now
        if (now - self._busy_since) * 1000 >= self._busy_ms:
            self._fail(group, error)
            return
        self._group = group
        self._timer = asyncio.get_running_loop().call_later(BUSY_RETRY_S, self._commit)

    def _fail(self, group: list[_Waiting], error: NotWrittenError) -> None:
        self._busy_since = None
        self._failure = str(error)
        self._counters.save_failures += 1
        self._counters.complain("cannot write the log: %s", error)
        for waiting in group:
            _settle([waiting], self._held(waiting.events))
        self._retry_later()

    def _held(self, events: Sequence[NewEvent]) -> Refusal:
        """Keep the events in memory; return what to tell their sender."""
        if self._unsaved.keep(events):
            return Refusal(
                500, "not_saved", f"held in memory until the log can be written: {self._failure}"
            )
        self._counters.turned_away += len(events)
        self._counters.complain("the queue of unsaved events is full: %s", self._failure)
        return Refusal(503, "queue_full", f"no room for more unsaved events: {self._failure}")

    def _retry_later(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(FAILED_RETRY_S, self._retry)

    def _retry(self) -> None:
        count = len(self._unsaved)
        if self.try_unsaved():
            _LOG.info("the log can be written again; %d held events are saved", count)
        else:
            self._counters.complain("still cannot write the log: %s", self._failure)
            self._retry_later()

    def _note(self, stored: list[Stored]) -> None:
        fresh = [item.id for item in stored if not item.duplicate]
        self._counters.stored(len(fresh), len(stored) - len(fresh))
        if fresh:
            self.last_id = fresh[-1]


def _hand_out(group: list[_Waiting], stored: list[Stored]) -> None:
    place = 0
    for waiting in group:
        count = len(waiting.events)
        if not waiting.done.done():  # its sender may have gone away meanwhile
            waiting.done.set_result(stored[place : place + count])
        place += count


def _settle(group: list[_Waiting], error: Exception) -> None:
    for waiting in group:
        if not waiting.done.done():
            waiting.done.set_exception(error)
