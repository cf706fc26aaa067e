"""Hash the ids by which an event that is sent again is recognised.

In: an event's own id, or its type and tool use. Out: 56 bits, the same in every process, by which
`event_keys` in the log finds rows that may be the same event. Two events may share a hash, so a
match is decided by the texts.

A cryptographic hash: no sender can build many events of one hash, each of which would be compared
with all the others.
"""

from hashlib import blake2b
from typing import Final

_BYTES: Final = 7
"""SQLite stores such numbers in no more bytes than these, and all are positive."""


def id_key(event_id: str) -> int:
    """Return the key of an event's own id."""
    return int.from_bytes(blake2b(f"\0{event_id}".encode(), digest_size=_BYTES).digest())


def tool_key(event_type: str, tool_use_id: str) -> int:
    """Return the key of a tool event, whatever its session: an id of a tool use is unique."""
    text = f"{event_type}\0{tool_use_id}"
    return int.from_bytes(blake2b(text.encode(), digest_size=_BYTES).digest())
