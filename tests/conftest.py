"""Give tests the running system."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.running import Hookwatch, hookwatch

# What the developer's own Hookwatch, Claude Code or network is set up with is not what is tested.
for _name in list(os.environ):
    _is_ours = _name.startswith("HOOKWATCH_") and not _name.startswith("HOOKWATCH_TEST_")
    if _is_ours or _name.startswith("CLAUDE") or _name.lower().endswith("_proxy"):
        del os.environ[_name]

IN_MEMORY: Final = Path("/dev/shm")
NEEDED_BYTES: Final = 4 << 30


def pytest_configure() -> None:
    """Keep the tests' files in memory where there is room: no test cuts the machine's power.

    On a disk each sync of the daemons' files costs CPU and a wait, and protects nothing.
    """
    if "PYTEST_DEBUG_TEMPROOT" in os.environ or not IN_MEMORY.is_dir():
        return
    if os.access(IN_MEMORY, os.W_OK) and shutil.disk_usage(IN_MEMORY).free >= NEEDED_BYTES:
        os.environ["PYTEST_DEBUG_TEMPROOT"] = str(IN_MEMORY)


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
