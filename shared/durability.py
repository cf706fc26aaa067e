"""Set how far SQLite's syncs reach, whatever it was built with and wherever it runs."""

from typing import Literal

import apsw

Synchronous = Literal["FULL", "NORMAL"]
"""FULL: what is committed survives power loss. NORMAL: what is checkpointed does."""


def set_synchronous(connection: apsw.Connection, synchronous: Synchronous) -> None:
    """Set it for a connection's commits and checkpoints; in a transaction it has no effect."""
    connection.pragma("synchronous", synchronous)
    # Only macOS heeds the next two. There a plain sync ends in the drive's own cache, which loses
    # power with the rest, in any order: commits need more with FULL, and checkpoints always, for
    # they overwrite the database.
    connection.pragma("fullfsync", int(synchronous == "FULL"))
    connection.pragma("checkpoint_fullfsync", 1)
