"""Answer HTTP: POST of `/events`, `/status-line`, OTLP; GET of `/health`, `/metrics`, `/unsaved`.

In: ASGI requests that passed the guard. Out: answers; a hook body gets 200 and an empty body, for
anything else could change what Claude Code does. Left to the next: `intake` decodes and redacts
events, `commits` stores them; `otlp.receiver` handles exports.
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from pathlib import Path
from typing import Final, Literal
from urllib.parse import parse_qs

import msgspec

from ingestd.counters import Counters
from ingestd.intake.body import read_body
from ingestd.intake.decode import RejectedEntry, RequestMetadata, is_array, read_headers
from ingestd.intake.event_factory import EventFactory
from ingestd.intake.redact import Redact
from ingestd.log.commits import Commits
from ingestd.log.recovery import DamageState
from ingestd.metrics import prometheus
from ingestd.otlp import answers
from ingestd.otlp.receiver import Receiver
from ingestd.otlp.signals import SIGNALS
from ingestd.pace import Load, Pace
from ingestd.registry.watch import RegistryState
from shared import __version__
from shared.errors import Refusal
from shared.event import Event, to_json
from shared.files import size_bytes, wal_of
from shared.guard import App, Headers, Receive, Scope, Send, answer_refusal
from shared.process import Meter, ProcessState
from shared.spool import SpoolState, spool_state

UNSAVED_LIMIT: Final = 1_000
LARGE_BYTES: Final = 1024 * 1024
"""Larger batches are handled one at a time: decoded, each takes a multiple of its size."""
_EMPTY: Final[Headers] = [(b"content-length", b"0")]
_DIGITS: Final = re.compile("[0-9]{1,18}")

_LOG: Final = logging.getLogger(__name__)

Answer = tuple[int, bytes, bytes]
"""Status, content type, body."""


class IngestHealth(msgspec.Struct, frozen=True, kw_only=True):
    """Report the state of ingestd; `status` is `failing` while the log cannot be written."""

    status: Literal["ok", "failing"]
    version: str
    last_id: int
    events_per_second: float
    """Events stored, over the last ten seconds."""
    pending: int
    """Events held in memory because the log cannot be written."""
    db_bytes: int
    wal_bytes: int
    error: str | None
    process: ProcessState
    spool: SpoolState | None
    """Null where no spool is drained."""
    damage: DamageState | None = None
    """Null where the log is not checked."""
    registry: RegistryState | None = None
    """Null where Claude Code's registry of live processes is not watched."""


class UnsavedPage(msgspec.Struct, frozen=True):
    """List events held in memory, oldest first; the next page follows the last `unsaved_id`."""

    events: list[Event]


class BatchAnswer(msgspec.Struct, frozen=True):
    accepted: int
    duplicates: int
    rejected: list[RejectedEntry]


