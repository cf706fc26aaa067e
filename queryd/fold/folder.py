"""Fold the log into the views as it grows, in a thread.

Of several queryds on one log, the process that holds the fold lock folds; the others only read.
"""

import asyncio
import fcntl
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final, Literal

import msgspec

from queryd.fold.folding import Views, facts_of
from queryd.live.rate_meter import LagMeter
from queryd.search.indexer import Indexer
from queryd.sessions.processes import (
    has_ended,
    mark_process_ended,
    sessions_with_process,
    this_host,
)
from queryd.store.fact import Fact
from queryd.store.maintenance import Maintenance
from queryd.store.store import discard, is_damage, is_transient
from queryd.usage.prices import Prices
from shared.files import create_private, identity
from shared.process import pid_domain
from shared.reader import NotReadableError, Reader

BATCH: Final = 3_000
"""A session's rows are written once a batch; 6,000 fold 7 % faster and take 25 MB more."""
BATCH_BYTES: Final = 4 * 1024 * 1024
FOLD_INTERVAL_S: Final = 0.008
"""The longest interval. With 8 ms instead of 30 queryd uses 51 % of a slow core instead of 38 at
200 events a second, and the median status comes 2.7 ms sooner; at 1,000 a second 65 instead of
59 %."""
FOLD_SHARE: Final = 0.2
"""How much of a core folding may use before it waits for more events to fold at once. Alone, an
event takes 0.8 ms and may be followed by another after 4 ms; at 1,000 a second, 6 are folded
together."""
POLL_S: Final = 1.0
RECOVERY_POLL_S: Final = 0.3
"""How soon to retry while the next rows are being copied from a damaged log."""
MAINTENANCE_S: Final = 2.0
"""How often to check for ended processes and for deletions in the log."""
RETRY_S: Final = 1.0
RATE_S: Final = 2.0

State = Literal["live", "folding", "following", "failing"]

_LOG: Final = logging.getLogger(__name__)


class FoldState(msgspec.Struct, frozen=True, kw_only=True):
    """How far the views are.

    `live`: up to date. `folding`: catching up. `following`: another queryd folds. `failing`: they
    cannot be written; `error` has the reason.
    """

    state: State
    folded_id: int
    last_id: int = 0
    """The log's end."""
    events_per_second: float | None = None
    """While folding."""
    skipped: int = 0
    """Events that could not be folded."""
    error: str | None = None


