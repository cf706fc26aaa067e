"""Write server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html.

In: an event of the log. Out: the bytes every client that wants it is sent.
"""

from typing import Final

import msgspec

from queryd.search.text import Row, row_of
from queryd.store.payload import decode
from queryd.summaries.clip import WHOLE_BYTES
from queryd.summaries.outgoing import outgoing
from shared.event import Event, to_json

KEEP_ALIVE: Final = b": keep-alive\n\n"
RETRY: Final = b"retry: 1000\n\n"


class Frame(msgspec.Struct, frozen=True):
    """Hold an event and, made once for all clients, the bytes it is on the stream."""

    event: Event
    data: bytes
    searched: Event | Row
    """The event as the log has it; of a large one, which is not held, what is searched of it."""


def frame(event: Event) -> Frame:
    """Frame an event; its rowid is the frame's id, so that a client can go on after it."""
    sent = outgoing(event)
    name = b"event: unsaved\n" if sent.id is None else b"id: %d\n" % sent.id
    return Frame(sent, name + _data(to_json(sent)), _searched(event))


def message(name: str, body: msgspec.Struct) -> bytes:
    """Frame a named message; it has no id, so it leaves a client's place alone."""
    return b"event: " + name.encode() + b"\n" + _data(msgspec.json.encode(body))


def _searched(event: Event) -> Event | Row:
    """Return what `Frame.searched` holds: the small ones need no look before somebody searches."""
    if len(event.payload) <= WHOLE_BYTES:
        return event
    return row_of(event, decode(bytes(event.payload)))


def _data(text: bytes) -> bytes:
    """Write a data field: a line break, which JSON allows between its tokens, would end it."""
    lines = text.replace(b"\r", b"\n").split(b"\n")
    return b"".join(b"data: " + line + b"\n" for line in lines) + b"\n"
