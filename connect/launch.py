"""How to run a daemon."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def daemon_command(name: str) -> list[str]:
    """Return the arguments that run `ingestd` or `queryd`, from any folder."""
    run = (
        f"import runpy, sys; sys.path.insert(0, {str(ROOT)!r}); "
        f"runpy.run_module({name!r}, run_name='__main__', alter_sys=True)"
    )
    # -P: a `shared` in the folder of the user is not ours.
    return [sys.executable, "-P", "-c", run]
