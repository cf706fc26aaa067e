"""Parse server-sent events by the rules of the standard, and nothing but those.

https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
"""

import re

import msgspec

BREAK = re.compile("\r\n|\r|\n")


class Dispatched(msgspec.Struct, frozen=True):
    """Hold what a browser hands to the page."""

    name: str
    data: str
    last_id: str


def dispatched(stream: bytes) -> list[Dispatched]:
    """Return every message of a stream."""
    found: list[Dispatched] = []
    last_id, name, data = "", "", ""
    for line in BREAK.split(stream.decode("utf-8", "replace").removeprefix("\ufeff")):
        if line == "":
            if data:
                found.append(Dispatched(name or "message", data.removesuffix("\n"), last_id))
            name, data = "", ""
            continue
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            name = value
        elif field == "data":
            data += value + "\n"
        elif field == "id" and "\0" not in value:
            last_id = value
    return found
