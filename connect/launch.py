"""Start commands of this Hookwatch, from a checkout or an installed wheel."""

from __future__ import annotations

import sys
from typing import Final

from shared import __version__
from shared.installation import IS_INSTALLED, PACKAGE_NAME, ROOT

START_COMMAND: Final = "hookwatch up" if IS_INSTALLED else "make start"


def hookwatch_command() -> list[str]:
    """Return the start of any command line of this Hookwatch.

    An installed one is found by name: its path changes with the version of Python.
    """
    place = ["-m", PACKAGE_NAME] if IS_INSTALLED else [str(ROOT)]
    return [sys.executable, "-P", *place]


def daemon_command(name: str) -> list[str]:
    """Return the command line of a daemon, `ingestd` or `queryd`."""
    return [*hookwatch_command(), name]


def version_text() -> str:
    """Return the version, and the commit where the build recorded it."""
    try:
        commit = (ROOT / "shared" / "commit.txt").read_text("utf-8").strip()
    except OSError:
        return __version__
    return f"{__version__} ({commit})"
