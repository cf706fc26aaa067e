"""Check whether a session's process still runs: kill -9 sends no SessionEnd.

In: a process id of this machine, and when it was last seen. Out: whether it has certainly ended.
"""

import os
import socket
from functools import lru_cache
from pathlib import Path
from typing import Final

LATER_MS: Final = 5_000
"""A process that started this long after the last event is another with the same id."""


def this_host() -> str:
    """Return this machine's name, as its senders report it."""
    return socket.gethostname()


def has_ended(pid: int, last_event_at: int) -> bool:
    """Return whether a process has ended; in doubt it has not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        pass  # it is another user's
    started = _started_at(pid)

    return started is not None and started > last_event_at + LATER_MS


def _started_at(pid: int) -> int | None:
    """Return when a process started, in ms since the epoch; None where there is no /proc."""
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
