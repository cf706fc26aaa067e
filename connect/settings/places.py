"""Name the files that Claude Code reads settings from.

In: the environment, a project's folder. Out: paths. Only two of them are ever written: the user's
own, and with `--project` the personal one of a project, which is not meant to be committed.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import msgspec

from connect.errors import Cannot


class Place(msgspec.Struct, frozen=True):
    """Name a settings file and what it holds for."""

    scope: str
    path: Path


def config_folder() -> Path:
    """Return Claude Code's folder."""
    given = os.environ.get("CLAUDE_CONFIG_DIR")
    try:
        return Path(given).expanduser().absolute() if given else Path.home() / ".claude"
    except RuntimeError:
        raise Cannot("there is no home folder: set CLAUDE_CONFIG_DIR") from None


def user_place() -> Place:
    """Return the user's own settings, which hold for all projects."""
    return Place("user", config_folder() / "settings.json")


def local_place(project: Path) -> Place:
    """Return the personal settings of a project; raise Cannot when that is no folder."""
    if not project.is_dir():
        raise Cannot(f"{project}: there is no such folder")
    return Place("local", project.resolve() / ".claude" / "settings.local.json")


def all_places(project: Path) -> list[Place]:
    """Return every file that holds for a session in a project, managed ones last."""
    shared = Place("project", project / ".claude" / "settings.json")
    managed = _managed_folder()
    more = sorted((managed / "managed-settings.d").glob("*.json"))
    places = [
        user_place(),
        shared,
        local_place(project),
        *(Place("managed", path) for path in (managed / "managed-settings.json", *more)),
    ]
    # In the home folder the project's settings are the user's.
    return list({place.path: place for place in reversed(places)}.values())[::-1]


def shown(path: Path) -> str:
    """Return a path as people write it."""
    try:
        return str("~" / path.relative_to(Path.home()))
    except (ValueError, RuntimeError):
        return str(path)


def _managed_folder() -> Path:
    if sys.platform == "darwin":
        return Path("/Library/Application Support/ClaudeCode")
    return Path("/etc/claude-code")
