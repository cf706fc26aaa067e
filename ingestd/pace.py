"""Do long work on the event loop a slice at a time.

In: work that asks between its steps. Out: rests, long enough for a hook's POST to be read, stored
and answered: what takes long must never keep Claude Code waiting.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

SLICE_S: Final = 0.001
REST_S: Final = 0.001
TURNS: Final = 3
"""Passes of the loop in which a connection is taken, its request read, its handler started."""


class Load:
    """Count the requests under way that long work makes way for."""

    def __init__(self) -> None:
        self.requests = 0

    @contextmanager
    def long_work(self) -> Iterator[None]:
        """Let the request that is under way not count: it makes way for others itself."""
        self.requests -= 1
        try:
            yield
        finally:
            self.requests += 1


class Pace:
    """Count a slice from the last rest. Without a load, rest whether anything waits or not."""

    def __init__(self, load: Load | None = None) -> None:
        self._load = load
        self._since = time.perf_counter()

    async def rest(self) -> None:
        """Let others have the loop, if the slice is used up."""
        if time.perf_counter() - self._since < SLICE_S:
            return
        if self._load is not None:
            for _ in range(TURNS):
                await asyncio.sleep(0)
        if self._load is None or self._load.requests > 0:
            await asyncio.sleep(REST_S)
        self._since = time.perf_counter()
