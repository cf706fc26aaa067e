"""Take what was sent, by whichever way it came: decode it, and take its secrets out.

In: the bytes of an event, and what was said beside them. Out: events fit to be stored, or a
Refusal, counted and logged. Left to the next: `commits` stores them.
"""

import asyncio
from collections.abc import Mapping
from typing import Final

from ingestd.counters import Counters
from ingestd.intake.decode import Columns, Rejected, Sent, decode_entries, decode_one, restore
from ingestd.intake.redact import Redact
from ingestd.intake.status_line import decode_status_line
from ingestd.pace import Pace
from shared.errors import ErrorDetail, Refusal
from shared.event import NewEvent

LARGE_BYTES: Final = 131_072
"""From here on a thread is worth its start: to search this much for secrets takes 0.3 ms, or 50 of
a text that is nothing but what looks like them."""


class Intake:
    """Turn bodies into events without secrets."""

    def __init__(self, counters: Counters, redact: Redact | None) -> None:
        self._counters = counters
        self._redact = redact

    async def one(self, body: bytes, sent: Sent) -> tuple[NewEvent, bool]:
        """Return the event of one object, and whether it came as an envelope; raise Refusal."""
        try:
            new, is_envelope = decode_one(body, sent)
        except Refusal as refusal:
            self.reject(refusal.detail)
            raise
        return await self.clean(new), is_envelope

    async def kept(self, columns: Columns, payload: bytes, sent: Sent) -> NewEvent:
        """Return an event that ingestd spooled itself; raise Refusal."""
        try:
            new = restore(columns, payload, sent)
        except Refusal as refusal:
            self.reject(refusal.detail)
            raise
        return await self.clean(new)

    async def batch(
        self, body: bytes, sent: Sent, pace: Pace, *, lines: bool
    ) -> tuple[list[NewEvent], list[Rejected]]:
        """Return the good entries of a batch and those that are not; raise Refusal if it broke."""
        good: list[NewEvent] = []
        rejected: list[Rejected] = []
        try:
            for entry in decode_entries(body, sent, lines=lines):
                if isinstance(entry, Rejected):
                    self.reject(entry.error)
                    rejected.append(entry)
                else:
                    good.append(await self.clean(entry))
                await pace.rest()
        except Refusal as refusal:
            self.reject(refusal.detail)
            raise
        return good, rejected

    async def status_line(self, body: bytes, sent: Sent) -> NewEvent:
        """Return the record of a status line; raise Refusal."""
        try:
            new = decode_status_line(body, sent)
        except Refusal as refusal:
            self.reject(refusal.detail)
            raise
        return await self.clean(new)

    async def clean(self, new: NewEvent) -> NewEvent:
        """Return the event without its secrets; a large one is searched beside the event loop."""
        if self._redact is None:
            return new
        if len(new.event.payload) < LARGE_BYTES:
            return self._redact(new)
        return await asyncio.to_thread(self._redact, new)

    def reject(self, detail: ErrorDetail) -> None:
        """Count and log what could not be taken."""
        self._counters.rejected[detail.code] += 1
        self._counters.complain("rejected an event: %s: %s", detail.code, detail.message)

    @property
    def redacted(self) -> Mapping[str, int]:
        """Return how many secrets were taken out, by kind."""
        return {} if self._redact is None else self._redact.counts
