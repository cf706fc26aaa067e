"""Keep ingestd busy, as hooks do: each event has its own key and is sent until it is accepted."""

import http.client
import itertools
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from tests.running import wait_for

BATCH: Final = 3
BATCH_EVERY: Final = 5
PACE_S: Final = 0.002
"""Between two events of one sender: a flood would starve the daemon that is to start meanwhile."""


class EventSenders:
    """Post from several threads, each on a connection it keeps, until stopped."""

    def __init__(self, port: int, *, senders: int) -> None:
        self.acknowledged: list[str] = []
        self.refusals: list[tuple[int, bytes]] = []
        """Every answer but a 200."""
        self.closed_port = 0
        """How many connections were refused."""
        self._port = port
        self._enough = threading.Event()
        self._abandoned = threading.Event()
        self._threads = [
            threading.Thread(target=self._send, args=(sender,), name=f"sender {sender}")
            for sender in range(senders)
        ]
        for thread in self._threads:
            thread.start()

    def more(self, count: int) -> None:
        """Wait until that many more events are acknowledged."""
        goal = len(self.acknowledged) + count
        wait_for(lambda: len(self.acknowledged) >= goal)

    def finish(self) -> None:
        """Start no new event, and wait until every started one is acknowledged."""
        self._enough.set()
        self._join()

    def abandon(self) -> None:
        """Give up, whatever is still to be acknowledged."""
        self._abandoned.set()
        self._enough.set()
        self._join()

    def _join(self) -> None:
        for thread in self._threads:
            thread.join()

    def _send(self, sender: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=5)
        try:
            for count in itertools.count():
                if self._enough.wait(PACE_S):
                    return
                self._send_one(connection, f"{sender}-{count}", is_batch=count % BATCH_EVERY == 0)
        finally:
            connection.close()

    def _send_one(
        self, connection: http.client.HTTPConnection, key: str, *, is_batch: bool
    ) -> None:
        body = _batch(key) if is_batch else _hook_body(key)
        wait_for(lambda: self._abandoned.is_set() or self._post(connection, key, body))
        if not self._abandoned.is_set():
            keys = [f"{key}/{index}" for index in range(BATCH)] if is_batch else [key]
            self.acknowledged.extend(keys)

    def _post(self, connection: http.client.HTTPConnection, key: str, body: bytes) -> bool:
        try:
            connection.request("POST", "/events", body, {"X-Event-Id": key})
            response = connection.getresponse()
            answer = response.read()
        except (OSError, http.client.HTTPException) as error:
            self.closed_port += isinstance(error, ConnectionRefusedError)
            connection.close()  # ingestd is away; the next request connects anew
            return False
        if response.status == 200:
            return True
        self.refusals.append((response.status, answer))
        return False


@contextmanager
def event_load(port: int, *, senders: int = 4) -> Iterator[EventSenders]:
    """Post until the block ends; its threads end whatever happens."""
    posting = EventSenders(port, senders=senders)
    try:
        yield posting
    finally:
        posting.abandon()


def _hook_body(key: str) -> bytes:
    return json.dumps(_hook(key)).encode()


def _batch(key: str) -> bytes:
    return json.dumps([_hook(f"{key}/{index}") for index in range(BATCH)]).encode()


def _hook(key: str) -> dict[str, str]:
    return {"session_id": "load", "hook_event_name": "UserPromptSubmit", "prompt": key}
