"""Check whether the process of a registry entry still runs, and report when it ends."""

import asyncio
import os
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Final, Literal

from ingestd.registry.entry import RegistryEntry
from shared.process import pid_domain, start_ticks

Evidence = Literal["pid_and_start", "pid"]
"""What identifies a process: macOS has no `/proc`, so there a reused pid goes unnoticed."""


def evidence_for(entry: RegistryEntry) -> Evidence | None:
    """Return what can be checked of a process; None where its pid is not valid here."""
    if _HAS_PROC:
        is_ours = entry.pid_domain is not None and entry.pid_domain == _OUR_DOMAIN
        return "pid_and_start" if is_ours and entry.proc_start else None
    return "pid" if sys.platform == "darwin" else None


def is_running(entry: RegistryEntry, evidence: Evidence) -> bool:
    """Return whether it runs; a later process with the same pid is another one."""
    if evidence == "pid_and_start":
        ticks = start_ticks(entry.pid)
        return ticks is not None and str(ticks) == entry.proc_start
    try:
        os.kill(entry.pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass  # it belongs to another user
    return True


class EndWatch:
    """Call back when a process ends: Linux alone reports that of a process that is no child.

    Elsewhere, and where no descriptor is left, there is no call.
    """

    def __init__(self, call: Callable[[], object]) -> None:
        self._call = call
        self._descriptors: dict[int, int] = {}

    def watch(self, pids: Iterable[int]) -> None:
        """Watch these processes, within the running event loop, until each has ended."""
        if sys.platform != "linux":
            return
        for pid in set(pids) - self._descriptors.keys():
            with suppress(OSError):
                descriptor = self._descriptors[pid] = os.pidfd_open(pid)
                asyncio.get_running_loop().add_reader(descriptor, self._end, pid)

    def close(self) -> None:
        for pid in list(self._descriptors):
            self._forget(pid)

    def _end(self, pid: int) -> None:
        self._forget(pid)
        self._call()

    def _forget(self, pid: int) -> None:
        descriptor = self._descriptors.pop(pid)
        asyncio.get_running_loop().remove_reader(descriptor)
        os.close(descriptor)


_OUR_DOMAIN: Final = pid_domain()
_HAS_PROC: Final = _OUR_DOMAIN is not None
