"""Find the transcripts on disk: Claude's projects folder, and nothing that a link leads to.

In: the folder of Claude's configuration. Out: sessions, each with its files, oldest first. The
projects folder may itself be a link; below it none is followed, so nothing outside it is read.
"""

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec

from connect.backfill.lines import Lines, open_regular
from connect.backfill.records import Broken, Record, fields_of, ms_of, record_of, text_of

MOST_FILES: Final = 200_000
MOST_DEPTH: Final = 6
HEAD_BYTES: Final = 256 * 1024
HEAD_LINES: Final = 60
TAIL_BYTES: Final = 64 * 1024
FOLDER_CHARS: Final = 200
"""Of a longer path the client keeps so much of its name, and a checksum."""
SUFFIX: Final = ".jsonl"
AGENT: Final = "agent-"


class File(msgspec.Struct, frozen=True):
    """Name a file, with its size when it was looked at."""

    path: Path
    size: int
    changed_ns: int


class Head(msgspec.Struct, frozen=True):
    """Hold what the first lines of a file tell."""

    at: int | None = None
    cwd: str | None = None
    session_id: str | None = None
    is_copy: bool = False
    """They say themselves that another session wrote them."""


class Session(msgspec.Struct, kw_only=True):
    """Hold a session's files; its main one may be gone."""

    session_id: str
    folder: Path
    main: File | None = None
    agents: list[File] = []
    head: Head = Head()

    @property
    def size(self) -> int:
        """Return how many bytes its files have."""
        return sum(file.size for file in self.files)

    @property
    def files(self) -> list[File]:
        """Return its files, the main one first."""
        return [*([] if self.main is None else [self.main]), *self.agents]

    @property
    def changed_ns(self) -> int:
        """Return when one of them was written last."""
        return max((file.changed_ns for file in self.files), default=0)

    @property
    def transcript_path(self) -> str:
        """Return where its main file is, or was."""
        return str(self.folder / f"{self.session_id}{SUFFIX}")

    @property
    def project_dir(self) -> str | None:
        """Return the project's folder, where the name of its folder here confirms it."""
        cwd = self.head.cwd
        if cwd is None:
            return None
        name, wanted = self.folder.name, folder_name(cwd)
        is_cut = len(wanted) > FOLDER_CHARS and name.startswith(wanted[:FOLDER_CHARS])
        return cwd if name == wanted or is_cut else None

    @property
    def project_name(self) -> str:
        """Return the last part of its project's folder; else the name of its folder here."""
        return _last_part(self._checkout) or self.folder.name

    @property
    def _checkout(self) -> str:
        """Return where it worked; of a worktree of Claude Code's, the checkout it belongs to."""
        return _WORKTREE.split(self.head.cwd or "")[0]

    def is_of(self, project: str) -> bool:
        """Tell whether it belongs to a project, given by its name or its folder."""
        cwd = self._checkout
        whole = os.path.abspath(os.path.expanduser(project))  # noqa: PTH100, PTH111 - a plain text
        if project in {self.folder.name, cwd, _last_part(cwd)} or cwd == whole:
            return True
        name = self.folder.name.partition("--claude-worktrees-")[0]
        return name == folder_name(whole)[:FOLDER_CHARS]


def projects_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Return where Claude Code keeps its transcripts."""
    given = environment.get("CLAUDE_CONFIG_DIR")
    return (Path(given) if given else Path.home() / ".claude") / "projects"


def folder_name(directory: str) -> str:
    """Return the name that a project's folder gets."""
    return _NOT_KEPT.sub("-", directory)


def find_sessions(root: Path, skipped: Counter[str]) -> list[Session]:
    """Return the sessions under a projects folder, those that may be copied from first.

    Raise OSError when the folder itself cannot be read.
    """
    walk = _Walk(Path(os.path.realpath(root)), skipped)
    found = walk.sessions()
    for session in found:
        if session.main is not None:
            session.head = head_of(session.main)
        elif session.agents:
            session.head = head_of(session.agents[0])
    return sorted(found, key=_age)


def head_of(file: File) -> Head:
    """Read what the first lines of a file tell."""
    at = cwd = session_id = None
    for record in _first_records(file):
        if _is_copied(record):
            return Head(at or record.at, cwd or text_of(record.cwd), session_id, is_copy=True)
        if text_of(record.uuid) is None:
            continue
        at = record.at if at is None else at
        cwd = cwd or text_of(record.cwd)
        session_id = session_id or text_of(record.session_id)
    return Head(at, cwd, session_id)


