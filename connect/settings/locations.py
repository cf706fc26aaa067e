"""The files that Claude Code reads settings from.

We write two of them only: the user's own and, with `--project`, the personal one of a project,
which is not meant to be committed.
"""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from connect.errors import CliError
from shared.claude_folder import VARIABLE, claude_folder


class SettingsLocation(msgspec.Struct, frozen=True):
    scope: str
    path: Path


def config_folder() -> Path:
    """Return Claude Code's configuration folder."""
    folder = claude_folder()
    if folder is None:
        raise CliError(f"no home folder: set {VARIABLE}")
    return folder


def user_location() -> SettingsLocation:
    return SettingsLocation("user", config_folder() / "settings.json")


def local_location(project: Path) -> SettingsLocation:
    """Return where a project's personal settings are; raise CliError when it is no folder."""
    if not project.is_dir():
        raise CliError(f"no folder {project}")
    return SettingsLocation("local", project.resolve() / ".claude" / "settings.local.json")


def all_locations(project: Path) -> list[SettingsLocation]:
    """Return every file that applies to a session in a project, managed ones last."""
    managed = _managed_folder()
    managed_files = [
        managed / "managed-settings.json",
        *sorted((managed / "managed-settings.d").glob("*.json")),
    ]
    locations = [
        user_location(),
        SettingsLocation("project", project / ".claude" / "settings.json"),
        local_location(project),
        *(SettingsLocation("managed", path) for path in managed_files),
    ]
    # In the home folder, the project's settings are the user's.
    return list({it.path: it for it in reversed(locations)}.values())[::-1]


def display_path(path: Path) -> str:
    """Return a path with `~` for the home folder."""
    try:
        return str("~" / path.relative_to(Path.home()))
    except (ValueError, RuntimeError):
        return str(path)


def _managed_folder() -> Path:
    if sys.platform == "darwin":
        return Path("/Library/Application Support/ClaudeCode")
    return Path("/etc/claude-code")
