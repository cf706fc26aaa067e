"""Check whether events wait on disk, were lost, or are written where ingestd does not look."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from connect.doctor.finding import Finding, ok, problem, warning
from connect.doctor.repair import connect_command
from shared.settings import is_loopback
from shared.spool import folder_for, spool_state, waiting

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import DirEntry

    from connect.doctor.snapshot import Snapshot

STUCK_MS = 10_000
"""ingestd empties the spool within milliseconds; what is older is stuck."""
SPOOL = "spool"


def spooled(snapshot: Snapshot) -> Iterator[Finding]:
    data = snapshot.settings.data.absolute()
    folders = {data / SPOOL, *(folder_for(data, it.url) for it in snapshot.ours if it.url)}
    for folder in sorted(folders):
        yield from _check_folder(snapshot, folder)


def _check_folder(snapshot: Snapshot, folder: Path) -> Iterator[Finding]:
    state = spool_state(folder, snapshot.environment)
    if state.waiting:
        age_ms = _oldest_age_ms(folder)
        message = f"{state.waiting} events wait in {folder}, the oldest for {age_ms // 1000} s."
        if snapshot.ingestd.status is None:
            yield warning(message, "Start ingestd to store them.")
        elif age_ms > STUCK_MS:
            yield problem(message, f"ingestd does not store them. Check who owns {folder}.")
        else:
            yield ok(message)
    else:
        yield ok(f"Spool is empty: {folder}")
    if state.dropped:
        yield warning(
            f"{state.dropped} events were lost: they could be neither sent nor spooled.",
            "Keep ingestd running and the disk from filling up. This count does not reset.",
        )
    if state.rejected:
        yield warning(
            f"{state.rejected} files in {folder}/rejected do not contain a valid event.",
            "Inspect and delete them.",
        )


def same_folder(snapshot: Snapshot) -> Iterator[Finding]:
    """Find hooks that spool to a folder which this ingestd does not read."""
    health = snapshot.ingestd.body.get("spool")
    expected = health.get("path") if isinstance(health, dict) else None
    is_local = is_loopback(urlsplit(snapshot.ingestd.url).hostname or "")
    if not isinstance(expected, str) or not is_local:
        return
    command = connect_command(it.file for it in snapshot.ours)
    local = [it for it in snapshot.ours if is_loopback(urlsplit(it.url or "").hostname or "")]
    for folder in sorted({it.spool for it in local if it.spool is not None}):
        if Path(folder) != Path(expected):
            yield problem(
                f"Hooks spool events to {folder}, but ingestd reads {expected}.",
                f"Run {command} with the HOOKWATCH_DATA that ingestd was started with.",
            )


def _oldest_age_ms(folder: Path) -> int:
    fired_at = min(map(_fired_at, waiting(folder)), default=0)
    return max(0, time.time_ns() // 1_000_000 - fired_at) if fired_at else 0


def _fired_at(entry: DirEntry[str]) -> int:
    """Return the time in a file's name, else when it was written, in ms."""
    name = entry.name[:13]
    if name.isdigit():
        return int(name)
    try:
        return entry.stat(follow_symlinks=False).st_mtime_ns // 1_000_000
    except OSError:
        return time.time_ns() // 1_000_000
