"""Match frames against the text queries of streams."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from queryd.live.frame import Frame
from queryd.search.matching import Matcher
from queryd.search.query import ALL, TextQuery
from queryd.search.text import Row, row_of
from queryd.store.payload import decode

BATCHES: Final = 8
"""How many batches have cached results: streams that are up to date all match the same one."""


class LiveSearch:
    """Match frames for all streams: index a batch once, and run each query on it once."""

    def __init__(self) -> None:
        self._matcher: Matcher | None = None
        self._loaded: Sequence[Frame] = ()
        self._batches: OrderedDict[tuple[int, ...], tuple[Sequence[Frame], _Hits]] = OrderedDict()

    def select(self, frames: Sequence[Frame], query: TextQuery) -> list[Frame]:
        """Return the frames whose events match a query, in their order."""
        if query == ALL or not frames:
            return list(frames)
        hits = self._hits_of(frames)
        places = hits.get(query)
        if places is None:
            places = hits[query] = self._match(frames, query)
        return [frame for place, frame in enumerate(frames) if place in places]

    def _hits_of(self, frames: Sequence[Frame]) -> "_Hits":
        """Return the cached results of a batch."""
        # The cache keeps the frames, so that no other object gets the id of one.
        key = tuple(map(id, frames))
        _, hits = self._batches.setdefault(key, (frames, {}))
        self._batches.move_to_end(key)
        if len(self._batches) > BATCHES:
            self._batches.popitem(last=False)
        return hits

    def _match(self, frames: Sequence[Frame], query: TextQuery) -> set[int]:
        if self._matcher is None:
            self._matcher = Matcher()
        if list(map(id, self._loaded)) != list(map(id, frames)):
            self._loaded = ()  # in case loading fails
            self._matcher.load(_row_of_frame(frame) for frame in frames)
            self._loaded = frames
        return self._matcher.hits(query)


_Hits = dict[TextQuery, set[int]]


def _row_of_frame(frame: Frame) -> Row:
    if isinstance(frame.searchable, tuple):
        return frame.searchable
    return row_of(frame.searchable, decode(bytes(frame.searchable.payload)))
