"""Group what arrives together into one commit, and answer each sender once it is on disk.

In: the events of each request. Out: where each is stored, or a Refusal. Left to the writer: SQL.

Commits run on the event loop itself: a thread beside it was 17 to 27 % slower at 32 connections,
for the two fight over the interpreter, and no request can be answered before its commit anyhow.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from ingestd.counters import Counters
from ingestd.intake.decode import now_ms
from ingestd.log.retention import DAY_MS, GB
from ingestd.log.spool_files import leave, set_aside
from ingestd.log.unsaved import Unsaved
from ingestd.log.writer import LogBusyError, LogDamagedError, NotWrittenError, Stored, Writer
from ingestd.pace import Pace
from shared.errors import Refusal
from shared.event import Event, NewEvent
from shared.settings import Retention

BUSY_RETRY_S: Final = 0.005
FAILED_RETRY_S: Final = 0.25
RETRY_EVENTS: Final = 500
"""Events a retry writes at once: enough to catch up fast, few enough to keep the loop awake."""
GROUP_EVENTS: Final = 32
"""Events of a batch that are committed at once: it takes about as long as a slice of other work."""

_LOG: Final = logging.getLogger(__name__)


class _Waiting(msgspec.Struct):
    """Hold a request's events, of which those between `start` and `end` are to be committed."""

    events: Sequence[NewEvent]
    start: int
    end: int
    done: asyncio.Future[list[Stored]]

    @property
    def part(self) -> Sequence[NewEvent]:
        return self.events[self.start : self.end]


