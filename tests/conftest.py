"""Give tests the running system."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import Hookwatch, hookwatch


@pytest.fixture
def both(tmp_path: Path) -> Iterator[Hookwatch]:
    """Run both daemons over an empty folder."""
    with hookwatch(tmp_path / "data") as running:
        yield running


@pytest.fixture
def ingest_only(tmp_path: Path) -> Iterator[Hookwatch]:
    """Run ingestd alone over an empty folder."""
    with hookwatch(tmp_path / "data", "ingestd") as running:
        yield running
