"""Recover from a damaged log while events are accepted.

In: the damage that a check or a commit found. Out: a new log at once, and then the rows of the
damaged one in it, the newest first, a few at a time. The state of a recovery is in the new log, so
that it survives a kill (`ingestd.log.replacement`).
"""

import asyncio
import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Final

import msgspec

from ingestd.intake.decode import now_ms
from ingestd.log.check import FRAME_REST_S
from ingestd.log.commits import Commits
from ingestd.log.condition import LogCondition
from ingestd.log.pages import read_wal_index
from ingestd.log.replacement import plan_unopened, wal_is_damaged
from ingestd.log.salvage import Row, Salvage
from ingestd.log.writer import LogDamagedError, NotWrittenError, Writer
from ingestd.pace import Load, Pace
from shared.durability import Synchronous
from shared.files import identity
from shared.recoveries import Recovery, journal_of

GROUP_EVENTS: Final = 32
GROUP_BYTES: Final = 256 * 1024
"""Of payloads carried in one commit, unless a single one is larger."""
PAGES: Final = 64
"""Pages read before the loop runs, if they have fewer rows."""
NEWEST_EVENTS: Final = 500
NEWEST_BYTES: Final = 1024 * 1024
NEWEST_PAGES: Final = 2_000
"""Limits of what is carried before the new log accepts an event: 25 ms, and 17 for each MB of WAL,
whose checksums are computed in Python."""
RETRY_S: Final = 1.0
MIN_REPLACEMENT_INTERVAL_S: Final = 60.0
"""A younger log is not replaced: a disk that damages every file would fill up with logs."""

_LOG: Final = logging.getLogger(__name__)


class DamageState(msgspec.Struct, frozen=True, kw_only=True):
    """Report checks of the log, and the recoveries of damaged ones."""

    checking_since: int | None
    """When the running check started, ms; null while none runs."""
    checked_at: int | None
    """When a full check last found no damage, ms; null before the first."""
    recoveries: list[Recovery]
    """The newest first."""


class _RowBatch(msgspec.Struct, frozen=True):
    """Hold rows for one commit, and the id down to which all are carried with them."""

    rows: list[Row]
    reached: int


