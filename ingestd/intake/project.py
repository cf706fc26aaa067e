"""Name the project an event comes from.

In: the sender's project directory, the transcript's path, the working directory. Out: a short name
like `shop-api`, or None. A working directory changes with every `cd`: the transcript's folder shows
which part of it is the project, and names the project itself only where there is no other path.
"""

import re
from functools import lru_cache
from typing import Any, Final

import msgspec

from shared.claude_folder import SEPARATOR, TRANSCRIPTS, folder_named


class _SenderProject(msgspec.Struct, frozen=True):
    project_dir: Any = None


def project_of(sender: msgspec.Raw | None, transcript_path: object, cwd: object) -> str | None:
    """Return the project's name: from the sender, else cwd, else the transcript's folder."""
    return project_in(None if sender is None else _project_dir(sender), transcript_path, cwd)


def project_in(directory: str | None, transcript_path: object, cwd: object) -> str | None:
    """Return the name of a project's directory; without one, do as `project_of`."""
    return _name_of(
        directory,
        transcript_path if isinstance(transcript_path, str) else "",
        cwd if isinstance(cwd, str) else "",
    )


def is_guess(sender: msgspec.Raw | None, transcript_path: object, cwd: object) -> bool:
    """Return whether the name comes from a cwd that is not within the transcript's project."""
    if sender is not None and _project_dir(sender):
        return False
    folder = TRANSCRIPTS.search(transcript_path) if isinstance(transcript_path, str) else None
    return bool(folder and isinstance(cwd, str) and cwd and not _part_of(folder[1], cwd))


@lru_cache(maxsize=4096)
def _name_of(project_dir: str | None, transcript_path: str, cwd: str) -> str | None:
    if project_dir:
        return _last_part(project_dir)
    folder = TRANSCRIPTS.search(transcript_path)
    part = _part_of(folder[1], cwd) if folder else None
    if part or cwd:
        return _last_part(part or cwd)
    return _path_of(folder[1]).strip("-") or None if folder else None


@lru_cache(maxsize=4096)
def _part_of(folder: str, cwd: str) -> str | None:
    """Return the part of cwd that a folder of `~/.claude/projects` stands for."""
    return folder_named(_path_of(folder), cwd)


def _path_of(folder: str) -> str:
    """Return a folder's name without that of a worktree."""
    return folder.partition("--claude-worktrees-")[0]


def _last_part(path: str) -> str | None:
    """Return the last name of a POSIX or Windows path; a worktree counts as its project."""
    whole = _WORKTREE.split(path)[0]
    return next((part for part in reversed(SEPARATOR.split(whole)) if part), None)


def _project_dir(sender: msgspec.Raw) -> str | None:
    try:
        directory = _SENDER.decode(sender).project_dir
    except msgspec.DecodeError:
        return None
    return directory if isinstance(directory, str) else None


_SENDER: Final = msgspec.json.Decoder(_SenderProject)
_WORKTREE: Final = re.compile(r"[/\\]\.claude[/\\]worktrees[/\\]")
