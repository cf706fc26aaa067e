"""Measure how long after a key or a signal a session's row shows its true state."""

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.daemons import daemons
from bench.true_state.scenes import SCENES, Sessions, claude_home, play


class NoClientError(Exception):
    """Report that Claude Code is not there."""


def measure_true_state(claude: Path, *, times: int) -> Sequence[tuple[str, str]]:
    """Play each scene some times; return the median and the longest time of each."""
    program = shutil.which(claude)
    if program is None:
        raise NoClientError(f"{claude}: no such program; give the path of Claude Code")
    with tempfile.TemporaryDirectory() as folder:
        config, data = Path(folder) / "claude", Path(folder) / "data"
        with (
            daemons("ingestd", "queryd", data=data, pin=False, claude=config) as running,
            claude_home(program, config=config, data=data, ingest_port=running.ingest_port) as home,
        ):
            sessions = Sessions(running.query_port)
            rows = []
            for name, scene in SCENES.items():
                took = sorted(play(scene, home, sessions).seconds for _ in range(times))
                shown = f"{took[times // 2]:.2f} s, at most {took[-1]:.2f} s"
                rows.append((f"{name}: `{scene.status}`", shown))
            return rows