class Folder:
    """Keep the views of a log up to date, and its full text in a thread of its own.

    `on_change` is called in the folding thread.
    """

    def __init__(
        self,
        log_path: Path,
        views_path: Path,
        search_path: Path,
        on_change: Callable[[], None],
        prices: Prices | None = None,
    ) -> None:
        self._log_path = log_path
        self._prices = prices
        self._views_path = views_path
        self._on_change = on_change
        self._woken = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run_thread, name="fold", daemon=True)
        self._ended: Future[None] = Future()
        self._logged_error: str | None = None
        """The last error that was logged with its traceback."""
        self._pace = FoldPace()
        self.opened = threading.Event()
        """Set once the views are readable, or the reason why not is known."""
        self.lags = LagMeter()
        """From ingestd's arrival stamp to the views: one a fold, while they are up to date."""
        self.state = FoldState(state="following", folded_id=0)
        self.indexer = Indexer(log_path, search_path)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """Fold soon, as the log may have grown."""
        self._woken.set()
        self.indexer.wake()

    def stop(self) -> None:
        """Finish the current step and end the thread."""
        self._stopping = True
        self._woken.set()
        if self._thread.ident is not None:
            self._thread.join()

    async def ended(self) -> None:
        """Wait until the thread has ended; raise its exception, if any."""
        await asyncio.shield(asyncio.wrap_future(self._ended))

    def _run_thread(self) -> None:
        try:
            self._run()
        except BaseException as error:
            self._ended.set_exception(error)
        else:
            self._ended.set_result(None)

    def _run(self) -> None:
        while not self._stopping:
            try:
                with lock(self._views_path) as held:
                    if held is not None:
                        with self.indexer.running(held):
                            self._fold_logs(held)
                    else:
                        self._set_state("following")
                        self.opened.set()
                        self._pause(POLL_S)
            except Exception as error:
                self._recover(error)

    def _fold_logs(self, held: int) -> None:
        """Fold one log after another while the lock's file is in place.

        An error releases the lock: another process may be able to fold.
        """
        while not self._stopping and _is_in_place(held, self._views_path):
            try:
                self._fold_log()
            except Exception as error:
                if not is_damage(error):
                    raise
                self._recover(error)

    def _fold_log(self) -> None:
        """Fold until stopped, or until the views or the log are replaced."""
        with (
            closing(Reader(self._log_path)) as log,
            closing(Views(self._views_path, self._prices)) as views,
        ):
            if not views.belongs_to(log):
                _LOG.warning("the views are of another log: rebuilding them")
                discard(self._views_path)
                return
            if not views.follows_deletions(log):
                _LOG.warning("the views missed deletions: rebuilding them")
                discard(self._views_path)
                return
            self.opened.set()
            self._fold_all(views, log)
            views.database.checkpoint_in_thread()
            checked_at = 0.0
            maintenance = Maintenance(views.database, lambda: views.forget(log))
            while not self._stopping and views.in_place and not log.refresh():
                started = self._pace.start()
                self._woken.clear()
                if facts := read_facts(log, views.folded_id):
                    self._fold(views, facts)
                    self.lags.record(facts[-1].event.received_at)
                if started - checked_at > MAINTENANCE_S:
                    checked_at = started
                    self._mark_ended_processes(views)
                    maintenance.schedule()
                if maintenance.step():
                    self._on_change()
                if log.last_given_id() < views.folded_id:
                    return  # another log was written over this one
                rest_until = self._pace.next_start()
                self._wait(views, log, has_maintenance=maintenance.has_more)
                # Events that arrive within the interval are folded together.
                self._pause(rest_until - time.monotonic())

    def _wait(self, views: Views, log: Reader, *, has_maintenance: bool) -> None:
        """Wait if the views are up to date, or the log is being recovered."""
        views.note_log(log)
        if not log.is_whole_after(views.folded_id):
            self._set_state("folding", views)
            self._pause(RECOVERY_POLL_S)
        elif log.last_id() <= views.folded_id:
            self._set_state("live", views)
            # Checked after clear(), which may have raced with stop().
            if not self._stopping and not has_maintenance:
                self._woken.wait(POLL_S)

    def _fold_all(self, views: Views, log: Reader) -> None:
        """Fold the whole log."""
        rate = _FoldRate(views.folded_id)
        behind = log.last_id() - views.folded_id
        if behind > BATCH:
            _LOG.info("folding %d events into the views", behind)
        while not self._stopping and views.in_place:
            facts = read_facts(log, views.folded_id)
            if not facts:
                return
            self._fold(views, facts)
            self._set_state("folding", views, rate.of(views.folded_id))

    def _fold(self, views: Views, facts: list[Fact]) -> None:
        views.fold(facts)
        self._on_change()

    def _mark_ended_processes(self, views: Views) -> None:
        here = sessions_with_process(views.database, this_host(), pid_domain())
        ended = [
            session_id for session_id, pid, last_event_at in here if has_ended(pid, last_event_at)
        ]
        if ended:
            mark_process_ended(views.database, ended)
            self._on_change()

    def _recover(self, error: Exception) -> None:
        if is_damage(error):
            _LOG.warning("the views are damaged, rebuilding them: %s", error)
            try:
                discard(self._views_path)
            except OSError as discard_error:
                error = discard_error
            else:
                return
        expected = is_transient(error) or isinstance(error, NotReadableError)
        # A bug must not end the thread, and with it the daemon: it would recur after the restart.
        # `/api/health` and the log report it.
        is_new = not expected and repr(error) != self._logged_error
        if is_new:
            self._logged_error = repr(error)
        _LOG.warning("cannot fold, retrying: %s", error, exc_info=error if is_new else None)
        self.opened.set()
        self.state = msgspec.structs.replace(self.state, state="failing", error=str(error))
        self._pause(RETRY_S)

    def _set_state(
        self, state: State, views: Views | None = None, rate: float | None = None
    ) -> None:
        self.state = FoldState(
            state=state,
            folded_id=0 if views is None else views.folded_id,
            skipped=0 if views is None else views.skipped,
            events_per_second=rate,
        )

    def _pause(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while not self._stopping and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, 0.1))


@contextmanager
def lock(views_path: Path) -> Iterator[int | None]:
    """Take the fold lock; yield its descriptor, None if another process has it.

    It covers the views and the full text.
    """
    path = _lock_path(views_path)
    create_private(path)
    with path.open("r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield None
        else:
            yield file.fileno()


def _is_in_place(held: int, views_path: Path) -> bool:
    """Return whether the lock's file is still at its path: otherwise another process may fold."""
    status = os.fstat(held)
    return identity(_lock_path(views_path)) == (status.st_dev, status.st_ino)


def _lock_path(views_path: Path) -> Path:
    return views_path.with_name("views.lock")


def read_facts(log: Reader, after: int) -> list[Fact]:
    """Return the next events as facts; none while they are being copied from a damaged log."""
    if not log.is_whole_after(after):
        return []
    return facts_of(log.after(after, limit=BATCH, limit_bytes=BATCH_BYTES))


class FoldPace:
    """Space folds by what they cost: at once while there is little to fold, else in batches."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        cpu_clock: Callable[[], float] = time.thread_time,
    ) -> None:
        self._clock = clock
        self._cpu_clock = cpu_clock
        self._started = clock()
        self._cpu_started = 0.0

    def start(self) -> float:
        """Note the start of a fold, in its thread; return the time."""
        self._started, self._cpu_started = self._clock(), self._cpu_clock()
        return self._started

    def next_start(self) -> float:
        """Return when the next fold may start, after the last one has ended."""
        used_s = self._cpu_clock() - self._cpu_started
        return self._started + min(used_s / FOLD_SHARE, FOLD_INTERVAL_S)


class _FoldRate:
    """Measure events a second over the last moments."""

    def __init__(self, folded_id: int) -> None:
        self._from = (time.monotonic(), folded_id)
        self._last: float | None = None

    def of(self, folded_id: int) -> float | None:
        started, at = self._from
        now = time.monotonic()
        if now - started >= RATE_S:
            self._last = (folded_id - at) / (now - started)
            self._from = (now, folded_id)
        return self._last
