"""Test where events wait."""

from pathlib import Path

import pytest

from shared.spool import folder_for


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("http://127.0.0.1:4000", "spool"),
        ("http://localhost:4100", "spool"),
        ("http://[::1]:4000", "spool"),
        ("http://10.1.2.3:4000", "spool-10.1.2.3-4000"),
        ("https://watch.example", "spool-watch.example"),
        ("http://[fd00::7]:4000", "spool--fd00--7--4000"),
    ],
)
def test_events_for_another_machine_wait_in_a_separate_folder(url: str, name: str) -> None:
    """The ingestd of this machine would store it in its own log, and no one would miss it there."""
    assert folder_for(Path("/d"), url) == Path("/d") / name
