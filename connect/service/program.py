"""Find a path of `hookwatch` that survives an upgrade."""

from __future__ import annotations

import os
import shutil
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

from connect.errors import CliError
from connect.launch import hookwatch_command
from shared.installation import IS_INSTALLED, ROOT, is_for_one_run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NAME = "hookwatch"


def stable_command(environment: Mapping[str, str]) -> list[str]:
    """Return the start of a command line of this Hookwatch, with an absolute path.

    It is a link or script that an upgrade replaces in place, as those of pipx and uv; without one
    it is this Python. Raise CliError for an installation that is about to be deleted.
    """
    if IS_INSTALLED and is_for_one_run(environment):
        raise CliError(
            "this Hookwatch is installed for one run only. "
            "Install it first: `uv tool install hookwatch` or `pipx install hookwatch`."
        )
    own = {path.resolve() for path in _own_scripts() if _is_program(path)}
    for path in (*_links(environment), *_own_scripts()):
        if _is_program(path) and path.resolve() in own:
            return [str(path)]
    return hookwatch_command()


def _own_scripts() -> Iterator[Path]:
    """Yield where this installation or checkout has its script."""
    if IS_INSTALLED:
        yield Path(sysconfig.get_path("scripts")) / NAME
    else:
        yield ROOT / "bin" / NAME


def _links(environment: Mapping[str, str]) -> Iterator[Path]:
    """Yield where tools that install programs link them."""
    if home := environment.get("HOME"):
        yield Path(home) / ".local" / "bin" / NAME
    if found := shutil.which(NAME, path=environment.get("PATH")):
        yield Path(found).absolute()


def _is_program(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)
