"""Frame events as server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html.

An event is encoded once, where it is read; all streams then send the same bytes.
"""

from collections.abc import Iterator, Sequence
from typing import Final, Literal

import msgspec

from queryd.search.text import Row, row_of
from queryd.store.fact import AskState
from queryd.store.payload import decode
from queryd.summaries.asks import OPEN
from queryd.summaries.clip import WHOLE_BYTES
from queryd.summaries.event_line import event_line
from queryd.summaries.preview import preview
from shared.event import Event, to_json

KEEP_ALIVE: Final = b": keep-alive\n\n"
RETRY: Final = b"retry: 1000\n\n"
BATCH_EVENTS: Final = 500
BATCH_BYTES: Final = 256 * 1024
"""A page parses a message at once, and must not stop for that."""

FieldSet = Literal["all", "line"]


class EventFormat(msgspec.Struct, frozen=True):
    """How a client receives events: whole or as lines, one a message or all of a wake."""

    fields: FieldSet = "all"
    batch: bool = False


FULL: Final = EventFormat()


class Frame(msgspec.Struct, frozen=True):
    event: Event
    """With its summary, and its payload clipped if it is large."""
    json: bytes
    """The event, on one line."""
    line: bytes
    """Its `EventLine` as JSON."""
    searchable: Event | Row
    """The event as stored; only its searchable text if it is large."""

    @property
    def data(self) -> bytes:
        """Return the message of the whole event."""
        return _message(self.event, self.json)

    @property
    def size(self) -> int:
        return len(self.json) + len(self.line)

    def as_json(self, fields: FieldSet) -> bytes:
        return self.line if fields == "line" else self.json


def frame(event: Event, ask: AskState | None = OPEN) -> Frame:
    payload = decode(bytes(event.payload))
    shown = preview(event, payload, ask)
    # Text is extracted for a search only; that of a large event now, before its payload is dropped.
    searchable = event if len(event.payload) <= WHOLE_BYTES else row_of(event, payload)
    line = _ENCODER.encode(event_line(shown, payload, ask))
    return Frame(shown, _one_line(to_json(shown)), line, searchable)


def messages(frames: Sequence[Frame], event_format: EventFormat) -> bytes:
    """Return the messages of events, which are all saved or all unsaved, oldest first."""
    if not event_format.batch:
        return b"".join([_message(it.event, it.as_json(event_format.fields)) for it in frames])
    return b"".join(
        [
            _message(
                part[-1].event, b"[%s]" % b",".join(it.as_json(event_format.fields) for it in part)
            )
            for part in _batches(frames, event_format.fields)
        ]
    )


def message(name: str, body: msgspec.Struct) -> bytes:
    """Frame a named message; it has no id, so the client resumes from the event before it."""
    return b"event: %s\ndata: %s\n\n" % (name.encode(), msgspec.json.encode(body))


def _message(last: Event, text: bytes) -> bytes:
    # The rowid is the message's id, from which a client resumes.
    if last.id is None:
        return b"event: unsaved\ndata: %s\n\n" % text
    return b"id: %d\ndata: %s\n\n" % (last.id, text)


def _batches(frames: Sequence[Frame], fields: FieldSet) -> Iterator[Sequence[Frame]]:
    start, size = 0, 0
    for end, each in enumerate(frames):
        length = len(each.as_json(fields))
        if end > start and (size + length > BATCH_BYTES or end - start == BATCH_EVENTS):
            yield frames[start:end]
            start, size = end, 0
        size += length
    if frames:
        yield frames[start:]


def _one_line(text: bytes) -> bytes:
    # JSON allows line breaks between its tokens; each would end the field.
    return text.replace(b"\r", b" ").replace(b"\n", b" ")


_ENCODER: Final = msgspec.json.Encoder()
