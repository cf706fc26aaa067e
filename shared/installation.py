"""Know how this Hookwatch is installed: as a checkout, or from a wheel."""

import shlex
import shutil
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
PACKAGE_NAME: Final = "_hookwatch"
IS_INSTALLED: Final = ROOT.name == PACKAGE_NAME


def shell_command() -> str:
    """Return how to call `hookwatch` in a shell; of a checkout, in its folder.

    An installation that is not on the path, as that of `uvx`, is called by its full path.
    """
    if not IS_INSTALLED:
        return ".venv/bin/hookwatch"
    script = Path(sys.executable).with_name("hookwatch")
    on_path = shutil.which("hookwatch")
    if not script.exists() or (on_path is not None and script.samefile(on_path)):
        return "hookwatch"
    return shlex.quote(str(script))
