"""Fold the log into the views as it grows, in a thread of its own.

In: a log, and wakes that say "look again". Out: views brought up to the log's end, and a call after
each step. Of several queryds on one log the one that holds the lock folds; the others read.
"""

import asyncio
import fcntl
import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Final, Literal

import msgspec

from queryd.fold.folding import Views, facts_of
from queryd.live.pulse import Lags
from queryd.sessions.fold import mark_gone, with_process
from queryd.sessions.processes import is_gone, this_host
from queryd.store.fact import Fact
from queryd.store.store import discard, is_damage, is_trouble
from queryd.usage.prices import Prices
from shared.files import create_private
from shared.process import pid_domain
from shared.reader import NotReadableError, Reader

BATCH: Final = 1_500
BATCH_BYTES: Final = 4 * 1024 * 1024
PACE_S: Final = 0.03
"""Between two folds of a log that grows: each is a transaction, and one of ten events costs hardly
more than one of one."""
LOOK_S: Final = 1.0
WHOLE_S: Final = 0.3
"""How soon to look again while the rows behind the cursor are still carried from a damaged log."""
AROUND_S: Final = 2.0
"""How often processes are looked for, and what the log no longer holds."""
TIDY_RESTS: Final = 20
"""A table of full text is made anew in some 10 s; then it rests for so many times as long."""
EMPTY_WAL_S: Final = 60.0
"""How often the WAL is emptied while events are deleted."""
TROUBLE_S: Final = 1.0
RATE_S: Final = 2.0

State = Literal["live", "folding", "following", "failing"]

_LOG: Final = logging.getLogger(__name__)


class FoldState(msgspec.Struct, frozen=True, kw_only=True):
    """Tell how far the views are.

    `live`: up to the log's end. `folding`: on the way there. `following`: another queryd folds.
    `failing`: they cannot be written now; `error` says why.
    """

    state: State
    folded_id: int
    last_id: int = 0
    """The log's end."""
    events_per_second: float | None = None
    """While folding."""
    skipped: int = 0
    """Events that no view could take."""
    error: str | None = None


