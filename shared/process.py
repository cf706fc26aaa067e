"""Measure CPU and memory of this process, for both daemons.

Out: null where the system does not report a figure. It is read on request, at most once a second,
and never while an event is handled.
"""

import os
import re
import resource
import sys
import time
from collections import deque
from pathlib import Path
from typing import Final

import msgspec

from shared import __version__

SAMPLE_S: Final = 1.0
SPAN_S: Final = 10.0
"""The CPU figure's period; without a request for longer the next figure is null."""
_STATM: Final = Path("/proc/self/statm")
_PID_NAMESPACE: Final = Path("/proc/self/ns/pid")
_MACHINE_ID: Final = Path("/etc/machine-id")
_ENDED_STATES: Final = ("Z", "X")
"""A killed process stays in `/proc` until its parent asks for its exit code."""


class ProcessState(msgspec.Struct, frozen=True, kw_only=True):
    """Report identity and resources of a process."""

    pid: int
    version: str
    started_at: int
    """ms since the epoch."""
    cpu_percent: float | None
    """Of one core, over the last seconds; null until there are two samples."""
    memory_bytes: int | None
    """Resident now; its maximum where the system does not report it (macOS)."""


class Meter:
    """Measure this process; one instance a process."""

    def __init__(self) -> None:
        self._started_at = time.time_ns() // 1_000_000
        self._samples: deque[tuple[float, float]] = deque([(time.monotonic(), time.process_time())])
        self._state: ProcessState | None = None

    def state(self) -> ProcessState:
        """Return the current figures; within one second the same."""
        now = time.monotonic()
        if self._state is None or now - self._samples[-1][0] >= SAMPLE_S:
            self._state = ProcessState(
                pid=os.getpid(),
                version=__version__,
                started_at=self._started_at,
                cpu_percent=self._cpu_percent(now, time.process_time()),
                memory_bytes=_memory_bytes(),
            )
        return self._state

    def _cpu_percent(self, now: float, used: float) -> float | None:
        samples = self._samples
        while samples and now - samples[0][0] > SPAN_S:
            samples.popleft()
        oldest = samples[0] if samples else None
        samples.append((now, used))
        if oldest is None or now - oldest[0] < SAMPLE_S:
            return None
        return round((used - oldest[1]) / (now - oldest[0]) * 100, 1)


def pid_domain() -> str | None:
    """Return the domain in which this process's pids are valid; None without pid namespaces."""
    try:
        namespace = _PID_NAMESPACE.stat().st_ino
    except OSError:
        return None
    return f"linux:{_machine_id()}:pid:[{namespace}]"


def start_ticks(pid: int) -> int | None:
    """Return when a process started, in clock ticks since the boot.

    None where it does not run, also as a zombie, or where there is no `/proc`.
    """
    try:
        # Past the name, which may hold anything, in parentheses; see proc(5).
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        return None if stat[0] in _ENDED_STATES else int(stat[19])
    except (OSError, ValueError, IndexError):
        return None


def _machine_id() -> str:
    try:
        machine = _MACHINE_ID.read_text("ascii").partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError):
        return ""
    return machine if re.fullmatch("[0-9a-f]*", machine) else ""


def _memory_bytes() -> int | None:
    try:
        return int(_STATM.read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        pass
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if most <= 0:
        return None
    return most if sys.platform == "darwin" else most * 1024
