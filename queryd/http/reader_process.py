"""Answer requests in a second process, so that reads use another core than the fold and streams.

The process is forked before this one starts any thread: both have the same code, settings and
prices. It gets requests over a socket, has no port of its own, and ends with its parent, even one
that was killed. The API's routes read only the log and the views, so both give the same answers.
"""

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

import msgspec
import uvloop

from shared.guard import App, Message, Receive, Scope, Send

SHARE: Final = 2
"""How many requests the process has for each one in this process, which also folds."""
OWN: Final = frozenset({"/api/health"})
"""What only this process knows."""
STREAMED: Final = "/export"
"""The end of paths whose answers are streamed: the process sends answers whole."""
_LENGTH_BYTES: Final = 4

_LOG: Final = logging.getLogger(__name__)

Headers = Sequence[tuple[bytes, bytes]]


class ReaderProcessEndedError(Exception):
    """Report that the process has ended by itself."""


class _Request(msgspec.Struct, frozen=True, array_like=True):
    id: int
    method: str
    path: str
    raw_path: bytes
    query_string: bytes
    headers: Headers

    def scope(self) -> dict[str, Any]:
        """Return the request as an ASGI scope."""
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "scheme": "http",
            "root_path": "",
            "client": None,
            "server": None,
            "method": self.method,
            "path": self.path,
            "raw_path": self.raw_path,
            "query_string": self.query_string,
            "headers": list(self.headers),
        }


class _Response(msgspec.Struct, frozen=True, array_like=True):
    id: int
    status: int
    headers: Headers
    body: bytes


class ReaderProcess:
    """ASGI middleware that lets the process answer most requests to the API."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._socket: socket.socket | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._waiting: dict[int, asyncio.Future[_Response]] = {}
        self._here = 0
        """How many requests this process is answering."""
        self._newest = 0

    def fork(self, *, close: Sequence[socket.socket | None]) -> None:
        """Start the process, which closes these sockets; call it before any thread has started."""
        ours, theirs = socket.socketpair()
        if os.fork():
            theirs.close()
            self.attach(ours)
            return
        status = 1
        try:
            for each in (ours, *close):
                if each is not None:
                    each.close()
            _serve(self._app, theirs)
            status = 0
        finally:
            os._exit(status)  # without the parent's cleanup, and without waiting for reads

    def attach(self, connection: socket.socket) -> None:
        """Use the process at the other end of a connection, which is in `answer_all`."""
        self._socket = connection

    @property
    def is_connected(self) -> bool:
        """Return whether requests may go to the process."""
        return self._writer is not None

    async def run(self) -> None:
        """Take the answers; raise ReaderProcessEndedError at the end of the process."""
        if self._socket is None:
            await asyncio.Event().wait()
        reader, self._writer = await asyncio.open_unix_connection(sock=self._socket)
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                while True:
                    response = _decode_response(await _read_frame(reader))
                    if (waiting := self._waiting.pop(response.id, None)) is not None:
                        waiting.set_result(response)
            raise ReaderProcessEndedError("it was killed, or could not continue")
        finally:
            self._writer.close()
            self._writer = None
            for waiting in self._waiting.values():
                waiting.cancel()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _is_read(scope):
            await self._app(scope, receive, send)
            return
        writer = self._writer
        if writer is None or len(self._waiting) >= SHARE * (self._here + 1):
            self._here += 1
            try:
                await self._app(scope, receive, send)
            finally:
                self._here -= 1
            return
        response = await self._ask(scope, writer)
        await send(
            {
                "type": "http.response.start",
                "status": response.status,
                "headers": list(response.headers),
            }
        )
        await send({"type": "http.response.body", "body": response.body})

    async def _ask(self, scope: Scope, writer: asyncio.StreamWriter) -> _Response:
        self._newest += 1
        path = scope["path"]
        request = _Request(
            self._newest,
            scope["method"],
            path,
            scope.get("raw_path") or path.encode(),
            scope["query_string"],
            scope["headers"],
        )
        waiting: asyncio.Future[_Response] = asyncio.get_running_loop().create_future()
        self._waiting[request.id] = waiting
        try:
            writer.write(_frame(request))
            return await waiting
        finally:
            self._waiting.pop(request.id, None)


def _is_read(scope: Scope) -> bool:
    return (
        scope["type"] == "http"
        and scope["method"] in {"GET", "HEAD"}
        and scope["path"].startswith("/api/")
        and scope["path"] not in OWN
        and not scope["path"].endswith(STREAMED)
    )


def _serve(app: App, connection: socket.socket) -> None:
    for stop in (signal.SIGTERM, signal.SIGINT):
        # A terminal and a service manager signal both processes; the parent answers first.
        signal.signal(stop, signal.SIG_IGN)
    uvloop.run(answer_all(app, connection))


async def answer_all(app: App, connection: socket.socket) -> None:
    """Answer requests with an app until the other end is closed."""
    reader, writer = await asyncio.open_unix_connection(sock=connection)
    running = set[asyncio.Task[None]]()
    try:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                request = _decode_request(await _read_frame(reader))
                task = asyncio.create_task(_answer(app, request, writer))
                running.add(task)
                task.add_done_callback(running.discard)
    finally:
        for task in running:
            task.cancel()
        writer.close()


async def _answer(app: App, request: _Request, writer: asyncio.StreamWriter) -> None:
    status, headers, body = 500, [], b""

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status, headers, body
        if message["type"] == "http.response.start":
            status, headers = message["status"], list(message["headers"])
        else:
            body += message.get("body", b"")

    try:
        await app(request.scope(), receive, send)
    except Exception:
        _LOG.exception("%s: no answer", request.path)
    writer.write(_frame(_Response(request.id, status, headers, body)))


async def _read_frame(reader: asyncio.StreamReader) -> bytes:
    length = int.from_bytes(await reader.readexactly(_LENGTH_BYTES))
    return await reader.readexactly(length)


def _frame(message: _Request | _Response) -> bytes:
    body = _ENCODER.encode(message)
    return len(body).to_bytes(_LENGTH_BYTES) + body


_ENCODER: Final = msgspec.msgpack.Encoder()
_decode_request: Final = msgspec.msgpack.Decoder(_Request).decode
_decode_response: Final = msgspec.msgpack.Decoder(_Response).decode
