"""Run long work on the event loop in slices.

In: work that calls `rest` between its steps. Out: pauses, long enough for a hook's POST to be read,
stored and answered: long work must never delay Claude Code.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

SLICE_S: Final = 0.001
REST_S: Final = 0.001
TURNS: Final = 3
"""Iterations of the loop: to accept a connection, read its request, start its handler."""


class Load:
    """Count the requests under way that long work yields to."""

    def __init__(self) -> None:
        self.requests = 0

    @contextmanager
    def long_work(self) -> Iterator[None]:
        """Exclude the current request from the count: it yields to the others itself."""
        self.requests -= 1
        try:
            yield
        finally:
            self.requests += 1


class Pace:
    """Limit work to a slice between two rests. Without a load, always rest."""

    def __init__(self, load: Load | None = None) -> None:
        self._load = load
        self._since = time.perf_counter()

    async def rest(self) -> None:
        """Yield the loop, if the slice is used up."""
        if time.perf_counter() - self._since < SLICE_S:
            return
        if self._load is not None:
            for _ in range(TURNS):
                await asyncio.sleep(0)
        if self._load is None or self._load.requests > 0:
            await asyncio.sleep(REST_S)
        self._since = time.perf_counter()
