"""Commit the events of concurrent requests together, and answer each once they are on disk.

In: the events of each request. Out: where each is stored, or a Refusal. Left to `writer`: SQL.

Commits run on the event loop: a thread was 17 to 27 % slower at 32 connections, for the two compete
for the interpreter, and no request can be answered before its commit.
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
from ingestd.log.held import HeldEvents
from ingestd.log.retention import DAY_MS, GB
from ingestd.log.spool_files import set_aside, spool_events
from ingestd.log.writer import AppendResult, LogBusyError, LogDamagedError, NotWrittenError, Writer
from ingestd.pace import Pace
from shared.errors import Refusal
from shared.event import Event, NewEvent
from shared.settings import Retention

BUSY_RETRY_S: Final = 0.005
FAILED_RETRY_S: Final = 0.25
RETRY_EVENTS: Final = 500
"""Events a retry writes at once: enough to catch up fast, few enough not to block the loop."""
GROUP_EVENTS: Final = 128
"""Events of a batch in one commit: it takes half a slice of other work, and 32 took 40 % more time
an event, for each commit writes some pages again and may wait for the disk."""
GROUP_BYTES: Final = 256 * 1024
"""Payloads of a batch in one commit, unless a single one is larger."""
CHECKPOINT_WAIT_S: Final = 0.5
CHECKPOINT_POLL_S: Final = 0.002
BUSY_PER_SECOND: Final = 1_000
"""Events; above, their keys are merged later, or by the appends once there are very many."""
GATHER_TURNS: Final = 16
"""Iterations of the loop in which a commit may wait for more requests, at most."""

_LOG: Final = logging.getLogger(__name__)


class _PendingAppend(msgspec.Struct):
    """Hold a request's events; those from `start` to `end` are to be committed."""

    events: Sequence[NewEvent]
    start: int
    end: int
    done: asyncio.Future[list[AppendResult]]

    @property
    def part(self) -> Sequence[NewEvent]:
        return self.events[self.start : self.end]


