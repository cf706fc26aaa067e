"""Tell events that were fired earlier than others that arrived before them.

Each hook is a process of its own, so events of one moment arrive in any order. Rules that depend on
the order ask for the times of firing instead.
"""

from typing import Final

LATE_MS: Final = 2_000
"""An event much older than the last one is not out of order: a clock was set back, or a spool was
read. It counts as arriving in order."""


def is_late(at: int, than: int) -> bool:
    """Return whether an event was fired shortly before another that arrived earlier."""
    return 0 < than - at <= LATE_MS
