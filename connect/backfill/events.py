"""Hold an event that is about to be told, and write it as the envelope ingestd takes.

In: who, what, when. Out: a line of NDJSON. A draft may wait: what a call's first event means is
known when its result was read.
"""

from collections import deque
from collections.abc import Iterator
from typing import Any, Final, Literal

import msgspec

from shared.history import ALIKE_MS

MOST_WAITING: Final = 5_000
MOST_BYTES: Final = 24 * 1024 * 1024
Note = Literal["", "notification", "rejected", "refused", "refused unread", "interrupted"]


class Draft(msgspec.Struct, kw_only=True):
    """Describe one event; `at` in ms."""

    kind: str
    at: int
    event_id: str
    payload: dict[str, Any]
    agent_id: str | None = None
    tool_use_id: str | None = None
    model: str | None = None
    note: Note = ""
    """What the summary counts it as, where its kind does not say."""
    weight: int = 0
    """About how many bytes it holds."""
    is_open: bool = False
    """What it is depends on what comes yet."""
    is_dropped: bool = False
    since: int | None = None
    """From when on, and...
    """
    until: int | None = None
    """...up to when a hook's event of the kind tells of the same."""

    @property
    def span(self) -> tuple[int, int]:
        """Return the time within which a hook would have told the same."""
        since = self.at - ALIKE_MS if self.since is None else self.since
        return since, self.at + ALIKE_MS if self.until is None else self.until


class Waiting:
    """Hand out drafts in their order, none before the one ahead of it is settled.

    It holds so many, and so many bytes, and no more: then the first is taken for settled.
    """

    def __init__(self) -> None:
        self._drafts: deque[Draft] = deque()
        self._bytes = 0

    def push(self, draft: Draft) -> Draft:
        """Add a draft at the end."""
        self._drafts.append(draft)
        self._bytes += draft.weight
        return draft

    def ready(self, *, all_of_it: bool = False) -> Iterator[Draft]:
        """Take out what is settled, or all of it."""
        while self._drafts and (all_of_it or self._is_full() or not self._drafts[0].is_open):
            draft = self._drafts.popleft()
            self._bytes -= draft.weight
            if not draft.is_dropped:
                yield draft

    def _is_full(self) -> bool:
        return len(self._drafts) > MOST_WAITING or self._bytes > MOST_BYTES


def encode(draft: Draft, session_id: str, sender: msgspec.Raw) -> bytes:
    """Return a draft as an envelope, in one line with its end."""
    envelope = {
        "event_id": draft.event_id,
        "session_id": session_id,
        "hook_event_type": draft.kind,
        "timestamp": draft.at,
        "sender": sender,
        "payload": draft.payload,
    }
    if draft.model is not None:
        envelope["model_name"] = draft.model
    return _ENCODER.encode(envelope) + b"\n"


_ENCODER: Final = msgspec.json.Encoder()
