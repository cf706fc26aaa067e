"""Build events from what was sent: decode them, and redact their secrets.

In: the bytes of events, posted or spooled, and their metadata. Out: events to be stored, or a
Refusal, counted and logged. Left to the next: `commits` stores them.
"""

import asyncio
from collections.abc import Mapping
from typing import Final

from ingestd.counters import Counters
from ingestd.intake.decode import (
    Columns,
    RejectedEntry,
    RequestMetadata,
    decode_entries,
    decode_one,
    restore_spooled,
)
from ingestd.intake.redact import Redact
from ingestd.intake.status_line import decode_status_line
from ingestd.pace import Pace
from shared.errors import ErrorDetail, Refusal
from shared.event import NewEvent

LARGE_BYTES: Final = 131_072
"""Larger payloads are searched for secrets in a thread: this much takes 0.3 ms, or 50 ms where all
of it resembles secrets."""


class EventFactory:
    def __init__(self, counters: Counters, redact: Redact | None) -> None:
        self._counters = counters
        self._redact = redact

    async def one(
        self, body: bytes | bytearray, metadata: RequestMetadata
    ) -> tuple[NewEvent, bool]:
        """Return the event of one object, and whether it came as an envelope; raise Refusal."""
        try:
            new, is_envelope = decode_one(body, metadata)
        except Refusal as refusal:
            self.reject(refusal.detail)
            raise
        return await self.redact(new), is_envelope

    async def spooled(
        self, columns: Columns, payload: bytes, metadata: RequestMetadata
    ) -> NewEvent:
        """Return an event that ingestd spooled itself; raise Refusal."""
        try:
            new = restore_spooled(columns, payload, metadata)
        except Refusal as refusal:
            self.reject(refusal.detail)
            raise
        return await self.redact(new)

    async def batch(
        self, body: bytes | bytearray, metadata: RequestMetadata, pace: Pace, *, lines: bool
    ) -> tuple[list[NewEvent], list[RejectedEntry]]:
        """Return the valid and the invalid entries of a batch; raise Refusal if it is malformed."""
        valid: list[NewEvent] = []
        rejected: list[RejectedEntry] = []
        try:
            for entry in decode_entries(body, metadata, lines=lines):
                if isinstance(entry, RejectedEntry):
                    self.reject(entry.error)
                    rejected.append(entry)
                else:
                    valid.append(await self.redact(entry))
                await pace.rest()
        except Refusal as refusal:
            self.reject(refusal.detail)
            raise
        return valid, rejected

    async def status_line(self, body: bytes | bytearray, metadata: RequestMetadata) -> NewEvent:
        try:
            new = decode_status_line(body, metadata)
        except Refusal as refusal:
            self.reject(refusal.detail)
            raise
        return await self.redact(new)

    async def redact(self, new: NewEvent) -> NewEvent:
        """Return the event without its secrets; a large one is searched in a thread."""
        if self._redact is None:
            return new
        if len(new.event.payload) < LARGE_BYTES:
            return self._redact(new)
        return await asyncio.to_thread(self._redact, new)

    def reject(self, detail: ErrorDetail) -> None:
        self._counters.rejected[detail.code] += 1
        self._counters.warn("rejected an event: %s: %s", detail.code, detail.message)

    @property
    def redacted(self) -> Mapping[str, int]:
        """Return how many secrets were replaced, by kind."""
        return {} if self._redact is None else self._redact.counts
