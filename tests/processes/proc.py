"""Read from /proc what a process uses and its child processes."""

from pathlib import Path
from typing import Final

import pytest

PROC: Final = Path("/proc")

needs_proc = pytest.mark.skipif(
    not (PROC / "self" / "status").exists(), reason="there is no /proc on this system"
)


def rss_bytes(pid: int) -> int:
    """Return how much memory a process holds."""
    for line in (PROC / str(pid) / "status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == "VmRSS":
            return int(value.removesuffix("kB")) * 1024
    raise AssertionError(f"process {pid} has no memory")


def open_files(pid: int) -> int:
    """Return how many descriptors a process has open."""
    return len(list((PROC / str(pid) / "fd").iterdir()))


def alive(pid: int) -> bool:
    """Return whether a process runs; a zombie does not."""
    try:
        return _fields(pid)[0] != "Z"
    except OSError:
        return False


def is_sleeping(pid: int) -> bool:
    """Return whether a process waits for something, as for a key; True without /proc."""
    if not PROC.exists():
        return True
    return _fields(pid)[0] == "S"


def descendants(pid: int) -> dict[int, str]:
    """Return the pids of all that a process started, and their command lines."""
    parents = {int(entry.name): _parent(entry) for entry in PROC.iterdir() if entry.name.isdigit()}
    found: dict[int, str] = {}
    young = {pid}
    while young := {child for child, parent in parents.items() if parent in young} - set(found):
        found |= {child: _command(child) for child in young}
    return found


def _parent(entry: Path) -> int:
    try:
        return int(_fields(int(entry.name))[1])
    except OSError:
        return 0


def _fields(pid: int) -> list[str]:
    """Return state, parent, …: what follows the name, which may hold anything, in parentheses."""
    return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()


def _command(pid: int) -> str:
    try:
        return (PROC / str(pid) / "cmdline").read_text().replace("\0", " ").strip()
    except OSError:
        return ""
