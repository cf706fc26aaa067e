"""Find Claude Code's configuration folder, which its variable `CLAUDE_CONFIG_DIR` can move."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

VARIABLE: Final = "CLAUDE_CONFIG_DIR"


def claude_folder(environment: Mapping[str, str] = os.environ) -> Path | None:
    """Return its absolute path, whether or not it exists; None where the user has no home."""
    given = environment.get(VARIABLE)
    try:
        return Path(given).expanduser().absolute() if given else Path.home() / ".claude"
    except RuntimeError:
        return None
