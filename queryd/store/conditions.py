"""Write filters as SQL conditions."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from queryd.store.store import Value


class Condition(NamedTuple):
    """The values that a column or expression may have or, excluding, may not; () accepts all."""

    column: str
    values: tuple[str, ...]
    is_excluding: bool = False


def all_of(conditions: Iterable[Condition]) -> tuple[str, list[Value]]:
    """Return SQL that requires all conditions, and its values."""
    terms, values = ["TRUE"], list[Value]()
    for column, listed, is_excluding in conditions:
        if listed:
            marks = ", ".join("?" * len(listed))
            terms.append(f"{column} {'NOT ' if is_excluding else ''}IN ({marks})")
            values += listed
    return " AND ".join(terms), values


def json_list(values: Sequence[object]) -> str:
    """Return values as the argument of SQLite's `json_each`."""
    return msgspec.json.encode(values).decode()