class RecoveryTask:
    """Set damaged logs aside, and carry their rows over."""

    def __init__(
        self,
        path: Path,
        writer: Writer,
        commits: Commits,
        load: Load,
        condition: LogCondition,
        *,
        vfs: str | None = None,
    ) -> None:
        self._path = path
        self._vfs = vfs
        self._condition = condition
        self._writer = writer
        self._commits = commits
        self._load = load
        self._requested = asyncio.Event()
        self._requested.set()
        self._set_aside_at: float | None = None
        self._logs = 0
        """The number of new logs started; rows are carried into the newest."""
        self.recoveries: list[Recovery] = []
        """The newest first."""
        self._refresh()
        if self._commits.is_recovering:
            report_set_aside(self.recoveries)
            self._carry_newest()
        commits.on_damage = self.set_aside

    def set_aside(self, reason: str) -> bool:
        """Replace the damaged log by a new one; return whether that succeeded.

        Runs on the event loop, as commits do.
        """
        now = time.monotonic()
        if self._set_aside_at is not None and now - self._set_aside_at < MIN_REPLACEMENT_INTERVAL_S:
            self._writer.release_cache()
            return False
        try:
            self._writer.set_aside(reason, now_ms=now_ms(), last_id=self._commits.last_id)
            self._set_aside_at = now
            self._logs += 1
            self._condition.opened(self._writer.uuid())
            self._refresh()
        except NotWrittenError as error:
            _LOG.error(
                "the log is damaged (%s), and a new one cannot be created: %s", reason, error
            )
            self._logs += 1
            self._requested.set()  # the next commit may complete it
            return False
        report_set_aside(self.recoveries)
        self._carry_newest()
        self._requested.set()
        return True

    async def run(self) -> None:
        """Carry rows over, until cancelled."""
        while True:
            await self._requested.wait()
            self._requested.clear()
            while True:
                try:
                    self._refresh()
                    unfinished = [it for it in self.recoveries if it.done_at is None]
                    if not unfinished:
                        break
                    await self._carry_all(unfinished[0])
                except LogDamagedError as error:
                    self.set_aside(str(error))
                    await asyncio.sleep(RETRY_S)
                except (NotWrittenError, OSError) as error:
                    _LOG.warning("cannot carry rows over from the damaged log, retrying: %s", error)
                    await asyncio.sleep(RETRY_S)

    def _carry_newest(self) -> None:
        """Carry the newest rows over before any event is accepted.

        A killed ingestd may not have answered the senders of some. They try again at once, and
        their events would get a second row, though viewers and views have the first.
        """
        recovery = next(it for it in self.recoveries if it.done_at is None)
        aside = self._path.with_name(recovery.set_aside)
        try:
            with closing(Salvage(aside, index=read_wal_index(aside), vfs=self._vfs)) as salvage:
                batch = next(
                    _batches(salvage, events=NEWEST_EVENTS, size=NEWEST_BYTES, pages=NEWEST_PAGES)
                )
                self._writer.carry(recovery, batch.rows, batch.reached)
            self._refresh()
        except (NotWrittenError, OSError) as error:  # `run` carries them over
            _LOG.warning("cannot carry the newest rows over from the damaged log: %s", error)

    def _refresh(self) -> None:
        self.recoveries = self._writer.recoveries()
        self._commits.is_recovering = any(it.done_at is None for it in self.recoveries)

    async def _carry_all(self, recovery: Recovery) -> None:
        """Carry every row of one damaged log; those of an earlier run are skipped as duplicates."""
        aside = self._path.with_name(recovery.set_aside)
        if not aside.exists():
            self._finish(recovery, None, "its file is missing")
            return
        loop, log = asyncio.get_running_loop(), self._logs
        reached = recovery.carried_to
        with ThreadPoolExecutor(1, "salvage") as thread:
            salvage = await loop.run_in_executor(thread, self._open, aside)
            batches = _batches(salvage)
            pace = Pace(self._load)
            try:
                while (
                    batch := await loop.run_in_executor(thread, next, batches, None)
                ) is not None:
                    if batch.rows or batch.reached < reached:
                        await self._carry(recovery, batch, log)
                        reached = min(reached, batch.reached)
                    if not self._is_current(recovery, log):
                        return
                    await pace.rest()
                # Without the log's last id the number of its ids is unknown too.
                lost = None if recovery.last_id is None else salvage.missing(recovery.last_id)
            finally:
                thread.shutdown()
                salvage.close()
        self._finish(recovery, lost, "")

    def _open(self, aside: Path) -> Salvage:
        index = read_wal_index(aside)
        return Salvage(aside, index=index, vfs=self._vfs, rest=lambda: time.sleep(FRAME_REST_S))

    async def _carry(self, recovery: Recovery, batch: _RowBatch, log: int) -> None:
        while self._is_current(recovery, log):
            try:
                self._writer.carry(recovery, batch.rows, batch.reached)
            except LogDamagedError:
                raise
            except NotWrittenError as error:
                _LOG.warning("cannot carry rows over from the damaged log, retrying: %s", error)
                await asyncio.sleep(RETRY_S)
            else:
                self._refresh()
                return

    def _is_current(self, recovery: Recovery, log: int) -> bool:
        """Return whether the log is still the one that the rows are carried into."""
        return log == self._logs and any(it.number == recovery.number for it in self.recoveries)

    def _finish(self, recovery: Recovery, lost: int | None, why: str) -> None:
        self._writer.finish(recovery, lost, now_ms())
        self._refresh()
        carried = next(it for it in self.recoveries if it.number == recovery.number).rows_carried
        _LOG.warning(
            "recovered the damaged log: %d events carried over, %s lost%s; its file is kept as %s",
            carried,
            "an unknown number" if lost is None else f"at most {lost}",
            f" ({why})" if why else "",
            recovery.set_aside,
        )


def opened_writer(path: Path, synchronous: Synchronous, condition: LogCondition) -> Writer:
    """Open the log for writing; replace it by a new one if it is damaged.

    After a kill the WAL is checked first: SQLite would drop the commits behind a damaged one.
    """
    is_new = identity(path) is None and not journal_of(path).exists()
    try:
        if condition.was_left_open and condition.is_same_boot and wal_is_damaged(path):
            plan_unopened(path, "the WAL is damaged", now_ms=now_ms(), uuid=condition.uuid)
        try:
            writer = Writer(path, synchronous=synchronous)
        except LogDamagedError as error:
            if not plan_unopened(path, str(error), now_ms=now_ms(), uuid=condition.uuid):
                raise
            writer = Writer(path, synchronous=synchronous)
    except OSError as error:
        raise NotWrittenError(str(error)) from error
    condition.opened(writer.uuid(), created_at=now_ms() if is_new else None)
    return writer


def report_set_aside(recoveries: list[Recovery]) -> None:
    newest = recoveries[0]
    _LOG.error(
        "the log is damaged (%s): its file is kept as %s, and a new log is started",
        newest.reason,
        newest.set_aside,
    )


def _batches(
    salvage: Salvage,
    *,
    events: int = GROUP_EVENTS,
    size: int = GROUP_BYTES,
    pages: int = PAGES,
) -> Iterator[_RowBatch]:
    """Yield rows a few at a time, sometimes none, so that the loop runs in between."""
    rows: list[Row] = []
    bytes_read = pages_read = 0
    for row in salvage.rows():
        if row is None:
            pages_read += 1
        else:
            rows.append(row)
            bytes_read += len(row[-1])
        if len(rows) >= events or bytes_read >= size or pages_read >= pages:
            yield _RowBatch(rows, salvage.reached())
            rows, bytes_read, pages_read = [], 0, 0
    yield _RowBatch(rows, salvage.reached())
