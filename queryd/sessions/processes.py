"""Find sessions whose process has ended: kill -9 sends no SessionEnd."""

import os
import socket
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

from queryd.store.store import Database
from shared.process import start_ticks

REUSE_MS: Final = 5_000
"""A process that started this long after the last event is another one with the same id."""


def this_host() -> str:
    """Return this machine's name, as forwarders on it send it."""
    return socket.gethostname()


def has_ended(pid: int, last_event_at: int) -> bool:
    """Return whether a process has certainly ended."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        pass  # it belongs to another user
    started_at = _started_at(pid)
    return started_at is not None and started_at > last_event_at + REUSE_MS


def sessions_with_process(
    database: Database, host: str, pid_domain: str | None
) -> list[tuple[str, int, int]]:
    """Return session, pid and time of last event of sessions that have not ended.

    Only those of this host and PID namespace: elsewhere the pid is another process.
    """
    return [
        (session_id, pid, last_event_at)
        for session_id, pid, last_event_at in database.fetch(
            """
            SELECT session_id, pid, last_event_at FROM sessions
            WHERE host = ? AND pid_domain IS ?
                AND pid IS NOT NULL AND status <> 'ended' AND NOT process_ended
            """,
            (host, pid_domain),
        )
    ]


def mark_process_ended(database: Database, session_ids: Sequence[str]) -> None:
    """Mark sessions whose process has ended; the next event of a session clears the mark."""
    with database.transaction():
        database.run_many(
            """
            UPDATE sessions SET process_ended = 1,
                revision = (SELECT max(revision) + 1 FROM sessions)
            WHERE session_id = ?
            """,
            [(session_id,) for session_id in session_ids],
        )


def _started_at(pid: int) -> int | None:
    """Return when a process started, in ms since the epoch; None where there is no /proc."""
    ticks = start_ticks(pid)
    if ticks is None:
        return None
    return _booted_at() * 1_000 + ticks * 1_000 // os.sysconf("SC_CLK_TCK")


@lru_cache(maxsize=1)
def _booted_at() -> int:
    """Return when the machine booted, in seconds since the epoch."""
    lines = Path("/proc/stat").read_text("utf-8").splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("btime ")))
