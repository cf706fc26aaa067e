"""The commands that repair a settings file."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from connect.settings.installed import ParsedSettings


def connect_command(files: Iterable[ParsedSettings], *options: str) -> str:
    """Return the `hookwatch connect` for these files.

    It names only what is to change: omitted options keep their value.
    """
    scopes = {file.scope for file in files}
    targets: list[list[str]] = [[]] if "user" in scopes or "local" not in scopes else []
    targets += [["--project DIR"]] if "local" in scopes else []
    commands = (" ".join(["hookwatch connect", *target, *options]) for target in targets)
    return " and ".join(f"`{command}`" for command in commands)


def reconnect(files: Iterable[ParsedSettings]) -> str:
    return f"Run {connect_command(files)} again."
