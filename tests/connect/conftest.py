"""Share what the demo's tests hold it to: the samples, the shapes they teach, a receiver."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from connect.settings import scripts
from tests.connect.claude import Claude, fake_scripts
from tests.connect.receiver import FakeIngestd
from tests.connect.shapes import Shapes, sample_bodies
from tests.running import free_ports

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def samples() -> list[dict[str, Any]]:
    """Give the bodies Claude Code really sent."""
    return sample_bodies()


@pytest.fixture(scope="session")
def shapes(samples: list[dict[str, Any]]) -> Shapes:
    """Give what those bodies teach."""
    return Shapes(samples)


@pytest.fixture
def server() -> Iterator[FakeIngestd]:
    """Run a server that takes events."""
    running = FakeIngestd()
    yield running
    running.close()


@pytest.fixture
def free_port() -> int:
    """Return a closed port."""
    return free_ports(1)[0]


@pytest.fixture
def claude(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Claude:
    """Return a user's home with Claude Code, and scripts that record their calls."""
    monkeypatch.setattr(scripts, "SOURCE", fake_scripts(tmp_path / "scripts"))
    return Claude(tmp_path)
