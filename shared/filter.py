"""Select events: the same filter for a page of the log, a replay and the live stream.

In: a request's filter. Out: SQL for the log, a predicate for an event. A property test compares the
two.
"""

from collections.abc import Iterator

import msgspec

from shared.event import Event


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """Hold the accepted values of each field; within a field any may match, across fields all must.

    An empty tuple and None accept any value. Times are ms since the epoch: `since` and `until`
    are both included.
    """

    session_id: tuple[str, ...] = ()
    event_type: tuple[str, ...] = ()
    tool_name: tuple[str, ...] = ()
    source_app: tuple[str, ...] = ()
    agent_id: tuple[str, ...] = ()
    since: int | None = None
    until: int | None = None

    def matches(self, event: Event) -> bool:
        if self.since is not None and event.timestamp < self.since:
            return False
        if self.until is not None and event.timestamp > self.until:
            return False
        return all(getattr(event, column) in accepted for column, accepted in self._lists())

    def where(self) -> tuple[str, list[str | int]]:
        """Return an SQL condition and the values of its parameters.

        It uses no index, so that rows are always read in the order of their rowids: with an index
        SQLite sorts every match, payloads included, before it returns the first. The caller limits
        the range of rowids.
        """
        conditions = ["TRUE"]
        values: list[str | int] = []
        for column, accepted in self._lists():
            conditions.append(f"+{column} IN ({', '.join('?' * len(accepted))})")
            values.extend(accepted)
        for condition, bound in (("+timestamp >= ?", self.since), ("+timestamp <= ?", self.until)):
            if bound is not None:
                conditions.append(condition)
                values.append(bound)
        return " AND ".join(conditions), values

    def _lists(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        for column, accepted in (
            ("session_id", self.session_id),
            ("hook_event_type", self.event_type),
            ("tool_name", self.tool_name),
            ("source_app", self.source_app),
            ("agent_id", self.agent_id),
        ):
            if accepted:
                yield column, accepted


EVERYTHING = Filter()
