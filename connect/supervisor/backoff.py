"""Say how long to wait before a daemon that ended is started again."""

from typing import Final

FIRST_S: Final = 0.5
LONGEST_S: Final = 30.0
RAN_WELL_S: Final = 30.0


class Backoff:
    """The first restart is at once, later ones wait longer each; a good run starts over."""

    def __init__(self) -> None:
        self._restarts = 0

    def delay_s(self, *, ran_s: float) -> float:
        """Return the wait before the next restart, after a run of some seconds."""
        if ran_s >= RAN_WELL_S:
            self._restarts = 0
        self._restarts += 1
        return 0 if self._restarts == 1 else min(LONGEST_S, FIRST_S * 2 ** (self._restarts - 2))
