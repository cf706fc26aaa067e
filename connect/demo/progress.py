"""Show a play's progress on a terminal, and its summary."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self, TextIO

if TYPE_CHECKING:
    from connect.demo.player import Player

INTERVAL_S = 0.2
CLEAR_LINE = "\r\x1b[K"


class PlayProgress:
    """One line that is rewritten, and removed at the end."""

    def __init__(self, player: Player, stream: TextIO) -> None:
        self._player = player
        self._stream = stream
        self._started_at = self._updated_at = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._write(CLEAR_LINE)

    def update(self) -> None:
        if time.monotonic() - self._updated_at >= INTERVAL_S:
            self._updated_at = time.monotonic()
            self._write(f"{CLEAR_LINE}{self.summary()}")

    def summary(self) -> str:
        seconds = time.monotonic() - self._started_at
        state, sessions = self._player.state, len(self._player.session_ids)
        rate = state.stored / max(seconds, 0.001)
        rejected = (
            f"; {state.rejected:,} rejected, last {state.last_rejection}" if state.rejected else ""
        )
        return (
            f"Played {state.stored:,} events of {sessions:,} sessions "
            f"in {seconds:.0f} s ({rate:.1f}/s){rejected}."
        )

    def _write(self, text: str) -> None:
        if self._stream.isatty():
            self._stream.write(text)
            self._stream.flush()
