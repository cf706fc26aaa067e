"""Frame events as server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html.

An event is framed once, where it is read; all streams then send the same bytes.
"""

from typing import Final

import msgspec

from queryd.search.text import Row, row_of
from queryd.store.payload import decode
from queryd.summaries.clip import WHOLE_BYTES
from queryd.summaries.preview import preview
from shared.event import Event, to_json

KEEP_ALIVE: Final = b": keep-alive\n\n"
RETRY: Final = b"retry: 1000\n\n"


class Frame(msgspec.Struct, frozen=True):
    event: Event
    """With its summary, and its payload clipped if it is large."""
    data: bytes
    searchable: Event | Row
    """The event as stored; only its searchable text if it is large."""


def frame(event: Event) -> Frame:
    payload = decode(bytes(event.payload))
    shown = preview(event, payload)
    # The rowid is the message's id, from which a client resumes.
    name = b"event: unsaved\n" if shown.id is None else b"id: %d\n" % shown.id
    # Text is extracted for a search only; that of a large event now, before its payload is dropped.
    searchable = event if len(event.payload) <= WHOLE_BYTES else row_of(event, payload)
    return Frame(shown, name + _data(to_json(shown)), searchable)


def message(name: str, body: msgspec.Struct) -> bytes:
    """Frame a named message; it has no id, so the client resumes from the event before it."""
    return b"event: " + name.encode() + b"\n" + _data(msgspec.json.encode(body))


def _data(text: bytes) -> bytes:
    # JSON allows line breaks between its tokens; each would end the field.
    lines = text.replace(b"\r", b"\n").split(b"\n")
    return b"".join(b"data: " + line + b"\n" for line in lines) + b"\n"
