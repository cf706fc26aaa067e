"""Parse server-sent events by the rules of the standard, and nothing but those.

https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

BREAK = re.compile("\r\n|\r|\n")


class Message(msgspec.Struct, frozen=True):
    """Hold one message; `last_id` is that of the stream, `id` the message's own if it has one."""

    name: str
    data: str
    last_id: str
    id: str | None

    def json(self) -> Any:
        """Return the data's JSON."""
        return json.loads(self.data)


class Dispatched(msgspec.Struct, frozen=True):
    """Hold what a browser hands to the page."""

    name: str
    data: str
    last_id: str


def dispatched(stream: bytes) -> list[Dispatched]:
    """Return every message of a stream."""
    lines = BREAK.split(stream.decode("utf-8", "replace").removeprefix("\ufeff"))
    return [Dispatched(it.name, it.data, it.last_id) for it in parse_lines(lines)]


def parse_lines(lines: Iterable[str]) -> Iterator[Message]:
    """Yield each message as soon as its last line has come."""
    last_id, own_id, name, data = "", None, "", ""
    for line in lines:
        if line == "":
            if data:
                yield Message(name or "message", data.removesuffix("\n"), last_id, own_id)
            own_id, name, data = None, "", ""
            continue
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            name = value
        elif field == "data":
            data += value + "\n"
        elif field == "id" and "\0" not in value:
            last_id = own_id = value
