"""Send one request after the other over one connection, and time each."""

import http.client
import time
from typing import Any, Final

import msgspec

TIMEOUT_S: Final = 60.0


class TimedResponse(msgspec.Struct, frozen=True):
    """Hold one response; without a connection the status is 0 and the body is the error."""

    status: int
    body: bytes
    took_s: float

    def json(self) -> Any:  # noqa: ANN401 - an answer holds anything
        """Return the body's JSON."""
        return msgspec.json.decode(self.body)


class TimedClient:
    """Own one connection, opened anew whenever the other side closed it."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)

    def get(self, path: str) -> TimedResponse:
        """GET a path."""
        started = time.perf_counter()
        try:
            self._connection.request("GET", path)
            response = self._connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            return TimedResponse(0, repr(error).encode(), time.perf_counter() - started)
        return TimedResponse(response.status, body, time.perf_counter() - started)

    def close(self) -> None:
        """Close the connection; the next request opens it again."""
        self._connection.close()
