"""Find the transcripts in Claude Code's projects folder.

The folder may itself be a link; below it no link is followed, so nothing outside of it is read.
"""

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec

from connect.backfill.lines import LineReader, open_regular
from connect.backfill.records import (
    TranscriptRecord,
    UnreadableLineError,
    fields_of,
    ms_of,
    parse_record,
    text_of,
)
from shared.claude_folder import claude_folder

MAX_FILES: Final = 200_000
MAX_DEPTH: Final = 6
HEAD_BYTES: Final = 256 * 1024
HEAD_LINES: Final = 60
TAIL_BYTES: Final = 64 * 1024
FOLDER_CHARS: Final = 200
"""The client truncates longer names, and appends a checksum."""
SUFFIX: Final = ".jsonl"
AGENT_PREFIX: Final = "agent-"


class TranscriptFile(msgspec.Struct, frozen=True):
    """A file, with its size when it was found."""

    path: Path
    size: int
    changed_ns: int


class TranscriptHead(msgspec.Struct, frozen=True):
    """What the first lines of a file contain."""

    at: int | None = None
    cwd: str | None = None
    session_id: str | None = None
    is_fork: bool = False
    """They are marked as written by another session: the file is a fork."""


class TranscriptFiles(msgspec.Struct, kw_only=True):
    """A session's files; the main one may be missing."""

    session_id: str
    folder: Path
    main: TranscriptFile | None = None
    agents: list[TranscriptFile] = []
    head: TranscriptHead = TranscriptHead()

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)

    @property
    def files(self) -> list[TranscriptFile]:
        return [*([] if self.main is None else [self.main]), *self.agents]

    @property
    def changed_ns(self) -> int:
        return max((file.changed_ns for file in self.files), default=0)

    @property
    def transcript_path(self) -> str:
        return str(self.folder / f"{self.session_id}{SUFFIX}")

    @property
    def project_dir(self) -> str | None:
        """The project's folder, if the name of the transcript's folder confirms it."""
        cwd = self.head.cwd
        if cwd is None:
            return None
        name, expected = self.folder.name, folder_name(cwd)
        is_cut = len(expected) > FOLDER_CHARS and name.startswith(expected[:FOLDER_CHARS])
        return cwd if name == expected or is_cut else None

    @property
    def project_name(self) -> str:
        """The last part of the project's folder; else the name of the transcript's folder."""
        return _last_part(self._checkout) or self.folder.name

    @property
    def _checkout(self) -> str:
        """The working directory; for a worktree of Claude Code's, the checkout it belongs to."""
        return _WORKTREE.split(self.head.cwd or "")[0]

    def is_of(self, project: str) -> bool:
        """Return whether it belongs to a project, given by name or folder."""
        cwd = self._checkout
        path = os.path.abspath(os.path.expanduser(project))  # noqa: PTH100, PTH111 - plain text
        if project in {self.folder.name, cwd, _last_part(cwd)} or cwd == path:
            return True
        name = self.folder.name.partition("--claude-worktrees-")[0]
        return name == folder_name(path)[:FOLDER_CHARS]


def projects_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the folder of Claude Code's transcripts."""
    return (claude_folder(environment) or Path(".claude")) / "projects"


def folder_name(directory: str) -> str:
    """Return the name that Claude Code gives to a project's transcript folder."""
    return _REPLACED.sub("-", directory)


def find_sessions(root: Path, skipped: Counter[str]) -> list[TranscriptFiles]:
    """Return the sessions under a projects folder, oldest first and originals before forks.

    Raise OSError when the folder itself cannot be read.
    """
    sessions = list_sessions(root, skipped)
    for session in sessions:
        if session.main is not None:
            session.head = read_head(session.main)
        elif session.agents:
            session.head = read_head(session.agents[0])
    return sorted(sessions, key=_sort_key)


def list_sessions(root: Path, skipped: Counter[str]) -> list[TranscriptFiles]:
    """Return the sessions under a projects folder, in any order, without reading them.

    Raise OSError when the folder itself cannot be read.
    """
    return _FolderWalk(Path(os.path.realpath(root)), skipped).sessions()


def read_head(file: TranscriptFile) -> TranscriptHead:
    at = cwd = session_id = None
    for record in _first_records(file):
        if _is_copied(record):
            return TranscriptHead(
                at or record.at, cwd or text_of(record.cwd), session_id, is_fork=True
            )
        if text_of(record.uuid) is None:
            continue
        at = record.at if at is None else at
        cwd = cwd or text_of(record.cwd)
        session_id = session_id or text_of(record.session_id)
    return TranscriptHead(at, cwd, session_id)


