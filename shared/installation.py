"""Know how this Hookwatch is installed: as a checkout, or from a wheel."""

import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
PACKAGE_NAME: Final = "_hookwatch"
IS_INSTALLED: Final = ROOT.name == PACKAGE_NAME


def shell_command() -> str:
    """Return how to call `hookwatch` in a shell; of a checkout, in its folder.

    An installation that a new shell does not find, as that of `uvx`, is called by its full path.
    """
    if not IS_INSTALLED:
        return ".venv/bin/hookwatch"
    script = Path(sys.executable).with_name("hookwatch")
    on_path = shutil.which("hookwatch")
    is_found = on_path is not None and script.exists() and script.samefile(on_path)
    if not script.exists() or (is_found and not is_for_one_run()):
        return "hookwatch"
    return shlex.quote(str(script))


def is_for_one_run(environment: Mapping[str, str] = os.environ) -> bool:
    """Return whether this virtual environment is one of `uvx` or `pipx run`."""
    prefix = Path(sys.prefix)
    caches = [environment[name] for name in _CACHES if environment.get(name)]
    return ".cache" in prefix.parts or any(prefix.is_relative_to(cache) for cache in caches)


_CACHES: Final = ("XDG_CACHE_HOME", "UV_CACHE_DIR")
