"""Hold the progress line to what a terminal, and a file, can take."""

from __future__ import annotations

from io import StringIO

import pytest

from connect.demo import progress as show
from connect.demo.player import Player
from connect.demo.post import Ingestd
from connect.demo.progress import CLEAR, Show


class Screen(StringIO):
    """Stand for a terminal."""

    def isatty(self) -> bool:
        """Say yes."""
        return True


@pytest.fixture
def player() -> Player:
    """Give a player that has played something."""
    made = Player(Ingestd("http://127.0.0.1:9"), patience_seconds=0)
    made.tally.stored = 1234
    made.session_ids = {"a", "b"}
    return made


def test_on_a_terminal_one_line_is_rewritten_and_taken_away_at_the_end(
    player: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line an event would scroll everything else away."""
    monkeypatch.setattr(show, "SHOW_SECONDS", 0)
    screen = Screen()
    with Show(player, screen) as shown:
        shown.progress()
        shown.progress()
    first, second, last = screen.getvalue().split(CLEAR)[1:]
    assert first.startswith("Played 1,234 events of 2 sessions in 0 s (")
    assert second.startswith("Played 1,234 events of 2 sessions in 0 s (")
    assert last == ""
    assert "\n" not in screen.getvalue()


def test_into_a_file_no_progress_is_written(
    player: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A log full of control characters helps nobody."""
    monkeypatch.setattr(show, "SHOW_SECONDS", 0)
    written = StringIO()
    with Show(player, written) as shown:
        shown.progress()
    assert written.getvalue() == ""
