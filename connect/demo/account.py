"""The limits of the account that all sessions share: a window of five hours, and a week."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connect.demo.bodies import Body

HOUR_MS = 3_600_000


class LimitWindow:
    """A limit that starts with the first use and is full at a cost; use before it may be given."""

    def __init__(self, length_ms: int, full_usd: float, used_percent: float) -> None:
        self._length_ms = length_ms
        self._full_usd = full_usd
        self._used_percent = used_percent
        self._resets_at_ms = 0

    def spend(self, usd: float, at_ms: int) -> None:
        if at_ms >= self._resets_at_ms:
            is_first = self._resets_at_ms == 0
            hour_ms = at_ms // HOUR_MS * HOUR_MS
            # A window with earlier use has started before.
            elapsed_ms = self._length_ms // 2 if is_first and self._used_percent else 0
            self._resets_at_ms = hour_ms - elapsed_ms + self._length_ms
            self._used_percent = self._used_percent if is_first else 0.0
        self._used_percent = min(99.0, self._used_percent + 100 * usd / self._full_usd)

    def figures(self) -> Body:
        return {
            "used_percentage": round(self._used_percent, 1),
            "resets_at": self._resets_at_ms // 1000,
        }


class Account:
    """The limits; `used_percent` of the five hours and of the week are used at the start."""

    def __init__(self, *, used_percent: tuple[float, float] = (0.0, 0.0)) -> None:
        five_hours, week = used_percent
        self._windows = {
            "five_hour": LimitWindow(5 * HOUR_MS, FIVE_HOURS_USD, five_hours),
            "seven_day": LimitWindow(7 * 24 * HOUR_MS, WEEK_USD, week),
        }

    def spend(self, usd: float, at_ms: int) -> None:
        for window in self._windows.values():
            window.spend(usd, at_ms)

    def rate_limits(self) -> Body:
        return {name: window.figures() for name, window in self._windows.items()}


FIVE_HOURS_USD = 75.0
WEEK_USD = 600.0
