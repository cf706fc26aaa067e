"""Check the scripts that hooks run, and what they need."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from connect.doctor.finding import Finding, ok, problem, warning
from connect.doctor.repair import reconnect
from connect.settings.scripts import SOURCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connect.doctor.snapshot import Snapshot

SH_TIMEOUT_S = 10


def scripts(snapshot: Snapshot) -> Iterator[Finding]:
    for script in sorted({it.script for it in snapshot.ours if it.script is not None}):
        path = Path(script)
        advice = reconnect(it.file for it in snapshot.ours if it.script == script)
        if not path.is_file():
            yield problem(f"The hook script {script} is missing, so hooks do nothing.", advice)
        elif (reason := _syntax_error(path)) is not None:
            yield problem(f"sh cannot read {script}: {reason}.", advice)
        else:
            yield ok(f"Hook script OK: {script}")


def up_to_date(snapshot: Snapshot) -> Iterator[Finding]:
    advice = reconnect(it.file for it in snapshot.ours)
    for path in sorted(snapshot.connect_folder.glob("*.sh")):
        source = SOURCE / path.name
        if source.is_file() and source.read_bytes() != path.read_bytes():
            yield warning(f"{path} is not the version that this Hookwatch installs.", advice)


def curl(snapshot: Snapshot) -> Iterator[Finding]:
    path = shutil.which("curl", path=snapshot.environment.get("PATH"))
    if path is None:
        yield problem("curl not found: command hooks spool every event.", "Install curl.")
    else:
        yield ok(f"curl found: {path}")


def _syntax_error(path: Path) -> str | None:
    try:
        check = subprocess.run(  # noqa: S603 - sh parses it, and does not run it
            ["sh", "-n", str(path)],  # noqa: S607 - the sh that Claude Code finds
            capture_output=True,
            text=True,
            timeout=SH_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return (check.stderr.strip() or f"exit code {check.returncode}") if check.returncode else None
