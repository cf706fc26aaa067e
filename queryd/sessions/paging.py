"""Positions in paged lists, and the cursors that clients send back."""

import re
from collections.abc import Sequence
from typing import Annotated, Any, Final

import msgspec

from shared.errors import Refusal

CURSOR: Final = re.compile(r"^[0-9]{1,18}\.[0-9]{1,18}$", re.ASCII)


class PagePosition(msgspec.Struct, frozen=True, array_like=True):
    """The last row of a page; all rows of the next page are older."""

    at: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
    id: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


START: Final = PagePosition(2**63 - 1, 2**63 - 1)
"""The position before the first row."""


def next_position(rows: Sequence[tuple[Any, ...]], limit: int) -> PagePosition | None:
    """Return the position of the last row of a page, where more rows follow."""
    return PagePosition(*rows[limit - 1][:2]) if len(rows) > limit else None


def cursor_of(position: PagePosition | None) -> str | None:
    """Return a position as a cursor."""
    return None if position is None else f"{position.at}.{position.id}"


def position_of(cursor: str | None) -> PagePosition | None:
    """Parse a cursor."""
    if cursor is None:
        return None
    if not CURSOR.fullmatch(cursor):
        raise Refusal(400, "invalid_parameter", "cursor: not a cursor of this list", "cursor")
    at, _, number = cursor.partition(".")
    return PagePosition(int(at), int(number))
