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


def memory_of_all_mb(pid: int) -> float:
    """Return what a process and its children hold now; a page that they share counts once."""
    children = Path(f"/proc/{pid}/task").glob("*/children")
    pids = [pid, *(int(it) for file in children for it in file.read_text("ascii").split())]
    return sum(map(_proportional_mb, pids))


def _proportional_mb(pid: int) -> float:
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii")
    except OSError:
        return 0.0  # it has just ended
    kilobytes = next(line for line in rollup.splitlines() if line.startswith("Pss:")).split()[1]
    return int(kilobytes) / 1024
