"""Tell whether the process of a session is still there: kill -9 sends no SessionEnd.

In: a process id of this machine, and when it was last heard of. Out: whether it is gone for sure.
"""

import os
import socket
from functools import lru_cache
from pathlib import Path
from typing import Final

LATER_MS: Final = 5_000
"""A process that began this long after the last event is another one that was given the same id."""


def this_host() -> str:
    """Return this machine's name, as a sender on it tells it."""
    return socket.gethostname()


def is_gone(pid: int, last_event_at: int) -> bool:
    """Tell whether a process has ended; in doubt it has not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        pass  # it is another user's
    began = _began_at(pid)
    return began is not None and began > last_event_at + LATER_MS


def _began_at(pid: int) -> int | None:
    """Return when a process began, in ms since the epoch; None where there is no /proc."""
    try:
        # Past the name, which may hold anything, in parentheses; see proc(5).
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        return _booted_at() * 1_000 + int(stat[19]) * 1_000 // os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return None


@lru_cache(maxsize=1)
def _booted_at() -> int:
    """Return when the machine booted, in seconds since the epoch."""
    lines = Path("/proc/stat").read_text("utf-8").splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("btime ")))
