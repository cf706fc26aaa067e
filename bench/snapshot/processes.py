"""Start Hookwatch's own commands under a set clock, away from the settings of this machine."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bench.daemons import ROOT, free_ports, wait_for_port
from bench.snapshot.clock import SharedClock

FOREIGN: Final = ("HOOKWATCH_", "CLAUDE", "OTEL_")


class SnapshotHome:
    """Own a folder with the log, Claude Code's configuration, the clock and two free ports."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.claude = folder / "claude"
        for made in (self.data, self.claude):
            made.mkdir(parents=True)
        self._clock_path = folder / "clock"
        self.clock = SharedClock(self._clock_path)
        self.ingest_port, self.query_port = free_ports()

    @property
    def log_path(self) -> Path:
        """Return where the log is."""
        return self.data / "events.db"

    @property
    def views_path(self) -> Path:
        """Return where queryd's views are."""
        return self.data / "views.db"

    @property
    def search_path(self) -> Path:
        """Return where queryd's full text is."""
        return self.data / "search.db"

    def run(self, module: str, *arguments: str) -> None:
        """Run a command to its end; raise with its output if it fails."""
        done = subprocess.run(
            self._command(module, *arguments),
            cwd=ROOT,
            env=self._environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{module} {' '.join(arguments)}: {done.stdout}{done.stderr}")

    @contextmanager
    def serving(self, module: str) -> Iterator[None]:
        """Run a daemon within the block, from when it accepts connections."""
        process = subprocess.Popen(
            self._command(module), cwd=ROOT, env=self._environment(), stderr=subprocess.DEVNULL
        )
        try:
            wait_for_port(self.ingest_port if module == "ingestd" else self.query_port)
            yield
        finally:
            process.terminate()
            process.wait()

    def _command(self, module: str, *arguments: str) -> list[str]:
        launcher = [sys.executable, "-m", "bench.snapshot.clock", str(self._clock_path)]
        return [*launcher, module, *arguments]

    def _environment(self) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(FOREIGN) and not name.lower().endswith("_proxy")
        }
        return {
            **kept,
            "CLAUDE_CONFIG_DIR": str(self.claude),
            "HOOKWATCH_DATA": str(self.data),
            "HOOKWATCH_INGEST_PORT": str(self.ingest_port),
            "HOOKWATCH_QUERY_PORT": str(self.query_port),
            # Nothing here has to survive power loss.
            "HOOKWATCH_SYNCHRONOUS": "NORMAL",
        }
