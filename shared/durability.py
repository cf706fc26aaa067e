"""Set SQLite's durability explicitly, independent of its build and platform."""

from typing import Literal

import apsw

Synchronous = Literal["FULL", "NORMAL"]
"""FULL: commits survive power loss. NORMAL: checkpoints do."""


def set_synchronous(connection: apsw.Connection, synchronous: Synchronous) -> None:
    """Set durability of a connection; no effect within a transaction."""
    connection.pragma("synchronous", synchronous)
    # Only macOS uses the next two. There a plain sync ends in the drive's own cache, which power
    # loss may drop in any order: commits need a full sync with FULL, and checkpoints always, for
    # they overwrite the database.
    connection.pragma("fullfsync", int(synchronous == "FULL"))
    connection.pragma("checkpoint_fullfsync", 1)
