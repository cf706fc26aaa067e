"""Sample descriptors and memory of the daemons, and report how fast they grow (Linux: /proc).

Descriptors are sampled over time, while nothing is killed. Memory is sampled over events, after so
many of them that caches are warm: what a leak takes for each event shows whatever the rate is.
"""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol, Self

from bench.memory import resident_mb

EVERY_S: Final = 0.5
LONG_S: Final = 60.0
"""What warms up passes for growth in less."""
MAX_FILES: Final = 3.0
"""Descriptors a minute: readers open and close theirs."""
MAX_KB_AN_EVENT: Final = 0.5
"""A leak of 1 kB for each event is found with as much again to spare. Warm daemons grew by 0.02
to 0.17 kB an event over 20,000, for allocators take memory in steps."""
MIN_EVENTS: Final = 10_000
"""Over fewer such steps and what warms up pass for growth."""


class Check(Protocol):
    """Add a row of the table."""

    def __call__(self, what: str, figure: str, *, holds: bool) -> None:
        """Add it."""


class DescriptorSampler:
    """Sample between `start` and `stop`, while nothing is killed."""

    def __init__(self, pids: Callable[[], dict[str, int]]) -> None:
        self._pids = pids
        self._stopped = threading.Event()
        self._samples: dict[str, list[tuple[float, int]]] = {}
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

    def report(self, check: Check) -> None:
        """Add a row for each daemon; growth counts only when it was watched for long enough."""
        for name, samples in self._samples.items():
            at, files = zip(*samples, strict=True)
            growth = slope([it / 60 for it in at], files)
            figure = f"{files[0]} to {files[-1]} ({growth:+.1f} a minute)"
            is_level = growth <= MAX_FILES or at[-1] - at[0] < LONG_S
            check(f"descriptors of {name}, undisturbed", figure, holds=is_level)

    def _run(self) -> None:
        pids = self._pids()
        while not self._stopped.wait(EVERY_S):
            for name, pid in pids.items():
                files = sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
                self._samples.setdefault(name, []).append((time.monotonic(), files))


class MemorySampler:
    """Sample what each daemon holds after so many events."""

    def __init__(self) -> None:
        self._samples: dict[str, list[tuple[int, float]]] = {}

    def sample(self, events: int, pids: dict[str, int]) -> None:
        """Add a sample of each daemon, if this system shows it."""
        for name, pid in pids.items():
            with suppress(FileNotFoundError):
                self._samples.setdefault(name, []).append((events, resident_mb(pid)))

    def report(self, check: Check) -> None:
        """Add a row for each daemon."""
        for name, samples in self._samples.items():
            holds, figure = check_memory(samples)
            check(f"memory of {name}, warm", figure, holds=holds)


def check_memory(samples: Sequence[tuple[int, float]]) -> tuple[bool, str]:
    """Return whether memory is level over events, and the figures; too few events are no failure.

    Samples are the count of events and the MB held then.
    """
    events, memory = zip(*samples, strict=True)
    growth_kb = 1024 * slope(events, memory)
    count = events[-1] - events[0]
    figure = (
        f"{memory[0]:.0f} to {memory[-1]:.0f} MB over {count:,} events ({growth_kb:+.2f} kB each)"
    )
    return growth_kb <= MAX_KB_AN_EVENT or count < MIN_EVENTS, figure


def slope(at: Sequence[float], values: Sequence[float]) -> float:
    """Return by how much values grow for one unit of the first, by least squares."""
    middle, mean = sum(at) / len(at), sum(values) / len(values)
    spread = sum((it - middle) ** 2 for it in at)
    if not spread:
        return 0.0
    return (
        sum((it - middle) * (value - mean) for it, value in zip(at, values, strict=True)) / spread
    )
