"""Take an export: read it, store its events, answer as OTLP says.

In: a request to `/v1/logs`, `/v1/metrics` or `/v1/traces`. Out: the answer, once all that was taken
is on disk; or a Refusal, which `answers` writes. An export that is told to come again may have been
stored in part: the events' ids make that harmless.

Hooks come first: exports are read one after the other, in slices with rests between, and stored in
small groups. Reading all of an export before storing any of it keeps a broken one out whole.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import Final

import msgspec

from ingestd.counters import Counters
from ingestd.intake.body import read_bytes
from ingestd.intake.inflate import inflate
from ingestd.intake.intake import Intake
from ingestd.log.commits import Commits
from ingestd.otlp.answers import JSON, PROTOBUF, Answer, content_type_of, taken
from ingestd.otlp.events import Made, events_of
from ingestd.otlp.export import Record, of_json_body, of_protobuf_body
from ingestd.otlp.message import MalformedError
from ingestd.otlp.signals import SIGNALS, Signal
from ingestd.pace import Pace
from shared.errors import ErrorDetail, Refusal
from shared.event import NewEvent
from shared.guard import Receive

GROUP_EVENTS: Final = 32
"""Stored together: a commit of these takes about as long as a slice."""
REASONS: Final = 3
"""How many reasons of refusal an answer names."""


class Receiver:
    """Take exports, one at a time."""

    def __init__(
        self, intake: Intake, commits: Commits, counters: Counters, *, body_bytes: int
    ) -> None:
        self._intake = intake
        self._commits = commits
        self._counters = counters
        self._body_bytes = body_bytes
        self._turn = asyncio.Lock()

    async def take(self, path: str, headers: Mapping[bytes, bytes], receive: Receive) -> Answer:
        """Store an export and return the answer; raise Refusal."""
        signal, content_type = SIGNALS[path], content_type_of(headers)
        try:
            body = await self._body(content_type, headers, receive)
            read = of_protobuf_body if content_type == PROTOBUF else of_json_body
            async with self._turn:
                found = await self._read(signal, read(signal, body))
                await self._store(found.events)
        except Refusal as refusal:
            raise self._explained(refusal) from None
        self._counters.received[signal.kind] += len(found.events)
        return taken(signal, content_type, found.rejected, found.reason)

    async def _body(
        self, content_type: bytes, headers: Mapping[bytes, bytes], receive: Receive
    ) -> bytes:
        if content_type not in {JSON, PROTOBUF}:
            expected = f"expected {JSON.decode()} or {PROTOBUF.decode()}"
            raise Refusal(415, "unsupported_type", expected, "Content-Type")
        encoding = headers.get(b"content-encoding", b"").strip().lower()
        if encoding not in {b"", b"identity", b"gzip"}:
            raise Refusal(415, "unsupported_encoding", "expected gzip or none", "Content-Encoding")
        body = await read_bytes(receive, limit_bytes=self._body_bytes)
        if encoding == b"gzip":
            return await inflate(body, limit_bytes=self._body_bytes)
        return body

    async def _read(self, signal: Signal, records: Iterator[Record]) -> "_Found":
        found = _Found()
        pace = Pace()
        for record in records:
            try:
                for made in events_of(signal.kind, record):
                    if made.stray_time:
                        self._counters.stray_time("otlp", f"{made.at_ns} ns")
                    found.add(await self._intake.clean(NewEvent(event=made.event)), made)
                    await pace.rest()
            except MalformedError as error:
                found.reject(str(error))
                self._intake.reject(ErrorDetail("invalid_record", str(error)))
            await pace.rest()
        if found.rejected and not found.events:
            raise Refusal(400, "invalid_record", found.reason)
        return found

    async def _store(self, events: list[NewEvent]) -> None:
        pace = Pace()
        for start in range(0, len(events), GROUP_EVENTS):
            await self._commits.append(events[start : start + GROUP_EVENTS])
            await pace.rest()

    def _explained(self, refusal: Refusal) -> Refusal:
        """Count a refusal; let one that is our fault come again, for OTLP gives up at a 500."""
        detail = refusal.detail
        if refusal.status < 500:
            self._intake.reject(detail)
            return refusal
        return Refusal(503, detail.code, detail.message, detail.field)


class _Found:
    """Collect what is to be stored of an export, and why the rest is not."""

    def __init__(self) -> None:
        self.events: list[NewEvent] = []
        self.rejected = 0
        self._reasons: list[str] = []
        self._alike: Counter[bytes] = Counter()

    @property
    def reason(self) -> str:
        """Return why something was refused, in a few words."""
        return "; ".join(self._reasons)

    def add(self, new: NewEvent, made: Made) -> None:
        """Take an event, with an id that is the same whenever the export comes again.

        It is made of what is stored, and not of the secrets taken out of it. Of records that look
        alike in one export, each counts.
        """
        event = new.event
        told = (event.session_id, event.hook_event_type, made.at_ns, bytes(event.payload))
        digest = blake2b(msgspec.msgpack.encode(told), digest_size=16).digest()
        again = self._alike[digest]
        self._alike[digest] += 1
        event_id = f"otlp:{digest.hex()}{f'/{again}' if again else ''}"
        self.events.append(msgspec.structs.replace(new, event_id=event_id))

    def reject(self, reason: str) -> None:
        """Count what was refused."""
        self.rejected += 1
        if reason not in self._reasons and len(self._reasons) < REASONS:
            self._reasons.append(reason)
