"""Follow the stream with many clients, each of which reconnects after the last id that it saw."""

import asyncio
import threading
import time
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
            # HTTP/1.0: the answer comes without the lines that say how long each piece is.
            request = f"GET /stream?after={after} HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n"
            writer.write(request.encode())
            self.reconnects += 1
            message_id = b""
            while line := await reader.readline():
                if line.startswith(b"id: "):
                    message_id = line[4:]
                elif line == b"\n":
                    # Only now: a kill may end the connection in the middle of a message.
                    if message_id and (rowid := int(message_id)):
                        seen.append(rowid)
                    message_id = b""
        finally:
            writer.close()
