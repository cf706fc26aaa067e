"""Index the text of the log as it grows, in a thread beside the fold.

A status does not wait for it: it has a file and a cursor of its own, and a search reads the log
from there on. It runs only in the process that holds the fold lock.
"""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final, Literal

import msgspec

from queryd.search.catch_up import read_events, run_process
from queryd.search.index import TextIndex
from queryd.store.maintenance import Maintenance
from queryd.store.store import discard, is_damage, is_transient
from shared.reader import NotReadableError, Reader

BATCH: Final = 300
BATCH_BYTES: Final = 1024 * 1024
INTERVAL_S: Final = 0.2
"""Events that arrive within it are indexed together, after they are folded."""
BACKLOG: Final = 20_000
"""From so many events on, a process of its own indexes them: it takes a quarter of a second to
start. For fewer this thread takes a second or two."""
POLL_S: Final = 1.0
RECOVERY_POLL_S: Final = 0.3
MAINTENANCE_S: Final = 2.0
MAINTENANCE_PAUSE_S: Final = 0.02
"""After each step: the fold and the streams have the interpreter lock meanwhile."""
RETRY_S: Final = 1.0

State = Literal["live", "indexing", "following", "failing"]

_LOG: Final = logging.getLogger(__name__)


class IndexState(msgspec.Struct, frozen=True, kw_only=True):
    """How far the full text is; a search reads newer events from the log.

    `live`: up to date, or about to be. `indexing`: catching up. `following`: another queryd
    indexes. `failing`: the index cannot be written; `error` has the reason.
    """

    state: State
    indexed_id: int
    last_id: int = 0
    """The log's end."""
    skipped: int = 0
    """Events that could not be indexed."""
    error: str | None = None


class Indexer:
    """Keep the full text of a log up to date."""

    def __init__(self, log_path: Path, search_path: Path) -> None:
        self._log_path = log_path
        self._search_path = search_path
        self._woken = threading.Event()
        self._stopping = threading.Event()
        self._logged_error: str | None = None
        """The last error that was logged with its traceback."""
        self._can_start_process = True
        """False after one that came no further, until the index is up to date."""
        self.state = IndexState(state="following", indexed_id=0)

    def wake(self) -> None:
        """Index soon, as the log may have grown."""
        self._woken.set()

    @contextmanager
    def running(self, lock: int) -> Iterator[None]:
        """Index until the block ends; `lock` is the descriptor of the fold lock, which is held."""
        self._stopping.clear()
        thread = threading.Thread(target=self._run, args=(lock,), name="index", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stopping.set()
            self._woken.set()
            thread.join()
            self.state = IndexState(state="following", indexed_id=0)

    def _run(self, lock: int) -> None:
        while not self._stopping.is_set():
            try:
                self._index_log(lock)
            except Exception as error:
                self._recover(error)

    def _index_log(self, lock: int) -> None:
        """Index until stopped, until the index or the log is replaced, or is far behind."""
        with closing(Reader(self._log_path)) as log, closing(TextIndex(self._search_path)) as index:
            if not index.belongs_to(log):
                _LOG.warning("the full text is of another log: rebuilding it")
                discard(self._search_path)
                return
            if not index.follows_deletions(log):
                _LOG.warning("the full text missed deletions: rebuilding it")
                discard(self._search_path)
                return
            self._set_state("indexing", index)
            if not self._is_far_behind(index, log):
                self._follow(index, log)
                return
        self._can_start_process = False
        self._can_start_process = run_process(
            self._log_path, self._search_path, lock=lock, is_stopping=self._stopping.is_set
        )

    def _follow(self, index: TextIndex, log: Reader) -> None:
        index.database.checkpoint_in_thread()
        checked_at = 0.0
        maintenance = Maintenance(
            index.database, lambda: index.forget(log), lambda: index.tidy(log)
        )
        while not self._stopping.is_set() and index.in_place and not log.refresh():
            started = time.monotonic()
            self._woken.clear()
            if self._is_far_behind(index, log):
                return
            events = read_events(log, index.folded_id, limit=BATCH, limit_bytes=BATCH_BYTES)
            if events:
                index.add(events)
            if started - checked_at > MAINTENANCE_S:
                checked_at = started
                maintenance.schedule()
            maintenance.step()
            if log.last_given_id() < index.folded_id:
                return  # another log was written over this one
            self._wait(index, log, has_maintenance=maintenance.has_more)

    def _is_far_behind(self, index: TextIndex, log: Reader) -> bool:
        return (
            self._can_start_process
            and log.last_id() - index.folded_id > BACKLOG
            and log.is_whole_after(index.folded_id)
        )

    def _wait(self, index: TextIndex, log: Reader, *, has_maintenance: bool) -> None:
        """Wait if the index is up to date, or the log is being recovered."""
        index.note_log(log)
        if not log.is_whole_after(index.folded_id):
            self._set_state("indexing", index)
            self._stopping.wait(RECOVERY_POLL_S)
        elif log.last_id() - index.folded_id > BATCH:
            self._set_state("indexing", index)
        else:
            self._set_state("live", index)
            self._can_start_process = True
            if has_maintenance:
                self._stopping.wait(MAINTENANCE_PAUSE_S)
                return
            # Checked after clear(), which may have raced with the end of `running`.
            if log.last_id() <= index.folded_id and not self._stopping.is_set():
                self._woken.wait(POLL_S)
            self._stopping.wait(INTERVAL_S)

    def _recover(self, error: Exception) -> None:
        if is_damage(error):
            _LOG.warning("the full text is damaged, rebuilding it: %s", error)
            try:
                discard(self._search_path)
            except OSError as discard_error:
                error = discard_error
            else:
                return
        expected = is_transient(error) or isinstance(error, NotReadableError)
        is_new = not expected and repr(error) != self._logged_error
        if is_new:
            self._logged_error = repr(error)
        _LOG.warning("cannot index, retrying: %s", error, exc_info=error if is_new else None)
        self.state = msgspec.structs.replace(self.state, state="failing", error=str(error))
        self._stopping.wait(RETRY_S)

    def _set_state(self, state: State, index: TextIndex) -> None:
        self.state = IndexState(state=state, indexed_id=index.folded_id, skipped=index.skipped)
