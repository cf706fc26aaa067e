"""Say what a view is: tables, and a function that folds events into them.

A new view is a new file with one `View` in it, and its name in the list in `fold.py`.
"""

from collections.abc import Callable, Sequence

import msgspec

from queryd.views.batch import Fact
from queryd.views.store import Database

Fold = Callable[[Database, Sequence[Fact]], None]


class Forgotten(msgspec.Struct, frozen=True):
    """Tell where the log begins since its oldest events were deleted."""

    first_id: int
    first_ms: int


class View(msgspec.Struct, frozen=True):
    """Describe a view.

    `fold` runs inside the transaction that also moves the cursor. It takes facts in the order of
    the log, each once; nothing may depend on where one call ends and the next begins. `forget`
    deletes what tells only of events that the log no longer holds.
    """

    tables: str
    fold: Fold
    forget: Callable[[Database, Forgotten], None]
    prepare: Callable[[Fact], None] | None = None
    """Notes on a fact what takes time and no tables; it runs ahead, in another thread."""
    tidy: Callable[[Database], None] | None = None
    """Puts in order what need not be in order at once, in half a second at the most."""
    releases: bool = False
    """Tells that its fold is mostly SQLite's own work, which leaves the interpreter to others."""
