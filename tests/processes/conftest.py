"""Give tests that change nothing one running system to share."""

from collections.abc import Iterator

import pytest

from tests.running import Hookwatch, hookwatch


@pytest.fixture(scope="module")
def both_for_reading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hookwatch]:
    """Run both daemons once for a module."""
    with hookwatch(tmp_path_factory.mktemp("shared") / "data") as running:
        yield running
