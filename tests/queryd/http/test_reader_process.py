"""Test how requests are shared between two processes; here both ends run in one."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from queryd.http.reader_process import ReaderProcess, ReaderProcessEndedError, answer_all
from shared.guard import Message, Receive, Scope, Send
from tests.shared.asgi import ask

HOST = [("host", "localhost")]


class Echo:
    """An app that answers with its name and the request; it may be held."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.free = asyncio.Event()
        self.free.set()
        self.count = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.count += 1
        await receive()
        await self.free.wait()
        if scope["path"] == "/api/broken":
            raise RuntimeError("broken")
        text = f"{self.name} {scope['method']} {scope['path']} {scope['query_string'].decode()}"
        start: Message = {"type": "http.response.start", "status": 203, "headers": [(b"a", b"b")]}
        await send(start)
        await send({"type": "http.response.body", "body": text.encode(), "more_body": True})
        await send({"type": "http.response.body", "body": b"."})


@asynccontextmanager
async def two_processes() -> AsyncIterator[tuple[ReaderProcess, Echo, Echo, asyncio.Task[None]]]:
    """Return the middleware, the app here and the app there, and what takes the answers."""
    here, there = Echo("here"), Echo("there")
    ours, theirs = socket.socketpair()
    process = ReaderProcess(here)
    process.attach(ours)
    serving = asyncio.create_task(answer_all(there, theirs))
    running = asyncio.create_task(process.run())
    try:
        while not process.is_connected:  # noqa: ASYNC110 - it sets no event
            await asyncio.sleep(0)
        yield process, here, there, running
    finally:
        for task in (running, serving):
            task.cancel()
        await asyncio.wait([running, serving])


def test_a_read_is_answered_as_the_other_app_does() -> None:
    """Status, headers, body and query come back whole."""

    async def run() -> None:
        async with two_processes() as (process, here, _, _):
            answer = await ask(process, "GET", "/api/usage", headers=HOST, query="by=model&a=%20")
            assert (answer.status, answer.headers) == (203, [(b"a", b"b")])
            assert answer.body == b"there GET /api/usage by=model&a=%20."
            assert here.count == 0

    asyncio.run(run())


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/api/sign-in"), ("GET", "/api/health"), ("GET", "/stream"), ("GET", "/")],
)
def test_what_only_this_process_knows_stays_here(method: str, path: str) -> None:
    """Streams, the fold's state and codes of a sign-in are in one process."""

    async def run() -> None:
        async with two_processes() as (process, _, there, _):
            answer = await ask(process, method, path, headers=HOST)
            assert answer.body.startswith(b"here")
            assert there.count == 0

    asyncio.run(run())


def test_requests_at_once_are_shared() -> None:
    """This process folds too, so it takes every third."""

    async def run() -> None:
        async with two_processes() as (process, here, there, _):
            here.free.clear()
            there.free.clear()
            asking = [
                asyncio.create_task(ask(process, "GET", f"/api/{it}", headers=HOST))
                for it in range(9)
            ]
            while here.count + there.count < 9:  # noqa: ASYNC110 - it sets no event
                await asyncio.sleep(0)
            assert (here.count, there.count) == (3, 6)
            here.free.set()
            there.free.set()
            bodies = {answer.body.split()[2] for answer in await asyncio.gather(*asking)}
            assert bodies == {f"/api/{it}".encode() for it in range(9)}

    asyncio.run(run())


def test_a_failed_answer_is_a_500() -> None:
    """A request without an answer would wait for ever."""

    async def run() -> None:
        async with two_processes() as (process, _, _, _):
            assert (await ask(process, "GET", "/api/broken", headers=HOST)).status == 500
            assert (await ask(process, "GET", "/api/usage", headers=HOST)).status == 203

    asyncio.run(run())


def test_the_end_of_the_process_is_an_error() -> None:
    """Queryd ends with this reason, and whatever runs it starts it again with both processes."""

    async def run() -> None:
        ours, theirs = socket.socketpair()
        process = ReaderProcess(Echo("here"))
        process.attach(ours)
        theirs.close()
        with pytest.raises(ReaderProcessEndedError):
            await process.run()
        assert (await ask(process, "GET", "/api/usage", headers=HOST)).body.startswith(b"here")

    asyncio.run(run())
