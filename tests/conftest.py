"""Give tests the running system."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import Hookwatch, hookwatch

# What the developer's own Hookwatch, Claude Code or network is set up with is not what is tested.
for _name in list(os.environ):
    _is_ours = _name.startswith("HOOKWATCH_") and not _name.startswith("HOOKWATCH_TEST_")
    if _is_ours or _name.startswith("CLAUDE") or _name.lower().endswith("_proxy"):
        del os.environ[_name]


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


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hookwatch]:
    """Run both daemons over one folder for all tests of a module."""
    with hookwatch(tmp_path_factory.mktemp("served") / "data") as running:
        yield running
