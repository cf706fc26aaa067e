"""Check whether events wait on disk, or were lost, and whether anybody will ever take them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from connect.doctor.finding import Finding, ok, problem, warning
from connect.doctor.repair import connect
from shared.settings import is_loopback
from shared.spool import folder_for, look, waiting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connect.doctor.snapshot import Scene

LONG_MS = 10_000
"""ingestd looks several times a second; what waits longer than this waits for something."""
SPOOL = "spool"


def spool(scene: Scene) -> Iterator[Finding]:
    """Tell whether the spool is empty, and whether events were lost."""
    data = scene.settings.data.absolute()
    folders = {data / SPOOL, *(folder_for(data, it.url) for it in scene.ours if it.url)}
    for folder in sorted(folders):
        yield from _one(scene, folder)


def _one(scene: Scene, folder: Path) -> Iterator[Finding]:
    state = look(folder, scene.environment)
    if state.waiting:
        age = _oldest_ms(folder)
        what = f"{state.waiting} events wait in {folder}, the oldest for {age // 1000} s."
        if scene.ingestd.status is None:
            yield warning(what, "Start ingestd: it stores them before anything else.")
        elif age > LONG_MS:
            yield problem(what, f"ingestd runs and does not take them: see whose {folder} is.")
        else:
            yield ok(what)
    else:
        yield ok(f"Nothing waits in {folder}.")
    if state.dropped:
        yield warning(
            f"{state.dropped} events were lost: they could be neither sent nor kept.",
            "Keep ingestd running, and the disk from being full; the count stays.",
        )
    if state.rejected:
        yield warning(
            f"{state.rejected} files in {folder}/rejected hold no event that could be read.",
            "Look at them, and delete them.",
        )


def same_spool(scene: Scene) -> Iterator[Finding]:
    """Tell whether the hooks leave events where this ingestd looks for them."""
    told = scene.ingestd.body.get("spool")
    drained = told.get("path") if isinstance(told, dict) else None
    if not isinstance(drained, str) or not is_loopback(urlsplit(scene.ingestd.url).hostname or ""):
        return
    run = connect(it.file for it in scene.ours)
    here = [it for it in scene.ours if is_loopback(urlsplit(it.url or "").hostname or "")]
    for folder in sorted({it.spool for it in here if it.spool is not None}):
        if Path(folder) != Path(drained):
            yield problem(
                f"Hooks leave events in {folder}, and ingestd takes them from {drained}.",
                f"Run {run} with the HOOKWATCH_DATA that ingestd was started with.",
            )


def _oldest_ms(folder: Path) -> int:
    names = [entry.name[:13] for entry in waiting(folder)]
    fired = min((int(name) for name in names if name.isdigit()), default=0)
    return max(0, time.time_ns() // 1_000_000 - fired) if fired else 0
