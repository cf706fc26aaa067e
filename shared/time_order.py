"""Order events by when they happened; of the same time, by id."""

from collections.abc import Iterable
from typing import Final, NamedTuple


class EventPosition(NamedTuple):
    """The place of an event in the order of time."""

    at: int
    """`timestamp`, ms."""
    id: int


EARLIEST: Final = EventPosition(-1, 0)
LATEST: Final = EventPosition(2**62, 0)


class TimeWindow(NamedTuple):
    """The positions between two others, both excluded, from one end to the other."""

    after: EventPosition = EARLIEST
    before: EventPosition = LATEST
    forward: bool = False
    """From the oldest on, instead of from the newest back."""

    def has(self, position: EventPosition) -> bool:
        return self.after < position < self.before

    def past(self, position: EventPosition) -> "TimeWindow":
        """Return the part past a position."""
        return self._replace(after=position) if self.forward else self._replace(before=position)

    def at(self, time: int) -> EventPosition:
        """Return the position that the events of a time and those past it lie past."""
        return EventPosition(time, 0) if self.forward else EventPosition(time + 1, 0)

    def precedes(self, position: EventPosition, time: int) -> bool:
        """Return whether a position comes before all of a time."""
        return position.at < time if self.forward else position.at > time

    def ordered(self, positions: Iterable[EventPosition]) -> list[EventPosition]:
        return sorted(positions, reverse=not self.forward)
