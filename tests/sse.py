"""Read a stream of server-sent events off a socket, as a browser would, or slower."""

import http.client
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from unittest.mock import ANY

from queryd.http.static_site import build_name
from shared import __version__
from tests.running import DEADLINE_S
from tests.sse_parser import Message, parse_lines


def hello(*, last_id: int, after: int, log: Any = ANY) -> dict[str, Any]:
    """Return the data of a stream's first message; by default of any log."""
    return {
        "version": __version__,
        "last_id": last_id,
        "after": after,
        "build": build_name(),
        "log": log,
    }


class EventStream:
    """Hold one open stream."""

    def __init__(self, port: int, path: str, headers: dict[str, str]) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE_S)
        self._connection.request("GET", path, headers=headers)
        self._response = self._connection.getresponse()
        self.status = self._response.status
        self.headers = {name.lower(): value for name, value in self._response.getheaders()}

    def messages(self) -> Iterator[Message]:
        """Yield messages until the stream ends."""
        return parse_lines(self._lines())

    def events(self, count: int) -> list[dict[str, Any]]:
        """Return the next events, whatever messages stand between them."""
        found: list[dict[str, Any]] = []
        if count:
            for message in self.messages():
                if message.name == "message":
                    found.append({**message.json(), "stream_id": message.id})
                if len(found) == count:
                    break
        return found

    def hang_up(self) -> None:
        """Shut the connection down while another thread reads it; `close` comes later."""
        if self._connection.sock is not None:
            with suppress(OSError):
                self._connection.sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _lines(self) -> Iterator[str]:
        while line := self._response.readline():
            yield line.decode().rstrip("\n")


@contextmanager
def event_stream(port: int, path: str = "/stream", **headers: str) -> Iterator[EventStream]:
    """Open a stream; it is closed at the end whatever happens."""
    stream = EventStream(port, path, headers)
    try:
        yield stream
    finally:
        stream.close()
