"""Follow the stream with many clients, each of which reconnects after the last id that it saw."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Final, Self

LINE_BYTES: Final = 64 * 1024 * 1024
RETRY_S: Final = 0.05


class Followers:
    """Follow while inside, in a thread of their own; `seen` has every id of each, in order."""

    def __init__(self, port: int, clients: int) -> None:
        self.seen: list[list[int]] = [[] for _ in range(clients)]
        self.reconnects = -clients
        self._port = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        """Start to follow."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Hang up."""
        self._loop.call_soon_threadsafe(self._all.cancel)
        self._thread.join()

    def reach(self, last_id: int, seconds: float) -> bool:
        """Wait until every client has seen an id; return False if one has not in time."""
        end = time.monotonic() + seconds
        while any(not seen or seen[-1] < last_id for seen in self.seen):
            if time.monotonic() > end:
                return False
            time.sleep(RETRY_S)
        return True

    def _run(self) -> None:
        self._all = self._loop.create_task(self._follow_all())
        with suppress(asyncio.CancelledError):
            self._loop.run_until_complete(self._all)
        self._loop.close()

    async def _follow_all(self) -> None:
        async with asyncio.TaskGroup() as group:
            for seen in self.seen:
                group.create_task(self._follow(seen))

    async def _follow(self, seen: list[int]) -> None:
        while True:
            with suppress(OSError, asyncio.IncompleteReadError):
                await self._read(seen)
            await asyncio.sleep(RETRY_S)

    async def _read(self, seen: list[int]) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port, limit=LINE_BYTES)
        try:
            after = seen[-1] if seen else 0
            request = f"GET /stream?after={after} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
            writer.write(request.encode())
            self.reconnects += 1
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200 "):
                return  # the log cannot be read at the moment
            async for message in _messages(reader):
                ids = [int(it[4:]) for it in message.split(b"\n") if it.startswith(b"id: ")]
                seen += [rowid for rowid in ids if rowid > 0]  # a `hello` of a new log has 0
        finally:
            writer.close()


async def _messages(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """Yield the complete messages: a chunk may end within one, and so may the connection."""
    rest = b""
    while size := await reader.readline():
        chunk = await reader.readexactly(int(size, 16) + 2)
        *messages, rest = (rest + chunk[:-2]).split(b"\n\n")
        for message in messages:
            yield message