def last_at(session: Session) -> int:
    """Return when a session last went on, by its lines, or else by its files."""
    told = [at for file in session.files for at in _last_times(file)]
    return max(told, default=session.changed_ns // 1_000_000)


class _Walk:
    """Walk the projects folder, to a depth and a number of files that real ones stay below."""

    def __init__(self, root: Path, skipped: Counter[str]) -> None:
        self._root = root
        self._skipped = skipped
        self._found: dict[tuple[Path, str], Session] = {}
        self._files = 0

    def sessions(self) -> list[Session]:
        with os.scandir(self._root) as entries:
            projects = [entry for entry in entries if self._is_folder(entry)]
        for project in sorted(projects, key=lambda entry: entry.name):
            self._take_project(Path(project.path))
        return list(self._found.values())

    def _take_project(self, folder: Path) -> None:
        for entry in self._entries(folder):
            if self._is_folder(entry):
                for agent in self._agents_in(Path(entry.path) / "subagents", 1):
                    self._session(folder, entry.name).agents.append(agent)
            elif (file := self._file(entry)) is not None:
                self._take_file(folder, file)

    def _take_file(self, folder: Path, file: File) -> None:
        if file.path.name.startswith(AGENT):
            self._take_loose_agent(folder, file)
        else:
            self._session(folder, file.path.stem).main = file

    def _take_loose_agent(self, folder: Path, file: File) -> None:
        """Take a subagent's file as clients of 2025 laid it: beside its session's."""
        session_id = head_of(file).session_id
        if session_id is not None:
            self._session(folder, session_id).agents.append(file)

    def _agents_in(self, folder: Path, depth: int) -> Iterator[File]:
        if depth == 1 and (folder.is_symlink() or not folder.is_dir()):
            return
        for entry in self._entries(folder):
            if self._is_folder(entry):
                if depth < MOST_DEPTH:
                    yield from self._agents_in(Path(entry.path), depth + 1)
            elif entry.name.startswith(AGENT) and (file := self._file(entry)) is not None:
                yield file

    def _session(self, folder: Path, session_id: str) -> Session:
        key = folder, session_id
        if key not in self._found:
            self._found[key] = Session(session_id=session_id, folder=folder, agents=[])
        return self._found[key]

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

    def _file(self, entry: "os.DirEntry[str]") -> File | None:
        if not entry.name.endswith(SUFFIX) or entry.is_symlink():
            return None
        if not entry.is_file(follow_symlinks=False):
            self._skipped["no regular file"] += 1
            return None
        self._files += 1
        if self._files > MOST_FILES:
            self._skipped["too many files"] += 1
            return None
        try:
            state = entry.stat(follow_symlinks=False)
        except OSError as error:
            self._skipped[f"file: {error.strerror}"] += 1
            return None
        return File(Path(entry.path), state.st_size, state.st_mtime_ns)


def _age(session: Session) -> tuple[int, bool, int, str]:
    """Order sessions so that what a fork copied was read before, in the file that told it first."""
    at = session.head.at
    began = session.changed_ns // 1_000_000 if at is None else at
    return began, session.head.is_copy, session.changed_ns, session.session_id


def _is_copied(record: Record) -> bool:
    if fields_of(record.forked_from):
        return True
    asked_by, session_id = text_of(record.request_session_id), text_of(record.session_id)
    return asked_by is not None and session_id is not None and asked_by != session_id


def _first_records(file: File) -> Iterator[Record]:
    lines = Lines(file.path, size=min(file.size, HEAD_BYTES), limit_bytes=HEAD_BYTES)
    try:
        for number, line in enumerate(lines):
            if number >= HEAD_LINES:
                return
            try:
                yield record_of(line)
            except Broken:
                continue
    except OSError:
        return


def _last_times(file: File) -> Iterator[int]:
    try:
        with open_regular(file.path) as opened:
            opened.seek(max(0, file.size - TAIL_BYTES))
            tail = opened.read(TAIL_BYTES)
    except OSError:
        return
    for found in _TIMESTAMP.finditer(tail):
        if (at := ms_of(found[1].decode())) is not None:
            yield at


def _last_part(path: str) -> str:
    return re.split(r"[/\\]", path.rstrip("/\\"))[-1]


_NOT_KEPT: Final = re.compile(r"[^A-Za-z0-9]")
_WORKTREE: Final = re.compile(r"[/\\]\.claude[/\\]worktrees[/\\]")
_TIMESTAMP: Final = re.compile(rb'"timestamp":"([0-9T:.Z+-]{10,40})"')
