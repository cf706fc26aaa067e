"""Show how far the play is: a line that is rewritten on a terminal, and the tally at the end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self, TextIO

if TYPE_CHECKING:
    from connect.demo.player import Player

SHOW_SECONDS = 0.2
CLEAR = "\r\x1b[K"


class Show:
    """Show a player's progress while inside, and leave a clean line behind."""

    def __init__(self, player: Player, screen: TextIO) -> None:
        """Begin to count the time."""
        self._player = player
        self._screen = screen
        self._began = self._shown = time.monotonic()

    def __enter__(self) -> Self:
        """Show nothing yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """Take the line away."""
        self._write(CLEAR)

    def progress(self) -> None:
        """Rewrite the line, not more often than an eye can follow."""
        if time.monotonic() - self._shown >= SHOW_SECONDS:
            self._shown = time.monotonic()
            self._write(f"{CLEAR}{self.line()}")

    def line(self) -> str:
        """Tell what was played so far."""
        seconds = time.monotonic() - self._began
        stored, sessions = self._player.tally.stored, len(self._player.session_ids)
        pace = stored / max(seconds, 0.001)
        played = f"{stored:,} events of {sessions:,} sessions in {seconds:.0f} s ({pace:.1f}/s)"
        return f"Played {played}{self._refusals()}."

    def _refusals(self) -> str:
        tally = self._player.tally
        return f"; {tally.refused:,} refused, last {tally.last_refusal}" if tally.refused else ""

    def _write(self, text: str) -> None:
        if self._screen.isatty():
            self._screen.write(text)
            self._screen.flush()