class IngestApp:
    """Serve ingestd's routes; plain ASGI, for a framework would add to the time of every hook."""

    def __init__(
        self,
        commits: Commits,
        counters: Counters,
        *,
        log_path: Path,
        body_bytes: int,
        redact: Redact | None,
        spool: Path | None = None,
        load: Load | None = None,
        damage: Callable[[], DamageState | None] = lambda: None,
        registry: Callable[[], RegistryState | None] = lambda: None,
    ) -> None:
        self._damage = damage
        self._registry = registry
        self._commits = commits
        self._counters = counters
        self._log_path = log_path
        self._body_bytes = body_bytes
        self._factory = EventFactory(counters, redact)
        self._spool = spool
        self._otlp = Receiver(self._factory, commits, counters, body_bytes=body_bytes)
        self._load = load or Load()
        self._large = asyncio.Lock()
        self._meter = Meter()
        self._routes: dict[str, dict[str, Callable[[Scope, Receive], Awaitable[Answer]]]] = {
            "/events": {"POST": self._events},
            "/status-line": {"POST": self._status_line},
            "/health": {"GET": self._health},
            "/metrics": {"GET": self._metrics},
            "/unsaved": {"GET": self._unsaved},
            **{path: {"POST": self._export} for path in SIGNALS},
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; refusals on OTLP routes have OTLP's error shape."""
        self._load.requests += 1
        try:
            status, content_type, body = await self._handler(scope)(scope, receive)
        except Refusal as refusal:
            await self._refuse(scope, send, refusal)
            return
        except Exception:  # the sender gets a 500, and the daemon runs on
            _LOG.exception("%s %s failed", scope["method"], scope["path"])
            await self._refuse(
                scope, send, Refusal(500, "internal", "internal error; see the log of ingestd")
            )
            return
        finally:
            self._load.requests -= 1
        await self._answer(send, (status, content_type, body))

    async def _refuse(self, scope: Scope, send: Send, refusal: Refusal) -> None:
        if scope["path"] in SIGNALS:
            content_type = answers.content_type_of(dict(scope["headers"]))
            retry = [(b"retry-after", b"1")] if refusal.status == 503 else []
            extra = [*refusal.headers, *retry]
            await self._answer(send, answers.refused(content_type, refusal), extra)
            return
        self._counters.requests[refusal.status] += 1
        await answer_refusal(send, refusal)

    async def _answer(self, send: Send, answer: Answer, extra: Headers | None = None) -> None:
        status, content_type, body = answer
        self._counters.requests[status] += 1
        if body or content_type or extra:
            headers = [(b"content-length", b"%d" % len(body)), *(extra or ())]
            if content_type:
                headers.append((b"content-type", content_type))
        else:
            headers = _EMPTY
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _handler(self, scope: Scope) -> Callable[[Scope, Receive], Awaitable[Answer]]:
        methods = self._routes.get(scope["path"])
        if methods is None:
            raise Refusal(404, "not_found", f"no such route: {scope['path']}")
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        if method not in methods:
            message = f"{scope['path']} takes {', '.join(methods)}"
            allow = ", ".join([*methods, "HEAD"] if "GET" in methods else methods)
            raise Refusal(405, "method_not_allowed", message, headers=[(b"allow", allow.encode())])
        return methods[method]

    async def _events(self, scope: Scope, receive: Receive) -> Answer:
        headers, body, metadata = await self._read(scope, receive)
        lines = headers.get(b"content-type", b"").lower().startswith(b"application/x-ndjson")
        if lines or is_array(body):
            return await self._batch(body, metadata, lines=lines)
        return await self._one(body, metadata)

    async def _status_line(self, scope: Scope, receive: Receive) -> Answer:
        _, body, metadata = await self._read(scope, receive)
        await self._commits.append([await self._factory.status_line(body, metadata)])
        return 200, b"", b""

    async def _read(
        self, scope: Scope, receive: Receive
    ) -> tuple[dict[bytes, bytes], bytes | bytearray, RequestMetadata]:
        headers = dict(scope["headers"])
        _refuse_encoded(headers)
        body = await read_body(receive, limit_bytes=self._body_bytes)
        metadata = read_headers(headers)
        if metadata.ignored:
            self._counters.ignored_headers += len(metadata.ignored)
            self._counters.warn("ignored invalid headers: %s", ", ".join(metadata.ignored))
        if metadata.stray_time is not None:
            self._counters.stray_time("header", metadata.stray_time)
        return headers, body, metadata

    async def _one(self, body: bytes | bytearray, metadata: RequestMetadata) -> Answer:
        new, is_envelope = await self._factory.one(body, metadata)
        stored = (await self._commits.append([new]))[0]
        if not is_envelope:
            return 200, b"", b""
        return 200, b"application/json", to_json(self._commits.stored_event(new, stored))

    async def _batch(
        self, body: bytes | bytearray, metadata: RequestMetadata, *, lines: bool
    ) -> Answer:
        pace = Pace(self._load)
        large = self._large if len(body) > LARGE_BYTES else nullcontext()
        with self._load.long_work():
            async with large:
                events, rejected = await self._factory.batch(body, metadata, pace, lines=lines)
                stored = await self._commits.append_batch(events, pace)
        duplicates = sum(item.duplicate for item in stored)
        answer = BatchAnswer(len(stored) - duplicates, duplicates, rejected)
        return 200, b"application/json", msgspec.json.encode(answer)

    async def _export(self, scope: Scope, receive: Receive) -> Answer:
        with self._load.long_work():
            return await self._otlp.accept(scope["path"], dict(scope["headers"]), receive)

    async def _health(self, _scope: Scope, _receive: Receive) -> Answer:
        failure = self._commits.failure
        health = IngestHealth(
            status="ok" if failure is None else "failing",
            version=__version__,
            last_id=self._commits.last_id,
            events_per_second=self._counters.events_per_second(),
            pending=self._commits.held_count,
            db_bytes=size_bytes(self._log_path),
            wal_bytes=size_bytes(wal_of(self._log_path)),
            error=failure,
            process=self._meter.state(),
            spool=self._spool_state(),
            damage=self._damage(),
            registry=self._registry(),
        )
        status = 200 if failure is None else 503
        return status, b"application/json", msgspec.json.encode(health)

    async def _metrics(self, _scope: Scope, _receive: Receive) -> Answer:
        text = prometheus(
            self._counters,
            self._commits,
            self._factory.redacted,
            spool=self._spool_state(),
            damage=self._damage(),
        )
        return 200, b"text/plain; version=0.0.4; charset=utf-8", text

    def _spool_state(self) -> SpoolState | None:
        return None if self._spool is None else spool_state(self._spool)

    async def _unsaved(self, scope: Scope, _receive: Receive) -> Answer:
        events = self._commits.held_after(_after(scope), limit=UNSAVED_LIMIT)
        return 200, b"application/json", msgspec.json.encode(UnsavedPage(events))


def _refuse_encoded(headers: Mapping[bytes, bytes]) -> None:
    encoding = headers.get(b"content-encoding", b"identity").strip().lower()
    if encoding != b"identity":
        raise Refusal(
            415,
            "unsupported_encoding",
            f"send the body without Content-Encoding {encoding.decode('latin-1')}",
            "Content-Encoding",
        )


def _after(scope: Scope) -> int:
    """Return the query parameter `after`, an `unsaved_id`; 0 by default."""
    given = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    values = given.pop("after", ["0"])
    for name in given:
        raise Refusal(400, "unknown_parameter", f"{name}: no such parameter", name)
    if len(values) > 1:
        reason = f"after: expected one value, got {len(values)}"
        raise Refusal(400, "invalid_field", reason, "after")
    if not _DIGITS.fullmatch(values[0]):
        raise Refusal(400, "invalid_field", "after: expected a whole number", "after")
    return int(values[0])


def with_lifespan(app: App, running: Callable[[], AbstractAsyncContextManager[None]]) -> App:
    """Run an async context manager from the server's start to its stop, around an ASGI app."""

    async def with_context(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await app(scope, receive, send)
            return
        await receive()
        async with running():
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

    return with_context
