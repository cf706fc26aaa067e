"""Read the memory of a process (Linux: /proc)."""

from pathlib import Path


def processes_of(pid: int) -> list[int]:
    """Return a process and those that it started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text("utf-8")
    return [pid, *map(int, children.split())]


def resident_mb(pid: int) -> float:
    """Return what a process holds in memory now."""
    return _mb(pid, "VmRSS:")


def peak_mb(pid: int) -> float:
    """Return the most it ever held."""
    return _mb(pid, "VmHWM:")


def _mb(pid: int, name: str) -> float:
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    kilobytes = next(line for line in status.splitlines() if line.startswith(name)).split()[1]
    return int(kilobytes) / 1024
