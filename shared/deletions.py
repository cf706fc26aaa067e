"""The log's record of what was deleted from it, as its readers see it."""

from typing import Final, NamedTuple


class Deletion(NamedTuple):
    """Describe deleted events, or events without payload: ids from `first_id` to `last_id`."""

    number: int
    """In the order of the deletions."""
    first_id: int
    last_id: int
    payload_only: bool


DELETIONS: Final = """
    SELECT number, first_id, last_id, payload_only FROM deletions WHERE number > ?
    ORDER BY number LIMIT ?
"""
DELETION_NUMBERS: Final = """
    SELECT ifnull((SELECT min(number) FROM deletions), 0),
        ifnull((SELECT max(number) FROM deletions), 0)
"""
