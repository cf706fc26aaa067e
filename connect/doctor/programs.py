"""Check the scripts that Claude Code runs for us, and what they need."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from connect.doctor.finding import Finding, ok, problem, warning
from connect.doctor.repair import again
from connect.settings.scripts import SOURCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connect.doctor.snapshot import Scene

PATIENCE_S = 10


def scripts(scene: Scene) -> Iterator[Finding]:
    """Tell whether the scripts that settings name are there, and whether sh reads them."""
    for script in sorted({it.script for it in scene.ours if it.script is not None}):
        path = Path(script)
        advice = again(it.file for it in scene.ours if it.script == script)
        if not path.is_file():
            yield problem(f"The hooks' script {script} is missing, so they do nothing.", advice)
        elif (why := _no_sh(path)) is not None:
            yield problem(f"sh cannot read {script}: {why}.", advice)
        else:
            yield ok(f"{script} is there, and sh reads it.")


def current(scene: Scene) -> Iterator[Finding]:
    """Tell whether they are those of this checkout."""
    advice = again(it.file for it in scene.ours)
    for path in sorted(scene.connect_folder.glob("*.sh")):
        source = SOURCE / path.name
        if source.is_file() and source.read_bytes() != path.read_bytes():
            yield warning(f"{path} is not what this version would install.", advice)


def curl(scene: Scene) -> Iterator[Finding]:
    """Tell whether curl is there, which the forwarder sends with."""
    found = shutil.which("curl", path=scene.environment.get("PATH"))
    if found is None:
        yield problem(
            "There is no curl on the PATH: hooks by command keep every event in the spool.",
            "Install curl.",
        )
    else:
        yield ok(f"curl is at {found}.")


def _no_sh(path: Path) -> str | None:
    """Return why sh cannot run a script."""
    try:
        done = subprocess.run(  # noqa: S603 - it is read, not run
            ["sh", "-n", str(path)],  # noqa: S607 - the sh that Claude Code finds
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return (done.stderr.strip() or f"exit code {done.returncode}") if done.returncode else None
