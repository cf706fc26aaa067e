"""Send to all clients that wait for news in one pass, not by a task switch for each.

A client whose connection takes no more leaves the pass: its own task waits for the connection and
then catches up alone, so that it holds no other client and has one chunk in memory.
"""

import asyncio
from collections.abc import Callable, Coroutine, Generator
from typing import Any, Final

from queryd.live.selection import Position, Selection

CHUNK_BYTES: Final = 256 * 1024
"""The most to send at once: more would only grow a slow client's buffer."""

Push = Callable[[bytes], Coroutine[Any, Any, None]]
"""Send bytes to a client; it waits while the connection takes no more."""


class Client:
    """A client and its position; without `push` its own task sends everything."""

    def __init__(self, selection: Selection, position: Position, push: Push | None) -> None:
        self.selection = selection
        self.position = position
        self.push = push


class Delivery:
    """Hold the clients that have been sent everything."""

    def __init__(self) -> None:
        self._waiting: dict[Client, asyncio.Future[_Started | None]] = {}

    async def until_behind(self, client: Client) -> None:
        """Wait until the client's own task must send to it; until then `send` does."""
        woken: asyncio.Future[_Started | None] = asyncio.get_running_loop().create_future()
        self._waiting[client] = woken
        try:
            started = await woken
        finally:
            self._waiting.pop(client, None)
        if started is not None:
            await started

    def send(self, head: Position) -> None:
        """Send every waiting client what is new; wake the task of each that needs it."""
        for client in [*self._waiting]:
            try:
                is_sent, started = _send(client, head)
            except Exception:  # its own task tries again, and raises it
                is_sent, started = False, None
            if not is_sent:
                self._wake(client, started)

    def wake_all(self) -> None:
        """Wake every client's own task."""
        for client in [*self._waiting]:
            self._wake(client)

    def _wake(self, client: Client, started: "_Started | None" = None) -> None:
        woken = self._waiting.pop(client)
        if not woken.done():
            woken.set_result(started)


class _Started:
    """A coroutine that ran up to its first wait; awaiting it runs the rest.

    As an eager task of Python 3.12.
    """

    def __init__(self, running: Coroutine[Any, Any, None]) -> None:
        self._running = running
        self.is_done = False
        try:
            self._waits_for = running.send(None)
        except StopIteration:
            self.is_done = True

    def __await__(self) -> Generator[Any, Any, None]:
        waits_for = self._waits_for
        while True:
            try:
                try:
                    value = yield waits_for
                except BaseException as error:
                    waits_for = self._running.throw(error)
                else:
                    waits_for = self._running.send(value)
            except StopIteration:
                return


def _send(client: Client, head: Position) -> tuple[bool, _Started | None]:
    """Return whether the client has been sent everything, and a send that still waits."""
    if client.push is None or client.position.generation != head.generation:
        return client.position == head, None
    step = client.selection.advance(client.position, head)
    if step is None or len(step[1]) > CHUNK_BYTES:
        return False, None
    position, chunk = step
    if chunk:
        started = _Started(client.push(chunk))
        client.position = position
        if not started.is_done:
            return False, started
    client.position = position
    return position == head, None
