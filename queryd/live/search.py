"""Select what a search finds among frames that streams are about to send.

In: frames and a query. Out: those that it finds.
"""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from queryd.live.frame import Frame
from queryd.search.matching import Matcher
from queryd.search.query import ALL, Query
from queryd.search.text import Row, row_of
from queryd.store.payload import decode

BATCHES: Final = 8
"""Batches whose answers are kept: streams that are level ask about one and the same."""


class LiveSearch:
    """Select frames for the streams: a batch's texts are read once, each query asked once."""

    def __init__(self) -> None:
        self._matcher: Matcher | None = None
        self._loaded: Sequence[Frame] = ()
        self._batches: OrderedDict[tuple[int, ...], tuple[Sequence[Frame], _Hits]] = OrderedDict()

    def select(self, frames: Sequence[Frame], query: Query) -> list[Frame]:
        """Return the frames of the events that a query finds, in their order."""
        if query == ALL or not frames:
            return list(frames)
        hits = self._hits_of(frames)
        found = hits.get(query)
        if found is None:
            found = hits[query] = self._ask(frames, query)
        return [frame for place, frame in enumerate(frames) if place in found]

    def _hits_of(self, frames: Sequence[Frame]) -> "_Hits":
        """Return what is known of a batch; it is kept, so its objects' ids stay theirs."""
        key = tuple(map(id, frames))
        _, hits = self._batches.setdefault(key, (frames, {}))
        self._batches.move_to_end(key)
        if len(self._batches) > BATCHES:
            self._batches.popitem(last=False)
        return hits

    def _ask(self, frames: Sequence[Frame], query: Query) -> set[int]:
        if self._matcher is None:
            self._matcher = Matcher()
        if list(map(id, self._loaded)) != list(map(id, frames)):
            self._loaded = ()  # in case loading fails
            self._matcher.load(_row_of_frame(frame) for frame in frames)
            self._loaded = frames
        return self._matcher.hits(query)


_Hits = dict[Query, set[int]]


def _row_of_frame(frame: Frame) -> Row:
    if isinstance(frame.searched, tuple):
        return frame.searched
    return row_of(frame.searched, decode(bytes(frame.searched.payload)))
