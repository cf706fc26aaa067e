"""Show where a query was found: a few words around each hit, and which of them are the hit.

In: events that a query found. Out: parts of their texts, hits told from the rest; no markup.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from queryd.search.query import Query
from queryd.search.text import COLUMNS, FIELDS, definition, row_of
from queryd.store.payload import decode
from queryd.store.store import Database
from shared.event import Event

SNIPPED: Final = 200
"""Events of a page that get snippets, the newest: each costs 60 to 150 us."""
FIELDS_AN_EVENT: Final = 2
WORDS: Final = 20
BEGIN: Final = "\ufdd0"
END: Final = "\ufdd1"
"""Noncharacters, which no text is meant to hold; taken out of those that do."""


class Part(msgspec.Struct, frozen=True):
    """Hold a piece of a text; `hit` when it is what was searched for."""

    text: str
    hit: bool


class Snippet(msgspec.Struct, frozen=True):
    """Show a query's hits in one text of an event; `field` is also a field of queries."""

    event_id: int
    field: str
    parts: Sequence[Part]


def snippets_of(events: Sequence[Event], query: Query) -> list[Snippet]:
    """Return snippets of the first `SNIPPED` events, in their order; none of a query of no text."""
    if not any(not each.startswith("meta :") for each in query.wanted):
        return []
    shown = events[:SNIPPED]
    database = Database.in_memory()
    try:
        database.run(definition("shown"))
        with database.transaction():
            database.run_many(
                _INSERT, [(place, *_row_of(each)) for place, each in enumerate(shown)]
            )
        found = database.fetch(_SNIPPETS, {"query": query.expression()})
    finally:
        database.close()
    return [
        Snippet(shown[place].id or 0, field, _parts(text))
        for place, *texts in found
        for field, text in _best(texts)
    ]


def _row_of(event: Event) -> tuple[str, ...]:
    row = row_of(event, decode(bytes(event.payload)))
    return tuple([text if text.isascii() else text.translate(_UNMARKED) for text in row])


def _best(texts: Sequence[str | None]) -> Iterator[tuple[str, str]]:
    """Yield the fields with the most hits, in their order."""
    hit = [
        (field, text) for field, text in zip(FIELDS, texts, strict=True) if text and BEGIN in text
    ]
    kept = sorted(hit, key=lambda each: -each[1].count(BEGIN))[:FIELDS_AN_EVENT]
    yield from (each for each in hit if each in kept)


def _parts(text: str) -> list[Part]:
    """Cut a marked text at its marks."""
    before, *rest = text.split(BEGIN)
    pieces = [(before, False)]
    for each in rest:
        hit, _, after = each.partition(END)
        pieces += [(hit, True), (after, False)]
    return [Part(piece, is_hit) for piece, is_hit in pieces if piece]


_UNMARKED: Final = {ord(BEGIN): " ", ord(END): " "}
_INSERT: Final = f"INSERT INTO shown (rowid, {', '.join(COLUMNS)}) VALUES (?{', ?' * len(COLUMNS)})"
_EACH: Final = ", ".join(
    f"CASE WHEN {field} <> '' THEN snippet(shown, {place}, '{BEGIN}', '{END}', '…', {WORDS}) END"
    for place, field in enumerate(COLUMNS)
    if field in FIELDS
)
_SNIPPETS: Final = f"SELECT rowid, {_EACH} FROM shown WHERE shown MATCH :query ORDER BY rowid"
