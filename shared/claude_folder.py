"""Find Claude Code's configuration folder, which its variable `CLAUDE_CONFIG_DIR` can move.

It holds the transcripts of each project in `projects`, in a folder that is named after the
project's path, with `-` for whatever is neither a letter nor a digit.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

VARIABLE: Final = "CLAUDE_CONFIG_DIR"
TRANSCRIPTS: Final = re.compile(r"[/\\]projects[/\\]([^/\\]+)[/\\][^/\\]*$")
"""Matches the path of a transcript; the group is the name of its project's folder."""
SEPARATOR: Final = re.compile(r"[/\\]")
_ENCODED: Final = re.compile(r"[^A-Za-z0-9]")


def claude_folder(environment: Mapping[str, str] = os.environ) -> Path | None:
    """Return its absolute path, whether or not it exists; None where the user has no home."""
    given = environment.get(VARIABLE)
    try:
        return Path(given).expanduser().absolute() if given else Path.home() / ".claude"
    except RuntimeError:
        return None


def folder_named(name: str, path: str) -> str | None:
    """Return the path, or the folder above it, that a project's folder is named after.

    Which dashes of the name were slashes is lost, so it can only be compared.
    """
    for end in [*[found.start() for found in SEPARATOR.finditer(path)][1:], len(path)]:
        if _ENCODED.sub("-", path[:end]) == name:
            return path[:end]
    return None