class Folder:
    """Keep the views of a log; `on_change` is called, in the thread, whenever they changed."""

    def __init__(
        self,
        log_path: Path,
        views_path: Path,
        on_change: Callable[[], None],
        prices: Prices | None = None,
    ) -> None:
        self._log_path = log_path
        self._prices = prices
        self._views_path = views_path
        self._on_change = on_change
        self._woken = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run_to_the_end, name="fold", daemon=True)
        self._ended: Future[None] = Future()
        self._reported: str | None = None
        """The last trouble that was logged with its traceback."""
        self.opened = threading.Event()
        """Set once the views can be read, or it is known why they cannot."""
        self.lags = Lags()
        """From ingestd's stamp to the views, once a fold while they are up to the log's end."""
        self.state = FoldState(state="following", folded_id=0)

    def start(self) -> None:
        """Begin to fold."""
        self._thread.start()

    def wake(self) -> None:
        """Say that the log may have grown."""
        self._woken.set()

    def stop(self) -> None:
        """End after the step under way; wait for it."""
        self._stopping = True
        self._woken.set()
        if self._thread.ident is not None:
            self._thread.join()

    async def ended(self) -> None:
        """Wait until the thread has ended; raise what ended it, if that was no stop."""
        await asyncio.shield(asyncio.wrap_future(self._ended))

    def _run_to_the_end(self) -> None:
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
                    if held:
                        self._fold_on()
                    else:
                        self._tell("following")
                        self.opened.set()
                        self._pause(LOOK_S)
            except Exception as error:
                self._recover(error)

    def _fold_on(self) -> None:
        """Fold until told to stop, or until the views or the log are others."""
        with (
            closing(Reader(self._log_path)) as log,
            closing(Views(self._views_path, self._prices)) as views,
        ):
            if not views.belongs_to(log):
                _LOG.warning("the views are of another log: making them anew")
                discard(self._views_path)
                return
            if not views.follows_deletions(log):
                _LOG.warning("the views missed what was deleted: making them anew")
                discard(self._views_path)
                return
            self.opened.set()
            self._fold_all(views, log)
            looked = 0.0
            chores = _Chores(views, log)
            while not self._stopping and views.in_place and not log.refresh():
                began = time.monotonic()
                self._woken.clear()
                if facts := read_facts(log, views.folded_id):
                    self._fold(views, facts)
                    self.lags.note(facts[-1].event.received_at)
                if began - looked > AROUND_S:
                    looked = began
                    self._look_around(views)
                    chores.look()
                if chores.step():
                    self._on_change()
                if log.last_given_id() < views.folded_id:
                    return  # another log was written over this one
                self._rest(views, log, has_chores=chores.has_more)
                # A wake that comes at once is answered with the events of a moment together.
                self._pause(began + PACE_S - time.monotonic())

    def _rest(self, views: Views, log: Reader, *, has_chores: bool) -> None:
        """Wait, if the views are up to the log's end, or where the log is not whole yet."""
        views.note_log(log)
        if not log.is_whole_after(views.folded_id):
            self._tell("folding", views)
            self._pause(WHOLE_S)
        elif log.last_id() <= views.folded_id:
            self._tell("live", views)
            # Asked after clear(), which may have met stop().
            if not self._stopping and not has_chores:
                self._woken.wait(LOOK_S)

    def _fold_all(self, views: Views, log: Reader) -> None:
        """Fold what there is already; while SQLite indexes one batch, a thread reads the next.

        Not before: both need the interpreter, which SQLite lets go with every row, and then two
        threads were a third slower than one.
        """
        rate = _Rate(views.folded_id)
        facts = read_facts(log, views.folded_id)
        if len(facts) == BATCH:
            _LOG.info("folding %d events into the views", log.last_id() - views.folded_id)
        with ThreadPoolExecutor(1, "read") as ahead:
            while facts and not self._stopping and views.in_place:
                upcoming: list[Future[list[Fact]]] = []
                read_on = partial(_submit, upcoming, ahead, log, facts[-1].id)
                self._fold(views, facts, meanwhile=read_on)
                facts = upcoming[0].result() if upcoming else read_facts(log, views.folded_id)
                self._tell("folding", views, rate.of(views.folded_id))

    def _fold(
        self, views: Views, facts: list[Fact], *, meanwhile: Callable[[], None] | None = None
    ) -> None:
        views.fold(facts, meanwhile=meanwhile or (lambda: None))
        self._on_change()

    def _look_around(self, views: Views) -> None:
        """Do what no event asks for: notice processes that died."""
        here = with_process(views.database, this_host(), pid_domain())
        gone = [
            session_id for session_id, pid, last_event_at in here if is_gone(pid, last_event_at)
        ]
        if gone:
            mark_gone(views.database, gone)
            self._on_change()

    def _recover(self, error: Exception) -> None:
        if is_damage(error):
            _LOG.warning("the views are damaged, making them anew: %s", error)
            try:
                discard(self._views_path)
            except OSError as trouble:
                error = trouble
            else:
                return
        expected = is_trouble(error) or isinstance(error, NotReadableError)
        # A mistake of ours must not end the thread, and then the daemon: it would come again after
        # the restart. `/api/health` says that the views stand still, and so does the log.
        is_news = not expected and repr(error) != self._reported
        if is_news:
            self._reported = repr(error)
        _LOG.warning("cannot fold, trying again: %s", error, exc_info=error if is_news else None)
        self.opened.set()
        self.state = msgspec.structs.replace(self.state, state="failing", error=str(error))
        self._pause(TROUBLE_S)

    def _tell(self, state: State, views: Views | None = None, rate: float | None = None) -> None:
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
def lock(views_path: Path) -> Iterator[bool]:
    """Hold the lock of who folds, if nobody else does; tell which it is."""
    path = views_path.with_name("views.lock")
    create_private(path)
    with path.open("r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True


def read_facts(log: Reader, after: int) -> list[Fact]:
    """Return the next events of the log as facts; none while some of them are still to come."""
    if not log.is_whole_after(after):
        return []
    return facts_of(log.after(after, limit=BATCH, limit_bytes=BATCH_BYTES))


def _submit(
    upcoming: list[Future[list[Fact]]], ahead: ThreadPoolExecutor, log: Reader, after: int
) -> None:
    upcoming.append(ahead.submit(read_facts, log, after))


class _Chores:
    """Do between folds, a short step at a time, what deletions and order ask for.

    It runs where no events are read that are not folded yet.
    """

    def __init__(self, views: Views, log: Reader) -> None:
        self._views = views
        self._log = log
        self._deletions = False
        self._tidying = False
        self._tidied_s = 0.0
        self._tidy_at = 0.0
        self._holds_deleted = True
        """Whether the WAL may hold what was deleted; an earlier process may have left it so."""
        self._empty_at = 0.0

    @property
    def has_more(self) -> bool:
        """Return whether the next step follows at once."""
        return self._deletions or self._tidying

    def look(self) -> None:
        """Notice what there is to do."""
        self._deletions = True
        self._tidying = self._tidying or time.monotonic() >= self._tidy_at

    def step(self) -> bool:
        """Do one step, if there is one; return whether the views changed."""
        if self._deletions:
            self._deletions = self._views.forget(self._log) > 0
            self._holds_deleted |= self._deletions
            return self._deletions
        if self._tidying:
            self._tidy()
        elif self._holds_deleted and time.monotonic() >= self._empty_at:
            self._holds_deleted = not self._views.database.empty_wal()
            self._empty_at = time.monotonic() + EMPTY_WAL_S
        return False

    def _tidy(self) -> None:
        """Take a step; rest after a table was made anew, for the next deletion may be near."""
        began = time.monotonic()
        self._tidying = self._views.tidy(self._log)
        self._tidied_s += time.monotonic() - began
        if self._tidying:
            self._holds_deleted = True
        else:
            self._tidy_at = time.monotonic() + TIDY_RESTS * self._tidied_s
            self._tidied_s = 0.0


class _Rate:
    """Measure events a second over the last moments."""

    def __init__(self, folded_id: int) -> None:
        self._from = (time.monotonic(), folded_id)
        self._last: float | None = None

    def of(self, folded_id: int) -> float | None:
        began, at = self._from
        now = time.monotonic()
        if now - began >= RATE_S:
            self._last = (folded_id - at) / (now - began)
            self._from = (now, folded_id)
        return self._last
