"""Measure what the daemons take while nothing happens."""

import os
import time
from pathlib import Path
from typing import Final

import msgspec

from bench.memory import resident_mb

SETTLE_S: Final = 2.0


class IdleUsage(msgspec.Struct, frozen=True):
    """Hold the share of one core and the memory of all processes together."""

    core_percent: float
    rss_mb: float


def measure_idle(pids: list[int], *, seconds: float) -> IdleUsage:
    """Watch processes for some seconds (Linux: /proc)."""
    time.sleep(SETTLE_S)
    before, started = sum(map(_cpu_seconds, pids)), time.perf_counter()
    time.sleep(seconds)
    used = sum(map(_cpu_seconds, pids)) - before
    return IdleUsage(100 * used / (time.perf_counter() - started), sum(map(resident_mb, pids)))


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
