"""Receive an export: decode it, store its events, answer by the specification.

In: a request to `/v1/logs`, `/v1/metrics` or `/v1/traces`. Out: the answer, once all accepted
events are on disk; or a Refusal, which `answers` encodes. An export that is to be retried may have
been stored in part: the events' ids make that harmless.

Hooks have priority: exports are decoded one at a time, in slices with rests, and stored in small
groups. An export is decoded completely before it is stored, so that a malformed one stores nothing.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from hashlib import blake2b
from typing import Final

import msgspec

from ingestd.counters import Counters
from ingestd.intake.body import inflate, read_body
from ingestd.intake.event_factory import LARGE_BYTES, EventFactory
from ingestd.log.commits import Commits, end_of_group
from ingestd.otlp.answers import JSON, PROTOBUF, Answer, accepted, content_type_of
from ingestd.otlp.events import OtlpEvent, events_of
from ingestd.otlp.export import Records, of_json_body, of_protobuf_body
from ingestd.otlp.message import MalformedError
from ingestd.otlp.signals import SIGNALS, Signal
from ingestd.pace import Pace
from shared.errors import ErrorDetail, Refusal
from shared.event import Event, NewEvent
from shared.guard import Receive

REASONS: Final = 3
"""Different reasons of rejection in an answer, at most."""


class Receiver:
    def __init__(
        self, factory: EventFactory, commits: Commits, counters: Counters, *, body_bytes: int
    ) -> None:
        self._factory = factory
        self._commits = commits
        self._counters = counters
        self._body_bytes = body_bytes
        self._decoding = asyncio.Lock()

    async def accept(self, path: str, headers: Mapping[bytes, bytes], receive: Receive) -> Answer:
        """Store an export and return the answer; raise Refusal."""
        signal, content_type = SIGNALS[path], content_type_of(headers)
        try:
            body = await self._body(content_type, headers, receive)
            decode = of_protobuf_body if content_type == PROTOBUF else of_json_body
            async with self._decoding:
                export = await self._read(signal, decode(signal, body))
                del body
                accepted_count = len(export.events)
                await self._store(export.events)
        except Refusal as refusal:
            raise self._retryable(refusal) from None
        self._counters.received[signal.kind] += accepted_count
        return accepted(signal, content_type, export.rejected, export.reason)

    async def _body(
        self, content_type: bytes, headers: Mapping[bytes, bytes], receive: Receive
    ) -> bytes | bytearray:
        if content_type not in {JSON, PROTOBUF}:
            expected = f"expected {JSON.decode()} or {PROTOBUF.decode()}"
            raise Refusal(415, "unsupported_type", expected, "Content-Type")
        encoding = headers.get(b"content-encoding", b"").strip().lower()
        if encoding not in {b"", b"identity", b"gzip"}:
            raise Refusal(415, "unsupported_encoding", "expected gzip or none", "Content-Encoding")
        body = await read_body(receive, limit_bytes=self._body_bytes)
        if encoding == b"gzip":
            return await inflate(body, limit_bytes=self._body_bytes)
        return body

    async def _read(self, signal: Signal, records: Records) -> "_DecodedExport":
        export = _DecodedExport()
        pace = Pace()
        for record in records:
            if record is None:
                await pace.rest()
                continue
            try:
                for converted in events_of(signal.kind, record):
                    if converted.stray_time:
                        self._counters.stray_time("otlp", f"{converted.at_ns} ns")
                    new = await self._factory.redact(NewEvent(event=converted.event))
                    export.add(new, await _digest(new.event, converted))
                    await pace.rest()
            except MalformedError as error:
                export.reject(str(error))
                self._factory.reject(ErrorDetail("invalid_record", str(error)))
            await pace.rest()
        if export.rejected and not export.events:
            raise Refusal(400, "invalid_record", export.reason)
        return export

    async def _store(self, events: list[NewEvent]) -> None:
        pace = Pace()
        while events:
            end = end_of_group(events, 0)
            await self._commits.append(events[:end])
            del events[:end]  # to free 50,000 events at once takes 10 ms
            await pace.rest()
            await self._commits.wait_for_checkpoint()

    def _retryable(self, refusal: Refusal) -> Refusal:
        """Count a refusal; turn our own errors into a 503, for exporters do not retry a 500."""
        detail = refusal.detail
        if refusal.status < 500:
            self._factory.reject(detail)
            return refusal
        return Refusal(503, detail.code, detail.message, detail.field)


class _DecodedExport:
    """Collect the events of an export, and why other records were rejected."""

    def __init__(self) -> None:
        self.events: list[NewEvent] = []
        self.rejected = 0
        self._reasons: list[str] = []
        self._repeats: Counter[bytes] = Counter()

    @property
    def reason(self) -> str:
        """Return why records were rejected."""
        return "; ".join(self._reasons)

    def add(self, new: NewEvent, digest: bytes) -> None:
        """Add an event, with an id that is the same in every retry of the export.

        Identical records of one export are numbered, so that each is stored.
        """
        repeat = self._repeats[digest]
        self._repeats[digest] += 1
        event_id = f"otlp:{digest.hex()}{f'/{repeat}' if repeat else ''}"
        self.events.append(msgspec.structs.replace(new, event_id=event_id))

    def reject(self, reason: str) -> None:
        self.rejected += 1
        if reason not in self._reasons and len(self._reasons) < REASONS:
            self._reasons.append(reason)


async def _digest(event: Event, converted: OtlpEvent) -> bytes:
    """Return a digest of the redacted event; that of a large one is computed in a thread."""
    identity = (event.session_id, event.hook_event_type, converted.at_ns, bytes(event.payload))
    if len(event.payload) < LARGE_BYTES:
        return _digest_of(identity)
    return await asyncio.to_thread(_digest_of, identity)


def _digest_of(identity: tuple[str, str, int, bytes]) -> bytes:
    return blake2b(msgspec.msgpack.encode(identity), digest_size=16).digest()
