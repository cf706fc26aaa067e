"""Give each module one running system: its tests read, or write under names of their own."""

from collections.abc import Iterator

import pytest

from tests.running import Hookwatch, hookwatch


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hookwatch]:
    """Run both daemons over an empty folder."""
    with hookwatch(tmp_path_factory.mktemp("api") / "data") as running:
        yield running