class Commits:
    """Append through one Writer, in the order of arrival, a group at a time.

    While the log cannot be written, events are held in memory, their senders get a 500, and the
    append is retried several times a second.
    """

    def __init__(
        self,
        writer: Writer,
        held: HeldEvents,
        counters: Counters,
        *,
        busy_ms: int,
        spool: Path | None = None,
        in_flight: Callable[[], int] | None = None,
    ) -> None:
        self._writer = writer
        self._held = held
        self._counters = counters
        self._busy_ms = busy_ms
        self._in_flight = in_flight
        """The number of requests the server has read; None where it is not known."""
        self._spool = spool
        """Where events go that cannot be stored; None without a spool."""
        self._group: list[_PendingAppend] = []
        self._last_size = 1
        """How many requests the last commit stored."""
        self._busy_since: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._failure: str | None = None
        self._may_hold_deleted = True
        """Whether the WAL may hold deleted events, perhaps of an earlier process."""
        self.last_id = writer.last_given_id()
        self.on_damage: Callable[[str], bool] | None = None
        """Called with the error of a damaged log; returns whether a new one replaced it."""
        self.is_recovering = False
        """Whether rows of a damaged log are still carried over: retention waits for that."""

    @property
    def failure(self) -> str | None:
        """Return why the log cannot be written; None while it can."""
        return self._failure

    @property
    def held_count(self) -> int:
        return len(self._held)

    def held_after(self, unsaved_id: int, *, limit: int) -> list[Event]:
        """Return held events past an `unsaved_id`, oldest first."""
        return self._held.after(unsaved_id, limit=limit)

    async def append(self, events: Sequence[NewEvent]) -> list[AppendResult]:
        """Return where the events are, once they are on disk.

        Raise Refusal when they are not: 500 `not_saved` if they are held in memory and written
        later; 503 `queue_full` if there is no room to hold them.
        """
        return await self._append(events, 0, len(events))

    async def append_batch(self, events: Sequence[NewEvent], pace: Pace) -> list[AppendResult]:
        """Do as `append`, a few events at a time, with rests for other senders.

        If the log fails in the middle, all the rest is held, whatever the limits: a sender that
        gets a 503 sends everything again.
        """
        stored: list[AppendResult] = []
        start = 0
        while start < len(events):
            end = end_of_group(events, start)
            stored += await self._append(events, start, end)
            await pace.rest()
            await self.wait_for_checkpoint()
            start = end
        return stored

    async def wait_for_checkpoint(self) -> None:
        """Let the checkpoint thread catch up before the WAL is so long that the writer must.

        Hooks are stored meanwhile, so the writer adds their pages: only then the WAL starts over.
        """
        if not self._writer.request_checkpoint():
            return
        until = time.monotonic() + CHECKPOINT_WAIT_S
        while self._writer.is_checkpointing:
            if time.monotonic() > until:
                return
            await asyncio.sleep(CHECKPOINT_POLL_S)
        self._writer.checkpoint()

    async def _append(self, events: Sequence[NewEvent], start: int, end: int) -> list[AppendResult]:
        loop = asyncio.get_running_loop()
        pending = _PendingAppend(events, start, end, loop.create_future())
        if self._failure is not None:
            raise self._hold(pending)
        self._group.append(pending)
        if len(self._group) == 1:
            if self._is_alone():
                self._commit()
            else:
                loop.call_soon(self._gather, 0, GATHER_TURNS)
        return pending.done.result() if pending.done.done() else await pending.done

    def _is_alone(self) -> bool:
        """Return whether no other request could share the commit, so that waiting gains nothing.

        Of many senders one is always the first to arrive: alone is only who was so before.
        """
        return self._last_size == 1 and self._in_flight is not None and self._in_flight() <= 1

    def _gather(self, size: int, turns: int) -> None:
        """Commit once an iteration of the loop has brought no further request.

        The first iteration reads the sockets that are ready, the next one starts their handlers.
        """
        if len(self._group) > size and turns:
            asyncio.get_running_loop().call_soon(self._gather, len(self._group), turns - 1)
        elif self._group:
            self._commit()

    def save_held(self) -> bool:
        """Write the held events as far as that works; return whether all are written."""
        try:
            self._reopen_if_replaced()
            while chunk := self._held.first(RETRY_EVENTS):
                self._save(chunk)
        except LogDamagedError as error:
            self._failure = str(error)
            return self._replace_damaged(error) and self.save_held()
        except NotWrittenError as error:
            self._failure = str(error)
            return False
        except Exception as error:  # the events stay held and are retried
            self._counters.retry_errors += 1
            if self._failure != _reason(error):  # or each retry would log a line
                _LOG.exception("held events cannot be saved")
            self._failure = _reason(error)
            return False
        self._failure = None
        return True

    def stored_event(self, new: NewEvent, stored: AppendResult) -> Event:
        """Return an event as the log holds it: for a duplicate, the one stored first."""
        first = self._writer.one(stored.id) if stored.duplicate else None
        return first or msgspec.structs.replace(new.event, id=stored.id)

    def maintain(self, retention: Retention) -> bool:
        """Reopen a log that was replaced; delete some events past their retention.

        Return whether there may be more to delete now. Each call is one short transaction.
        """
        if self._failure is not None:
            return False
        try:
            if self._reopen_if_replaced():
                self._may_hold_deleted = True
            if self.is_recovering:
                return False
            # Retention needs correct times.
            if self._writer.correct_times(now_ms()):
                return False
            has_more = not self._is_busy() and self._writer.merge_keys()
            has_more |= self._delete_expired(retention)
            if not has_more and self._may_hold_deleted and retention.is_on:
                self._may_hold_deleted = False
                self._writer.empty_wal()
        except LogDamagedError as error:
            self._replace_damaged(error)
            return False
        except NotWrittenError as error:
            self._counters.warn("cannot maintain the log, retrying: %s", error)
            return False
        return has_more

    def _is_busy(self) -> bool:
        """Return whether work that can wait would take time from many senders."""
        return self._counters.events_per_second() > BUSY_PER_SECOND

    def _delete_expired(self, retention: Retention) -> bool:
        now = now_ms()
        all_are_empty = True
        if retention.payload_days:
            count, all_are_empty = self._writer.delete_payloads(
                now - retention.payload_days * DAY_MS
            )
            self._may_hold_deleted |= count > 0
            if count:
                return True
        count = 0
        if retention.days:
            count = self._writer.delete_before(now - retention.days * DAY_MS)
        if retention.gb and not count:
            count = self._writer.delete_beyond(round(retention.gb * GB))
        self._may_hold_deleted |= count > 0
        return count > 0 or not all_are_empty

    def close(self) -> None:
        """Write all events; spool those that cannot be written."""
        self._busy_ms = 0
        if self._group:
            self._commit()
        if self._timer is not None:
            self._timer.cancel()
        if not self.save_held():
            self._spool_held()

    def _spool_held(self) -> None:
        held = self._held.first(len(self._held))
        spooled = 0 if self._spool is None else spool_events(self._spool, held)
        self._held.drop(spooled)
        if spooled:
            _LOG.warning(
                "%d events wait in the spool for the next start: %s", spooled, self._failure
            )
        if spooled < len(held):
            _LOG.error(
                "%d events are lost: neither the log nor the spool could be written: %s",
                len(held) - spooled,
                self._failure,
            )

    def _commit(self) -> None:
        group, self._group = self._group, []
        self._last_size = len(group)
        started = time.perf_counter()
        try:
            stored = self._store(group)
        except LogBusyError as error:
            self._retry_or_fail(group, error)
        except NotWrittenError as error:
            self._fail(group, error)
        except Exception:  # a bug, or an event that cannot be stored
            self._commit_singly(group)
        else:
            self._busy_since = None
            self._counters.committed(time.perf_counter() - started)
            self._count(stored)
            _resolve(group, stored)

    def _store(self, group: list[_PendingAppend]) -> list[AppendResult]:
        events = [new for pending in group for new in pending.part]
        if self._busy_since is not None:
            self._reopen_if_replaced()
        try:
            return self._writer.append(events)
        except LogBusyError:
            raise
        except LogDamagedError as error:
            if self._replace_damaged(error):
                return self._writer.append(events)
            raise
        except NotWrittenError:
            if self._reopen_if_replaced():  # the failure may be the old file's
                return self._writer.append(events)
            raise

    def _commit_singly(self, group: list[_PendingAppend]) -> None:
        """Commit each request by itself, so that only one with a faulty event gets the error.

        Its route logs it. If nothing at all can be stored, the log is at fault.
        """
        self._busy_since = None
        for place, pending in enumerate(group):
            try:
                stored = self._writer.append(pending.part)
            except NotWrittenError as error:
                self._fail(group[place:], error)
                return
            except Exception as error:  # the sender gets it
                if log_error := self._log_error():
                    self._fail(group[place:], log_error)
                    return
                _reject([pending], error)
            else:
                self._count(stored)
                _resolve([pending], stored)

    def _log_error(self) -> Exception | None:
        """Return why the log accepts no event at all; None if it does."""
        try:
            self._writer.check()
        except Exception as error:  # any error is the answer
            return error
        return None

    def _save(self, chunk: list[NewEvent]) -> None:
        """Store the oldest held events; set aside one that cannot be stored."""
        try:
            self._count(self._writer.append(chunk))
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
        self._held.drop(len(chunk))

    def _set_aside(self, new: NewEvent, error: Exception) -> None:
        """Drop an event that cannot be stored, so that it does not block those behind it."""
        self._counters.set_aside += 1
        where = "nowhere"
        if self._spool is not None:
            try:
                where = str(set_aside(self._spool, new))
            except Exception as failure:  # the others must still be stored
                where = f"nowhere ({_reason(failure)})"
        _LOG.error("an event cannot be stored: %s; kept in: %s", _reason(error), where)

    def _replace_damaged(self, error: LogDamagedError) -> bool:
        return self.on_damage is not None and self.on_damage(str(error))

    def _reopen_if_replaced(self) -> bool:
        if not self._writer.reopen_if_replaced():
            return False
        _LOG.warning("the log's file was replaced; continuing with the new one")
        self.last_id = self._writer.last_given_id()
        return True

    def _retry_or_fail(self, group: list[_PendingAppend], error: LogBusyError) -> None:
        """Wait for another process's lock without blocking the loop, up to `busy_ms`."""
        now = time.monotonic()
        self._busy_since = self._busy_since or now
        if (now - self._busy_since) * 1000 >= self._busy_ms:
            self._fail(group, error)
            return
        self._group = group
        self._timer = asyncio.get_running_loop().call_later(BUSY_RETRY_S, self._commit)

    def _fail(self, group: list[_PendingAppend], error: Exception) -> None:
        self._busy_since = None
        self._failure = str(error) if isinstance(error, NotWrittenError) else _reason(error)
        self._counters.save_failures += 1
        self._counters.warn("cannot write the log: %s", self._failure)
        for pending in group:
            _reject([pending], self._hold(pending))
        self._retry_later()

    def _hold(self, pending: _PendingAppend) -> Refusal:
        """Hold the request's events that are not stored; return the answer to its sender.

        Of a batch that is partly stored all the rest is held: a retry would duplicate it.
        """
        events = pending.events[pending.start :]
        if self._held.add(events, beyond_limits=pending.start > 0):
            return Refusal(
                500, "not_saved", f"held in memory until the log can be written: {self._failure}"
            )
        self._counters.turned_away += len(events)
        self._counters.warn("the queue of unsaved events is full: %s", self._failure)
        return Refusal(503, "queue_full", f"no room for more unsaved events: {self._failure}")

    def _retry_later(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(FAILED_RETRY_S, self._retry)

    def _retry(self) -> None:
        count = len(self._held)
        if self.save_held():
            _LOG.info("the log can be written again; saved %d held events", count)
        else:
            self._counters.warn("still cannot write the log: %s", self._failure)
            self._retry_later()

    def _count(self, stored: list[AppendResult]) -> None:
        fresh = [item.id for item in stored if not item.duplicate]
        self._counters.stored(len(fresh), len(stored) - len(fresh))
        if fresh:
            self.last_id = fresh[-1]


def end_of_group(events: Sequence[NewEvent], start: int) -> int:
    """Return the end of the part of a batch that goes into one commit: one event at least."""
    left = GROUP_BYTES
    for place in range(start, min(start + GROUP_EVENTS, len(events))):
        left -= events[place].event.payload_bytes
        if left < 0 and place > start:
            return place
    return min(start + GROUP_EVENTS, len(events))


def _resolve(group: list[_PendingAppend], stored: list[AppendResult]) -> None:
    place = 0
    for pending in group:
        count = pending.end - pending.start
        if not pending.done.done():  # the sender may have disconnected
            pending.done.set_result(stored[place : place + count])
        place += count


def _reject(group: list[_PendingAppend], error: Exception) -> None:
    for pending in group:
        if not pending.done.done():
            pending.done.set_exception(error)


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
