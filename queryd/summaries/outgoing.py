"""Make an event ready to leave queryd: say in words what happened, clip a large payload.

In: an event of the log, or one that ingestd holds. Out: the same with its `summary` filled and, but
for the answer about one event alone, its payload of a size that a page can hold.
"""

import msgspec

from queryd.store.payload import decode
from queryd.summaries.clip import clip
from queryd.summaries.read import fields
from queryd.summaries.summary import summary_of
from shared.event import Event


def outgoing(event: Event) -> Event:
    """Return the event as lists and streams show it; the words are those of the whole payload."""
    payload = decode(bytes(event.payload))
    return clip(_in_words(event, payload), payload)


def outgoing_whole(event: Event) -> Event:
    """Return the event with all of its payload."""
    return _in_words(event, decode(bytes(event.payload)))


def _in_words(event: Event, payload: object) -> Event:
    return msgspec.structs.replace(event, summary=summary_of(event, fields(payload)))
