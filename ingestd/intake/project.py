"""Name the project an event comes from.

In: the sender's project directory, the transcript's path, the working directory. Out: a short name
like `shop-api`, or None. The working directory comes last, for it changes with every `cd`.
"""

import re
from functools import lru_cache
from typing import Any, Final

import msgspec


class _SenderProject(msgspec.Struct, frozen=True):
    project_dir: Any = None


def project_of(sender: msgspec.Raw | None, transcript_path: object, cwd: object) -> str | None:
    """Return the project's name: from the sender, else the transcript's folder, else cwd."""
    return project_in(None if sender is None else _project_dir(sender), transcript_path, cwd)


def project_in(directory: str | None, transcript_path: object, cwd: object) -> str | None:
    """Return the name of a project's directory; without one, do as `project_of`."""
    return _name_of(
        directory,
        transcript_path if isinstance(transcript_path, str) else "",
        cwd if isinstance(cwd, str) else "",
    )


@lru_cache(maxsize=4096)
def _name_of(project_dir: str | None, transcript_path: str, cwd: str) -> str | None:
    if project_dir:
        return _last_part(project_dir)
    folder = _PROJECTS_FOLDER.search(transcript_path)
    if folder:
        return _from_folder(folder[1], cwd)
    return _last_part(cwd)


def _from_folder(folder: str, cwd: str) -> str | None:
    r"""Read the name from a folder of `~/.claude/projects`, which is a path with `-` for `/`.

    Which dashes were slashes is lost, but cwd is mostly in or next to the project: its part with
    the same encoding is the project's path; without one, the common prefix is removed.
    """
    folder = folder.partition("--claude-worktrees-")[0]
    common = ""
    for end in [*[found.start() for found in _SEPARATOR.finditer(cwd)][1:], len(cwd)]:
        part = cwd[:end]
        encoded = _ENCODED.sub("-", part)
        if encoded == folder:
            return _last_part(part)
        if folder.startswith(encoded + "-"):
            common = encoded
    return folder.removeprefix(common).strip("-") or None


def _last_part(path: str) -> str | None:
    """Return the last name of a POSIX or Windows path; a worktree counts as its project."""
    whole = _WORKTREE.split(path)[0]
    return next((part for part in reversed(_SEPARATOR.split(whole)) if part), None)


def _project_dir(sender: msgspec.Raw) -> str | None:
    try:
        directory = _SENDER.decode(sender).project_dir
    except msgspec.DecodeError:
        return None
    return directory if isinstance(directory, str) else None


_SENDER: Final = msgspec.json.Decoder(_SenderProject)
_SEPARATOR: Final = re.compile(r"[/\\]")
_ENCODED: Final = re.compile(r"[^A-Za-z0-9]")
_WORKTREE: Final = re.compile(r"[/\\]\.claude[/\\]worktrees[/\\]")
_PROJECTS_FOLDER: Final = re.compile(r"[/\\]projects[/\\]([^/\\]+)[/\\][^/\\]*$")
