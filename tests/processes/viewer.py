"""Watch the stream as a browser does: when it ends, open it again after the last id seen."""

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from tests.running import wait_for
from tests.sse import EventStream, event_stream

RETRY_S: Final = 0.02


class Viewer:
    """Follow from the start of the log, in a thread of its own."""

    def __init__(self, port: int) -> None:
        self.ids: list[int] = []
        self.hellos: list[Any] = []
        self._port = port
        self._closed = threading.Event()
        self._stream: EventStream | None = None
        self._thread = threading.Thread(target=self._run, name="viewer")
        self._thread.start()

    def reaches(self, last_id: int) -> list[int]:
        """Wait until an id that high was seen; return every id seen so far."""
        wait_for(lambda: self.ids and self.ids[-1] >= last_id)
        return list(self.ids)

    def more(self, count: int) -> None:
        """Wait until that many more events were seen."""
        goal = len(self.ids) + count
        wait_for(lambda: len(self.ids) >= goal)

    def close(self) -> None:
        """Stop watching."""
        self._closed.set()
        if self._stream is not None:
            self._stream.hang_up()
        self._thread.join()

    def _run(self) -> None:
        while not self._closed.wait(RETRY_S):
            try:
                self._watch()
            except (OSError, http.client.HTTPException):
                continue  # queryd is away, or died in the middle of a message

    def _watch(self) -> None:
        place = str(self.ids[-1] if self.ids else 0)
        with event_stream(self._port, **{"Last-Event-ID": place}) as stream:
            self._stream = stream
            if self._closed.is_set():
                return
            for message in stream.messages():
                if message.name == "hello":
                    self.hellos.append(message.json())
                elif message.id is not None:
                    self.ids.append(int(message.id))


@contextmanager
def viewer(port: int) -> Iterator[Viewer]:
    """Watch until the block ends."""
    watching = Viewer(port)
    try:
        yield watching
    finally:
        watching.close()
