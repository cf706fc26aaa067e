"""Do in the real Claude Code what no hook reports, and see the session's row.

Opt-in, as `test_real_client.py`: `HOOKWATCH_TEST_CLAUDE` names the program.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench.true_state.scenes import SCENES, Sessions, claude_home, play, play_in_background
from tests.connect.test_real_client import CLAUDE, pytestmark
from tests.running import hookwatch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.true_state.client import ClaudeHome

__all__ = ["pytestmark"]


@pytest.fixture
def client(tmp_path: Path) -> Iterator[tuple[ClaudeHome, Sessions]]:
    """Run both daemons, and a home of the client that is connected to them."""
    assert CLAUDE is not None
    config, data = tmp_path / "claude", tmp_path / "data"
    with (
        hookwatch(data) as running,
        claude_home(CLAUDE, config=config, data=data, ingest_port=running.ingestd.port) as home,
    ):
        yield home, Sessions(running.queryd.port)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("name", SCENES)
def test_a_session_shows_its_true_state(client: tuple[ClaudeHome, Sessions], name: str) -> None:
    """A status that stays wrong until the next prompt is worse than none."""
    home, sessions = client
    scene = SCENES[name]
    row = play(scene, home, sessions).row
    sources = {scene.source, "process"} if scene.status == "ended" else {scene.source}
    assert row["status"] == scene.status
    assert row["status_source"] in sources
    assert row["current_tool"] is None


@pytest.mark.timeout(240)
def test_a_background_session_shows_its_true_state(client: tuple[ClaudeHome, Sessions]) -> None:
    """It has no terminal: the page is where it is seen."""
    row = play_in_background(*client).row
    assert (row["status"], row["status_source"]) == ("done", "hook")
