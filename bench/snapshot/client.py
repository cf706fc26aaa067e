"""Send HTTP requests over one connection, and read the first messages of a stream."""

import http.client
import time
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

TIMEOUT_S: Final = 60.0


class SnapshotResponse(msgspec.Struct, frozen=True):
    """Hold one HTTP answer; the names of headers are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class SnapshotClient:
    """Own one connection to a daemon."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)

    def ask(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> SnapshotResponse:
        """Send a request and return the whole answer."""
        self._connection.request(method, path, body=body, headers=dict(headers or {}))
        response = self._connection.getresponse()
        content = response.read()
        if response.will_close:
            self._connection.close()  # opened again by the next request
        return SnapshotResponse(response.status, _headers(response), content)

    def stream(
        self, path: str, *, events: int, headers: Mapping[str, str] | None = None
    ) -> SnapshotResponse:
        """Return a stream's answer up to so many events, with its messages as a JSON array."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=TIMEOUT_S)
        try:
            connection.request("GET", path, headers=dict(headers or {}))
            response = connection.getresponse()
            if response.status != 200:
                return SnapshotResponse(response.status, _headers(response), response.read())
            messages = []
            end = time.monotonic() + TIMEOUT_S  # a stream that is alive never times out by itself
            for message in _messages(response):
                # When `recording` comes depends on the clock.
                if "data" in message and message.get("event") != "recording":
                    messages.append(message)
                events -= "event" not in message
                if events <= 0:
                    break
                if time.monotonic() > end:
                    raise TimeoutError(f"{path}: {events} events are missing")
            return SnapshotResponse(200, _headers(response), msgspec.json.encode(messages))
        finally:
            connection.close()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def _headers(response: http.client.HTTPResponse) -> dict[str, str]:
    return {name.lower(): value for name, value in response.getheaders()}


def _messages(response: http.client.HTTPResponse) -> Iterator[dict[str, Any]]:
    fields: dict[str, str] = {}
    while line := response.readline():
        text = line.decode().rstrip("\n")
        if text.startswith(":"):
            yield {"event": "keep-alive"}
        elif text:
            name, _, value = text.partition(":")
            value = value.removeprefix(" ")
            fields[name] = f"{fields[name]}\n{value}" if name in fields else value
        elif "data" in fields:
            yield {**fields, "data": _json(fields["data"])}
            fields = {}


def _json(text: str) -> Any:  # noqa: ANN401 - any JSON
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text
