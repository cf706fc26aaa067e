"""Recover from a damaged log while events go on being taken.

In: what a check or a commit found. Out: a new log in the damaged one's place at once, and then the
damaged one's rows in it, the newest first, a few at a time. All that has to survive a kill stands
in the new log (`ingestd.log.replacement`).
"""

import asyncio
import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import msgspec

from ingestd.intake.decode import now_ms
from ingestd.log.check import FRAME_REST_S
from ingestd.log.commits import GROUP_EVENTS, Commits
from ingestd.log.condition import LogCondition
from ingestd.log.pages import read_wal_index
from ingestd.log.replacement import plan_unopened, wal_is_cut
from ingestd.log.salvage import Row, Salvage
from ingestd.log.writer import LogDamagedError, NotWrittenError, Writer
from ingestd.pace import Load, Pace
from shared.durability import Synchronous
from shared.files import identity
from shared.recoveries import Recovery, journal_of

GROUP_BYTES: Final = 256 * 1024
"""Of payloads carried in one commit, unless a single one is larger."""
STEPS: Final = 64
"""Pages read without a row before the loop has its turn."""
RETRY_S: Final = 1.0
AGAIN_S: Final = 60.0
"""Damage of a log that is younger is not acted on: a disk that spoils everything it is given would
be filled with logs."""

_LOG: Final = logging.getLogger(__name__)


class DamageState(msgspec.Struct, frozen=True, kw_only=True):
    """Report damage of the log: when it was last looked for, and what became of what was found."""

    checking_since: int | None
    """When the check under way began, ms; null while none is."""
    checked_at: int | None
    """When a check of the whole log last ended and found nothing, ms; null when none has yet."""
    recoveries: list[Recovery]
    """The newest first."""


class _Part(msgspec.Struct, frozen=True):
    """Hold rows to be carried together, and the id down to which all are carried with them."""

    rows: list[Row]
    reached: int


