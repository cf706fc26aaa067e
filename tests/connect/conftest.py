"""Share what the demo's tests hold it to: the samples, the shapes they teach, a receiver."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from tests.connect.receiver import Receiver
from tests.connect.shapes import Shapes, sample_bodies

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def samples() -> list[dict[str, Any]]:
    """Give the bodies Claude Code really sent."""
    return sample_bodies()


@pytest.fixture(scope="session")
def shapes(samples: list[dict[str, Any]]) -> Shapes:
    """Give what those bodies teach."""
    return Shapes(samples)


@pytest.fixture
def server() -> Iterator[Receiver]:
    """Run a server that takes events."""
    running = Receiver()
    yield running
    running.close()


@pytest.fixture
def free_port() -> int:
    """Give a port nobody listens on."""
    listening = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    listening.server_close()
    return listening.server_port
