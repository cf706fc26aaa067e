"""Watch Claude Code's registry, and append each change of a session's state to the log."""

import asyncio
import stat
from collections.abc import Callable, Iterable, Sequence
from contextlib import aclosing, closing, suppress
from os import scandir
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
from watchfiles import Change, awatch

from ingestd.counters import Counters
from ingestd.intake.decode import now_ms
from ingestd.intake.event_factory import EventFactory
from ingestd.log.commits import Commits
from ingestd.registry.entry import FILE_NAME, RegistryEntry, read_entry
from ingestd.registry.processes import EndWatch, Evidence, evidence_for, is_running
from ingestd.registry.records import end_event, state_event
from shared.errors import Refusal
from shared.event import NewEvent
from shared.tasks import named

SESSIONS: Final = "sessions"
"""The registry, below a configuration folder of Claude Code."""
CHECK_S: Final = 2.0
"""How often processes are looked for; an end or a change that no watch reports costs as much."""
STEP_MS: Final = 100
"""How often watchfiles checks for a change: at 100 ms an idle watch uses 0.04 % of a core."""
WATCH_CHECK_MS: Final = 1_000
SETTLE_MS: Final = 400
"""Between a background agent's end and the turn that reports it a session is idle for up to 80 ms,
and a Stop or SessionEnd that was spooled may still arrive."""
IDLE: Final = "idle"
WAITING: Final = "waiting"


class RegistryState(msgspec.Struct, frozen=True):
    """Report what is watched, for `/health`."""

    folders: Sequence[str]
    sessions: int
    """Processes of this machine that run."""


class _FileStamp(NamedTuple):
    modified_ns: int
    size: int
    inode: int


class _Watched(msgspec.Struct):
    """Hold what is known of one file."""

    entry: RegistryEntry
    evidence: Evidence | None
    recorded: tuple[object, ...] | None = None
    """The state of the last record."""
    has_ended: bool = False
    """Whether the process has ended; a crash leaves its file."""


