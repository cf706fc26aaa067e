"""Write filters as conditions of SQL."""

from collections.abc import Iterable
from typing import NamedTuple

from queryd.store.store import Value


class Condition(NamedTuple):
    """Let a column or expression have only these values, or any but these; () accepts all."""

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
