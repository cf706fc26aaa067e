"""Do long work on the event loop a slice at a time.

In: work that asks between its steps. Out: rests, long enough for a hook's POST to be read, stored
and answered: what takes long must never keep Claude Code waiting.
"""

import asyncio
import time
from typing import Final

SLICE_S: Final = 0.001
REST_S: Final = 0.001


class Pace:
    """Count a slice from the last rest."""

    def __init__(self) -> None:
        self._since = time.perf_counter()

    async def rest(self) -> None:
        """Let others have the loop, if the slice is used up."""
        if time.perf_counter() - self._since < SLICE_S:
            return
        await asyncio.sleep(REST_S)
        self._since = time.perf_counter()