class Registry:
    """Watch the registries of some configuration folders; one instance a process."""

    def __init__(
        self,
        folders: Sequence[Path],
        factory: EventFactory,
        commits: Commits,
        counters: Counters,
        *,
        check_is_running: Callable[[RegistryEntry, Evidence], bool] = is_running,
    ) -> None:
        self._folders = [folder / SESSIONS for folder in folders]
        self._factory = factory
        self._commits = commits
        self._counters = counters
        self._is_running = check_is_running
        self._files: dict[Path, _Watched] = {}
        self._stamps: dict[Path, _FileStamp] = {}
        self._changed: set[Path] = set()
        self._woken = asyncio.Event()
        self._has_process_ended = False
        self._unsaved_ends: list[NewEvent] = []
        """Ends that the log had no room for; no file shows them any more."""

    @property
    def state(self) -> RegistryState:
        files = self._files.values()
        running = sum(not file.has_ended and file.evidence is not None for file in files)
        return RegistryState([str(folder) for folder in self._folders], running)

    async def run(self) -> None:
        """Record changes as they are written, and ended processes, until cancelled."""
        with closing(EndWatch(self._wake_for_end_soon)) as end_watch:
            async with asyncio.TaskGroup() as group:
                for folder in self._folders:
                    group.create_task(named(f"the watch on {folder}", self._watch(folder)))
                while True:
                    self.list_changes()
                    await self.record_changes()
                    await self.record_ended()
                    end_watch.watch(self._running_pids())
                    end = asyncio.get_running_loop().time() + CHECK_S
                    await self._record_until(end, end_watch)

    async def record_changes(self) -> None:
        """Append the states of files that were written; an unsettled one is looked at again."""
        paths, self._changed = self._changed, set()
        for path in sorted(paths):
            await self._record_file(path)

    async def record_ended(self) -> None:
        """Append the end of each process that does not run any more."""
        self._has_process_ended = False
        unsaved, self._unsaved_ends = self._unsaved_ends, []
        for end in unsaved:
            await self._append_end(end)
        for path, file in list(self._files.items()):
            if (
                file.has_ended
                or file.evidence is None
                or self._is_running(file.entry, file.evidence)
            ):
                continue
            if await self._append(end_event(file.entry, "process_ended", file.evidence)):
                file.has_ended = True
                if path not in self._stamps:
                    del self._files[path]

    async def _record_until(self, end: float, end_watch: EndWatch) -> None:
        while (left_s := end - asyncio.get_running_loop().time()) > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(left_s):
                    await self._woken.wait()
            if self._woken.is_set():
                self._woken.clear()
                await self.record_changes()
                if self._has_process_ended:
                    await self.record_ended()
                end_watch.watch(self._running_pids())

    async def _record_file(self, path: Path) -> None:
        entry = read_entry(path)
        if entry is None:
            return  # deleted, and its process is still looked for; or not of the registry
        file = self._files.get(path)
        if file is None or _process(file.entry) != _process(entry):
            if file is not None and not file.has_ended and file.evidence is not None:
                await self._append_end(end_event(file.entry, "process_ended", file.evidence))
            file = self._files[path] = _Watched(entry, evidence_for(entry))
        elif file.entry.session_id != entry.session_id:
            await self._append_end(end_event(file.entry, "session_left", file.evidence))
        file.entry = entry
        await self._record_state(path, file)

    async def _record_state(self, path: Path, file: _Watched) -> None:
        entry = file.entry
        if entry.status is None or file.has_ended:
            return
        if file.evidence is not None and not self._is_running(entry, file.evidence):
            return  # left by a crash; `record_ended` reports it
        state = _state_of(entry)
        if state == file.recorded:
            return
        unsettled_ms = _unsettled_ms(entry)
        if unsettled_ms > 0:
            asyncio.get_running_loop().call_later(unsettled_ms / 1_000, self._wake, (path,))
        elif await self._append(state_event(entry, entry.status)):
            file.recorded = state

    async def _append_end(self, end: NewEvent) -> None:
        if not await self._append(end):
            self._unsaved_ends.append(end)

    async def _append(self, new: NewEvent) -> bool:
        """Store an event; return False when it must be tried again."""
        try:
            await self._commits.append([await self._factory.redact(new)])
        except Refusal as refusal:
            # Held in memory it is written later; tried again, it would be held twice.
            return refusal.detail.code == "not_saved"
        self._counters.registry_records += 1
        return True

    def _wake(self, paths: Iterable[Path]) -> None:
        self._changed.update(paths)
        self._woken.set()

    def _wake_for_end_soon(self) -> None:
        def wake() -> None:
            self._has_process_ended = True
            self._woken.set()

        asyncio.get_running_loop().call_later(SETTLE_MS / 1_000, wake)

    def _running_pids(self) -> Iterable[int]:
        files = self._files.values()
        return (it.entry.pid for it in files if it.evidence is not None and not it.has_ended)

    def list_changes(self) -> None:
        """Find files that were written, also those that the watch missed."""
        stamps: dict[Path, _FileStamp] = {}
        for folder in self._folders:
            stamps.update(_stamps_in(folder))
        unrecorded = {path for path, file in self._files.items() if not _is_recorded(file)}
        self._changed |= {path for path, it in stamps.items() if self._stamps.get(path) != it}
        self._changed |= unrecorded & stamps.keys()
        self._stamps = stamps
        for path in [path for path, file in self._files.items() if file.has_ended]:
            if path not in stamps:
                del self._files[path]

    async def _watch(self, folder: Path) -> None:
        while True:
            if _exists(folder):
                try:
                    await self._watch_existing(folder)
                except (OSError, RuntimeError) as error:
                    self._counters.warn("cannot watch %s, polling: %s", folder, error)
            await asyncio.sleep(CHECK_S)

    async def _watch_existing(self, folder: Path) -> None:
        changes = awatch(
            folder,
            watch_filter=_is_entry,
            step=STEP_MS,
            debounce=2 * STEP_MS,
            rust_timeout=WATCH_CHECK_MS,
            yield_on_timeout=True,
            recursive=False,
        )
        async with aclosing(changes):
            async for changed in changes:
                if changed:
                    self._wake(Path(path) for _, path in changed)
                if not _exists(folder):
                    return


def _stamps_in(folder: Path) -> dict[Path, _FileStamp]:
    found = {}
    with suppress(OSError), scandir(folder) as entries:
        for entry in entries:
            if FILE_NAME.fullmatch(entry.name) is None:
                continue
            with suppress(OSError):
                status = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(status.st_mode):
                    stamp = _FileStamp(status.st_mtime_ns, status.st_size, status.st_ino)
                    found[folder / entry.name] = stamp
    return found


def _exists(folder: Path) -> bool:
    return folder.is_dir()


def _process(entry: RegistryEntry) -> tuple[str | None, int, str | None]:
    return entry.pid_domain, entry.pid, entry.proc_start


def _state_of(entry: RegistryEntry) -> tuple[object, ...]:
    # The work between two prompts may be too short to be seen.
    since = entry.status_updated_at if entry.status == WAITING else None
    return entry.session_id, entry.status, entry.waiting_for, since


def _is_recorded(file: _Watched) -> bool:
    return file.has_ended or file.recorded == _state_of(file.entry)


def _unsettled_ms(entry: RegistryEntry) -> int:
    """Return after how long a state counts; only idle ones flicker."""
    if entry.status != IDLE or entry.status_updated_at is None:
        return 0
    return min(SETTLE_MS, entry.status_updated_at + SETTLE_MS - now_ms())


def _is_entry(change: Change, path: str) -> bool:
    return change is not Change.deleted and FILE_NAME.fullmatch(Path(path).name) is not None
