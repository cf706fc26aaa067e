"""List a spool in the order in which its events fired.

In: a folder that hooks write to meanwhile. Out: the names of its events. A hook that starts after
another one has ended comes after it in every list, and no list has only the later one.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from shared.spool import waiting

PID_DISTANCE: Final = 16_384
"""Pids of hooks within a tick of the clock are no further apart, unless the count started again."""
NS_PER_MS: Final = 1_000_000
_DATED: Final = re.compile(r"(\d{13,})[.-]")
_PID: Final = re.compile(r"(\d{1,10})-")

_Key = tuple[int, int, str]
"""Time in ns, pid, name."""


def is_written_in_place(name: str) -> bool:
    """Return whether a file may be read before it is complete."""
    return _DATED.match(name) is None and _PID.match(name) is not None


def names_in_order(folder: Path) -> list[str]:
    """Return the names of the events in a folder, the earliest first."""
    # A folder is not read at one moment: of two files that are written meanwhile, a list may have
    # only the later. Once it is read, all that are earlier than those in it are there.
    listed = {name for *_, name in _keys(folder)}
    if not listed:
        return []
    names = [name for *_, name in _sorted(_keys(folder))]
    end = max((place for place, name in enumerate(names, 1) if name in listed), default=0)
    return names[:end]


def _keys(folder: Path) -> Iterator[_Key]:
    for entry in waiting(folder):
        name = entry.name
        if dated := _DATED.match(name):
            yield int(dated[1]) * NS_PER_MS, 0, name
        elif (written_at := _written_at(entry)) is not None:
            pid = _PID.match(name)
            yield written_at, int(pid[1]) if pid else 0, name


def _written_at(entry: os.DirEntry[str]) -> int | None:
    try:
        return entry.stat(follow_symlinks=False).st_mtime_ns
    except OSError:
        return None  # a forwarder took it meanwhile


def _sorted(keys: Iterator[_Key]) -> list[_Key]:
    """Sort by time; within a tick of the clock, which is 1 to 10 ms, by pid."""
    ordered = sorted(keys)
    start = 0
    for end in range(1, len(ordered) + 1):
        if end < len(ordered) and ordered[end][0] == ordered[start][0]:
            continue
        newest_pid = ordered[end - 1][1]
        if newest_pid - ordered[start][1] > PID_DISTANCE:
            ordered[start:end] = sorted(
                ordered[start:end], key=lambda key: (newest_pid - key[1] > PID_DISTANCE, *key)
            )
        start = end
    return ordered