class Commits:
    """Append through one Writer, in the order of arrival, a group at a time.

    While the log cannot be written, events are held in memory, their senders are told so (500),
    and the log is tried again several times a second.
    """

    def __init__(
        self,
        writer: Writer,
        unsaved: Unsaved,
        counters: Counters,
        *,
        busy_ms: int,
        spool: Path | None = None,
    ) -> None:
        self._writer = writer
        self._unsaved = unsaved
        self._counters = counters
        self._busy_ms = busy_ms
        self._spool = spool
        """Where events are left that cannot be stored; None where no spool is read."""
        self._group: list[_Waiting] = []
        self._busy_since: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._failure: str | None = None
        self._may_hold_deleted = True
        """Whether the WAL may hold what was deleted; an earlier process may have left it so."""
        self.last_id = writer.last_given_id()
        self.on_damage: Callable[[str], bool] | None = None
        """Called with the error of a damaged log; returns whether a new one took its place."""
        self.is_recovering = False
        """Whether a damaged log's rows are still being carried over: none is deleted meanwhile."""

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
        return await self._append(events, 0, len(events))

    async def append_batch(self, events: Sequence[NewEvent], pace: Pace) -> list[Stored]:
        """Do as `append`, a few events at a time, with rests between for other senders.

        As there, a sender that is told 503 may send everything again: should the log fail in the
        middle, all the rest is held, whatever the bounds.
        """
        stored: list[Stored] = []
        for start in range(0, len(events), GROUP_EVENTS):
            end = min(start + GROUP_EVENTS, len(events))
            stored += await self._append(events, start, end)
            await pace.rest()
        return stored

    async def _append(self, events: Sequence[NewEvent], start: int, end: int) -> list[Stored]:
        loop = asyncio.get_running_loop()
        waiting = _Waiting(events, start, end, loop.create_future())
        if self._failure is not None:
            raise self._held(waiting)
        if not self._group:
            # Twice round the loop: the first pass reads the sockets that are ready by now, and
            # what they bring shares the commit (half as many requests again at 32 connections).
            loop.call_soon(loop.call_soon, self._commit)
        self._group.append(waiting)
        return await waiting.done

    def try_unsaved(self) -> bool:
        """Write what is held in memory, as far as that works; tell whether all is written."""
        try:
            self._reopen_if_replaced()
            while chunk := self._unsaved.first(RETRY_EVENTS):
                self._save(chunk)
        except LogDamagedError as error:
            self._failure = str(error)
            return self._start_anew(error) and self.try_unsaved()
        except NotWrittenError as error:
            self._failure = str(error)
            return False
        except Exception as error:  # whatever it is, the events stay, and it is tried again
            self._counters.retry_errors += 1
            if self._failure != _reason(error):  # else its line is written once a second
                _LOG.exception("held events cannot be saved")
            self._failure = _reason(error)
            return False
        self._failure = None
        return True

    def stored_event(self, new: NewEvent, stored: Stored) -> Event:
        """Return an event as the log holds it: of a duplicate, that is what came first."""
        found = self._writer.one(stored.id) if stored.duplicate else None
        return found or msgspec.structs.replace(new.event, id=stored.id)

    def look_after(self, retention: Retention) -> bool:
        """Start a new log if the file went away; delete some of what is past its time or its size.

        Return whether there may be more of it to delete now. Each call is one short transaction.
        """
        if self._failure is not None:
            return False
        try:
            if self._reopen_if_replaced():
                self._may_hold_deleted = True
            if self.is_recovering:
                return False
            # Retention goes by the times, so it waits until they are right.
            if self._writer.correct_times(now_ms()):
                return False
            has_more = self._forget_some(retention)
            if not has_more and self._may_hold_deleted and retention.is_on:
                self._may_hold_deleted = False
                self._writer.empty_wal()
        except LogDamagedError as error:
            self._start_anew(error)
            return False
        except NotWrittenError as error:
            self._counters.complain("cannot look after the log: %s", error)
            return False
        return has_more

    def _forget_some(self, retention: Retention) -> bool:
        now = now_ms()
        all_are_empty = True
        if retention.payload_days:
            count, all_are_empty = self._writer.forget_payloads(
                now - retention.payload_days * DAY_MS
            )
            self._may_hold_deleted |= count > 0
            if count:
                return True
        count = 0
        if retention.days:
            count = self._writer.forget(now - retention.days * DAY_MS)
        if retention.gb and not count:
            count = self._writer.forget_beyond(round(retention.gb * GB))
        self._may_hold_deleted |= count > 0
        return count > 0 or not all_are_empty

    def close(self) -> None:
        """Write what is still to be written; leave in the spool what could not be."""
        self._busy_ms = 0
        if self._group:
            self._commit()
        if self._timer is not None:
            self._timer.cancel()
        if not self.try_unsaved():
            self._leave_unsaved()

    def _leave_unsaved(self) -> None:
        held = self._unsaved.first(len(self._unsaved))
        left = 0 if self._spool is None else leave(self._spool, held)
        self._unsaved.drop(left)
        if left:
            _LOG.warning("%d events wait in the spool for the next start: %s", left, self._failure)
        if left < len(held):
            _LOG.error(
                "%d events could not be saved and are lost: %s", len(held) - left, self._failure
            )

    def _commit(self) -> None:
        group, self._group = self._group, []
        started = time.perf_counter()
        try:
            stored = self._store(group)
        except LogBusyError as error:
            self._again_or_fail(group, error)
        except NotWrittenError as error:
            self._fail(group, error)
        except Exception:  # a mistake of ours, or an event that no log can take
            self._commit_singly(group)
        else:
            self._busy_since = None
            self._counters.committed(time.perf_counter() - started)
            self._note(stored)
            _hand_out(group, stored)

    def _store(self, group: list[_Waiting]) -> list[Stored]:
        events = [new for waiting in group for new in waiting.part]
        if self._busy_since is not None:
            self._reopen_if_replaced()
        try:
            return self._writer.append(events)
        except LogBusyError:
            raise
        except LogDamagedError as error:
            if self._start_anew(error):
                return self._writer.append(events)
            raise
        except NotWrittenError:
            if self._reopen_if_replaced():  # that was why, and the new one may take them
                return self._writer.append(events)
            raise

    def _commit_singly(self, group: list[_Waiting]) -> None:
        """Commit each request by itself: only one whose own events cannot be stored gets the error.

        Its route logs it. Where nothing at all can be stored, the log is at fault.
        """
        self._busy_since = None
        for place, waiting in enumerate(group):
            try:
                stored = self._writer.append(waiting.part)
            except NotWrittenError as error:
                self._fail(group[place:], error)
                return
            except Exception as error:  # its sender gets it
                if log_error := self._log_error():
                    self._fail(group[place:], log_error)
                    return
                _settle([waiting], error)
            else:
                self._note(stored)
                _hand_out([waiting], stored)

    def _log_error(self) -> Exception | None:
        """Return why the log takes no event whatever; None if it does."""
        try:
            self._writer.check()
        except Exception as error:  # whatever it is, it is the answer
            return error
        return None

    def _save(self, chunk: list[NewEvent]) -> None:
        """Store the oldest held events; set one aside that alone cannot be stored."""
        try:
            self._note(self._writer.append(chunk))
        except NotWrittenError:
            raise
        except Exception as error:
            if len(chunk) > 1:
                for new in chunk:
                    self._save([new])
                return
            if log_error := self._log_error():
                raise log_error from error
            self._set_aside(chunk[0], error)
        self._unsaved.drop(len(chunk))

    def _set_aside(self, new: NewEvent, error: Exception) -> None:
        """Let go of an event that cannot be stored, so that it holds up none behind it."""
        self._counters.set_aside += 1
        where = "nowhere"
        if self._spool is not None:
            try:
                where = str(set_aside(self._spool, new))
            except Exception as failure:  # the others must be stored all the same
                where = f"nowhere, for {_reason(failure)}"
        _LOG.error("an event cannot be stored: %s; it is in: %s", _reason(error), where)

    def _start_anew(self, error: LogDamagedError) -> bool:
        """Have the damaged log set aside; tell whether there is a new one."""
        return self.on_damage is not None and self.on_damage(str(error))

    def _reopen_if_replaced(self) -> bool:
        if not self._writer.reopen_if_replaced():
            return False
        _LOG.warning("the log's file is another one than before: going on with it")
        self.last_id = self._writer.last_given_id()
        return True

    def _again_or_fail(self, group: list[_Waiting], error: LogBusyError) -> None:
        """Wait for another process's lock without stopping the loop, up to the time allowed."""
        now = time.monotonic()
        self._busy_since = self._busy_since or now
        if (now - self._busy_since) * 1000 >= self._busy_ms:
            self._fail(group, error)
            return
        self._group = group
        self._timer = asyncio.get_running_loop().call_later(BUSY_RETRY_S, self._commit)

    def _fail(self, group: list[_Waiting], error: Exception) -> None:
        self._busy_since = None
        self._failure = str(error) if isinstance(error, NotWrittenError) else _reason(error)
        self._counters.save_failures += 1
        self._counters.complain("cannot write the log: %s", self._failure)
        for waiting in group:
            _settle([waiting], self._held(waiting))
        self._retry_later()

    def _held(self, waiting: _Waiting) -> Refusal:
        """Keep the request's events that are not stored in memory; return what to tell its sender.

        Of a batch whose beginning is stored all the rest is kept: sent again, it would be doubled.
        """
        events = waiting.events[waiting.start :]
        if self._unsaved.keep(events, beyond_limits=waiting.start > 0):
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
        count = waiting.end - waiting.start
        if not waiting.done.done():  # its sender may have gone away meanwhile
            waiting.done.set_result(stored[place : place + count])
        place += count


def _settle(group: list[_Waiting], error: Exception) -> None:
    for waiting in group:
        if not waiting.done.done():
            waiting.done.set_exception(error)


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
