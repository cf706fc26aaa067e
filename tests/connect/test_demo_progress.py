"""Hold the progress line to what a terminal, and a file, can take."""

from __future__ import annotations

from io import StringIO

import pytest

from connect.demo import progress
from connect.demo.account import Account
from connect.demo.player import Player
from connect.demo.progress import CLEAR_LINE, PlayProgress
from connect.demo.usage import UsageMeter
from connect.http import Daemon


class Screen(StringIO):
    """Stand for a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def player() -> Player:
    """Give a player that has played something."""
    made = Player(Daemon("http://127.0.0.1:9"), UsageMeter(Account()), retry_for_s=0)
    made.state.stored = 1234
    made.session_ids = {"a", "b"}
    return made


def test_on_a_terminal_one_line_is_rewritten_and_erased_at_the_end(
    player: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line an event would scroll everything else away."""
    monkeypatch.setattr(progress, "INTERVAL_S", 0)
    screen = Screen()
    with PlayProgress(player, screen) as shown:
        shown.update()
        shown.update()
    first, second, last = screen.getvalue().split(CLEAR_LINE)[1:]
    assert first.startswith("Played 1,234 events of 2 sessions in 0 s (")
    assert second.startswith("Played 1,234 events of 2 sessions in 0 s (")
    assert last == ""
    assert "\n" not in screen.getvalue()


def test_into_a_file_no_progress_is_written(
    player: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control characters do not belong in a log."""
    monkeypatch.setattr(progress, "INTERVAL_S", 0)
    written = StringIO()
    with PlayProgress(player, written) as shown:
        shown.update()
    assert written.getvalue() == ""