def last_at(session: TranscriptFiles) -> int:
    """Return when a session was last active, by its lines or else by its files."""
    times = [at for file in session.files for at in _last_times(file)]
    return max(times, default=session.changed_ns // 1_000_000)


class _FolderWalk:
    """Walk the projects folder, with limits on depth and files that real ones do not reach."""

    def __init__(self, root: Path, skipped: Counter[str]) -> None:
        self._root = root
        self._skipped = skipped
        self._sessions: dict[tuple[Path, str], TranscriptFiles] = {}
        self._files = 0

    def sessions(self) -> list[TranscriptFiles]:
        with os.scandir(self._root) as entries:
            projects = [entry for entry in entries if self._is_folder(entry)]
        for project in sorted(projects, key=lambda entry: entry.name):
            self._add_project(Path(project.path))
        return list(self._sessions.values())

    def _add_project(self, folder: Path) -> None:
        for entry in self._entries(folder):
            if self._is_folder(entry):
                for agent in self._agents_in(Path(entry.path) / "subagents", 1):
                    self._session(folder, entry.name).agents.append(agent)
            elif (file := self._file(entry)) is not None:
                self._add_file(folder, file)

    def _add_file(self, folder: Path, file: TranscriptFile) -> None:
        if file.path.name.startswith(AGENT_PREFIX):
            self._add_agent_beside_main(folder, file)
        else:
            self._session(folder, file.path.stem).main = file

    def _add_agent_beside_main(self, folder: Path, file: TranscriptFile) -> None:
        """Add a subagent's file where clients of 2025 wrote it: beside its session's."""
        session_id = read_head(file).session_id
        if session_id is not None:
            self._session(folder, session_id).agents.append(file)

    def _agents_in(self, folder: Path, depth: int) -> Iterator[TranscriptFile]:
        if depth == 1 and (folder.is_symlink() or not folder.is_dir()):
            return
        for entry in self._entries(folder):
            if self._is_folder(entry):
                if depth < MAX_DEPTH:
                    yield from self._agents_in(Path(entry.path), depth + 1)
            elif entry.name.startswith(AGENT_PREFIX) and (file := self._file(entry)) is not None:
                yield file

    def _session(self, folder: Path, session_id: str) -> TranscriptFiles:
        key = folder, session_id
        if key not in self._sessions:
            self._sessions[key] = TranscriptFiles(session_id=session_id, folder=folder, agents=[])
        return self._sessions[key]

    def _entries(self, folder: Path) -> list["os.DirEntry[str]"]:
        try:
            with os.scandir(folder) as entries:
                return sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            self._skipped[f"folder: {error.strerror}"] += 1
            return []

    def _is_folder(self, entry: "os.DirEntry[str]") -> bool:
        if entry.is_symlink():
            self._skipped["link"] += entry.name.endswith(SUFFIX) or entry.is_dir()
            return False
        return entry.is_dir(follow_symlinks=False)

    def _file(self, entry: "os.DirEntry[str]") -> TranscriptFile | None:
        if not entry.name.endswith(SUFFIX) or entry.is_symlink():
            return None
        if not entry.is_file(follow_symlinks=False):
            self._skipped["not a regular file"] += 1
            return None
        self._files += 1
        if self._files > MAX_FILES:
            self._skipped["too many files"] += 1
            return None
        try:
            state = entry.stat(follow_symlinks=False)
        except OSError as error:
            self._skipped[f"file: {error.strerror}"] += 1
            return None
        return TranscriptFile(Path(entry.path), state.st_size, state.st_mtime_ns)


def _sort_key(session: TranscriptFiles) -> tuple[int, bool, int, str]:
    """Sort originals before their forks: copied lines then belong to the original."""
    at = session.head.at
    started_at = session.changed_ns // 1_000_000 if at is None else at
    return started_at, session.head.is_fork, session.changed_ns, session.session_id


def _is_copied(record: TranscriptRecord) -> bool:
    if fields_of(record.forked_from):
        return True
    writer, session_id = text_of(record.request_session_id), text_of(record.session_id)
    return writer is not None and session_id is not None and writer != session_id


def _first_records(file: TranscriptFile) -> Iterator[TranscriptRecord]:
    lines = LineReader(file.path, size=min(file.size, HEAD_BYTES), limit_bytes=HEAD_BYTES)
    try:
        for number, line in enumerate(lines):
            if number >= HEAD_LINES:
                return
            try:
                yield parse_record(line)
            except UnreadableLineError:
                continue
    except OSError:
        return


def _last_times(file: TranscriptFile) -> Iterator[int]:
    try:
        with open_regular(file.path) as transcript:
            transcript.seek(max(0, file.size - TAIL_BYTES))
            tail = transcript.read(TAIL_BYTES)
    except OSError:
        return
    for match in _TIMESTAMP.finditer(tail):
        if (at := ms_of(match[1].decode())) is not None:
            yield at


def _last_part(path: str) -> str:
    return re.split(r"[/\\]", path.rstrip("/\\"))[-1]


_REPLACED: Final = re.compile(r"[^A-Za-z0-9]")
_WORKTREE: Final = re.compile(r"[/\\]\.claude[/\\]worktrees[/\\]")
_TIMESTAMP: Final = re.compile(rb'"timestamp":"([0-9T:.Z+-]{10,40})"')
