"""Sample descriptors and memory of the daemons, and say how fast they grow (Linux: /proc)."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol, Self

from bench.memory import resident_mb

EVERY_S: Final = 0.5
LONG_S: Final = 60.0
"""What warms up passes for growth in less."""
MOST_FILES: Final = 3.0
"""Descriptors a minute: readers open and close theirs."""
MOST_MB: Final = 15.0
"""A minute: allocators keep what a burst took."""


class Check(Protocol):
    """Add a row of the table."""

    def __call__(self, what: str, figure: str, *, holds: bool) -> None:
        """Add it."""


class Levels:
    """Sample between `start` and `stop`, while nothing is killed."""

    def __init__(self, pids: Callable[[], dict[str, int]]) -> None:
        self._pids = pids
        self._stopped = threading.Event()
        self._samples: dict[str, list[tuple[float, int, float]]] = {}
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        """Take no sample yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """Take no further sample."""
        self.stop()

    def start(self) -> None:
        """Start to sample."""
        if Path("/proc/self/fd").exists():
            self._thread.start()

    def stop(self) -> None:
        """Stop. Stopping again is harmless."""
        self._stopped.set()
        if self._thread.ident is not None:
            self._thread.join()

    def judge(self, check: Check) -> None:
        """Add a row for each daemon; growth counts only when it was watched for long enough."""
        for name, samples in self._samples.items():
            at, files, memory = zip(*samples, strict=True)
            minutes = [it / 60 for it in at]
            more_files, more_mb = slope(minutes, files), slope(minutes, memory)
            level = more_files <= MOST_FILES and more_mb <= MOST_MB
            figure = (
                f"{files[0]} to {files[-1]} descriptors ({more_files:+.1f} a minute), "
                f"{memory[0]:.0f} to {memory[-1]:.0f} MB ({more_mb:+.1f} MB a minute)"
            )
            check(f"{name}, undisturbed", figure, holds=level or at[-1] - at[0] < LONG_S)

    def _run(self) -> None:
        pids = self._pids()
        while not self._stopped.wait(EVERY_S):
            for name, pid in pids.items():
                files = sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
                sample = (time.monotonic(), files, resident_mb(pid))
                self._samples.setdefault(name, []).append(sample)


def slope(at: list[float], values: tuple[float, ...]) -> float:
    """Return by how much values grow for one unit of the first, by least squares."""
    middle, mean = sum(at) / len(at), sum(values) / len(values)
    spread = sum((it - middle) ** 2 for it in at)
    if not spread:
        return 0.0
    return (
        sum((it - middle) * (value - mean) for it, value in zip(at, values, strict=True)) / spread
    )