class Recovering:
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
        self._wanted = asyncio.Event()
        self._wanted.set()
        self._set_aside_at: float | None = None
        self._logs = 0
        """Counts the logs that were started: what is carried goes into the newest."""
        self.recoveries: list[Recovery] = []
        """What became of damaged logs, the newest first."""
        self._refresh()
        if self._commits.is_recovering:
            report_set_aside(self.recoveries)
        commits.on_damage = self.set_aside

    def set_aside(self, reason: str) -> bool:
        """Start a new log in the damaged one's place; tell whether that could be done now.

        Runs on the event loop, as commits do.
        """
        now = time.monotonic()
        if self._set_aside_at is not None and now - self._set_aside_at < AGAIN_S:
            self._writer.release_cache()
            return False
        try:
            self._writer.set_aside(reason, now_ms=now_ms(), last_id=self._commits.last_id)
            self._set_aside_at = now
            self._logs += 1
            self._condition.opened(self._writer.uuid())
            self._refresh()
        except NotWrittenError as error:
            _LOG.error("the log is damaged (%s), and no other can be started: %s", reason, error)
            self._logs += 1
            self._wanted.set()  # the start may be finished later, by the next commit
            return False
        report_set_aside(self.recoveries)
        self._wanted.set()
        return True

    async def run(self) -> None:
        """Carry rows over, until cancelled."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
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
                    _LOG.warning("cannot carry rows over, trying again: %s", error)
                    await asyncio.sleep(RETRY_S)

    def _refresh(self) -> None:
        self.recoveries = self._writer.recoveries()
        self._commits.is_recovering = any(it.done_at is None for it in self.recoveries)

    async def _carry_all(self, recovery: Recovery) -> None:
        """Carry every row of one damaged log; what an earlier run has carried is there already."""
        aside = self._path.with_name(recovery.set_aside)
        if not aside.exists():
            self._finish(recovery, None, "its file is no longer there")
            return
        loop, log = asyncio.get_running_loop(), self._logs
        reached = recovery.carried_to
        with ThreadPoolExecutor(1, "salvage") as thread:
            salvage = await loop.run_in_executor(thread, self._open, aside)
            parts = _parts(salvage)
            pace = Pace(self._load)
            try:
                while (part := await loop.run_in_executor(thread, next, parts, None)) is not None:
                    if part.rows or part.reached < reached:
                        await self._carry(recovery, part, log)
                        reached = min(reached, part.reached)
                    if not self._is_current(recovery, log):
                        return
                    await pace.rest()
                # Of a log whose end is not known, nor is how many of its ids were given.
                lost = None if recovery.last_id is None else salvage.missing(recovery.last_id)
            finally:
                thread.shutdown()
                salvage.close()
        self._finish(recovery, lost, "")

    def _open(self, aside: Path) -> Salvage:
        index = read_wal_index(aside)
        return Salvage(aside, index=index, vfs=self._vfs, rest=lambda: time.sleep(FRAME_REST_S))

    async def _carry(self, recovery: Recovery, part: _Part, log: int) -> None:
        while self._is_current(recovery, log):
            try:
                self._writer.carry(recovery, part.rows, part.reached)
            except LogDamagedError:
                raise
            except NotWrittenError as error:
                _LOG.warning("cannot carry rows over, trying again: %s", error)
                await asyncio.sleep(RETRY_S)
            else:
                self._refresh()
                return

    def _is_current(self, recovery: Recovery, log: int) -> bool:
        """Tell whether the log is still the one that awaits the rows."""
        return log == self._logs and any(it.number == recovery.number for it in self.recoveries)

    def _finish(self, recovery: Recovery, lost: int | None, why: str) -> None:
        self._writer.finish(recovery, lost, now_ms())
        self._refresh()
        carried = next(it for it in self.recoveries if it.number == recovery.number).rows_carried
        _LOG.warning(
            "the damaged log is recovered: %d events carried over, %s lost%s; it is kept as %s",
            carried,
            "an unknown number" if lost is None else f"at most {lost}",
            f" ({why})" if why else "",
            recovery.set_aside,
        )


def opened_writer(path: Path, synchronous: Synchronous, condition: LogCondition) -> Writer:
    """Open the log for writing; start a new one where it turns out to be damaged.

    After a kill the WAL is looked at first: SQLite would leave out what follows a damaged commit.
    """
    is_new = identity(path) is None and not journal_of(path).exists()
    try:
        if condition.was_left_open and condition.is_same_boot and wal_is_cut(path):
            plan_unopened(path, "the WAL is cut", now_ms=now_ms(), uuid=condition.uuid)
        try:
            writer = Writer(path, synchronous=synchronous)
        except LogDamagedError as error:
            if not plan_unopened(path, str(error), now_ms=now_ms(), uuid=condition.uuid):
                raise
            writer = Writer(path, synchronous=synchronous)
    except OSError as error:
        raise NotWrittenError(str(error)) from error
    condition.opened(writer.uuid(), made_at=now_ms() if is_new else None)
    return writer


def report_set_aside(recoveries: list[Recovery]) -> None:
    """Log that a damaged log was set aside and another started."""
    newest = recoveries[0]
    _LOG.error(
        "the log was damaged (%s): it is kept as %s, and a new one is started",
        newest.reason,
        newest.set_aside,
    )


def _parts(salvage: Salvage) -> Iterator[_Part]:
    """Yield rows a few at a time, and at times none, so that the loop has its turn."""
    rows: list[Row] = []
    size = steps = 0
    for row in salvage.rows():
        if row is None:
            steps += 1
        else:
            rows.append(row)
            size += len(row[-1])
        if len(rows) >= GROUP_EVENTS or size >= GROUP_BYTES or steps >= STEPS:
            yield _Part(rows, salvage.reached())
            rows, size, steps = [], 0, 0
    yield _Part(rows, salvage.reached())
