"""Apply deletions to a database and tidy it between two batches, one short step at a time."""

import time
from collections.abc import Callable
from typing import Final

from queryd.store.store import Database

TIDY_RESTS: Final = 20
"""Rebuilding a full-text table takes some 10 s; the next may start after so many times as long."""
EMPTY_WAL_S: Final = 60.0
"""How often the WAL is emptied while events are deleted."""


def _no_more() -> bool:
    return False


class Maintenance:
    """Take the steps that are due.

    `forget` applies the next deletions and returns how many, `tidy` takes a step of deferred work
    and returns whether there is more. Neither may run while events are read and not folded yet:
    folding one after its deletion would restore its text.
    """

    def __init__(
        self, database: Database, forget: Callable[[], int], tidy: Callable[[], bool] = _no_more
    ) -> None:
        self._database = database
        self._forget = forget
        self._tidy = tidy
        self._deletions = False
        self._tidying = False
        self._tidied_s = 0.0
        self._tidy_at = 0.0
        self._wal_has_deleted = True
        """Whether the WAL may have deleted data, perhaps left by an earlier process."""
        self._empty_at = 0.0

    @property
    def has_more(self) -> bool:
        """Return whether another step should follow at once."""
        return self._deletions or self._tidying

    def schedule(self) -> None:
        self._deletions = True
        self._tidying = self._tidying or time.monotonic() >= self._tidy_at

    def step(self) -> bool:
        """Take a step, if any; return whether a deletion was applied."""
        if self._deletions:
            self._deletions = self._forget() > 0
            self._wal_has_deleted |= self._deletions
            return self._deletions
        if self._tidying:
            self._take_tidy_step()
        elif self._wal_has_deleted and time.monotonic() >= self._empty_at:
            self._wal_has_deleted = not self._database.empty_wal()
            self._empty_at = time.monotonic() + EMPTY_WAL_S
        return False

    def _take_tidy_step(self) -> None:
        """Take a step; pause after a table was rebuilt, as the next deletion may follow soon."""
        started = time.monotonic()
        self._tidying = self._tidy()
        self._tidied_s += time.monotonic() - started
        if self._tidying:
            self._wal_has_deleted = True
        else:
            self._tidy_at = time.monotonic() + TIDY_RESTS * self._tidied_s
            self._tidied_s = 0.0
