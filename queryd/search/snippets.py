"""Extract snippets: a few words around each match of a query, the match marked."""

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from queryd.search.query import TextQuery
from queryd.search.text import COLUMNS, FIELDS, definition, row_of
from queryd.store.store import Database
from shared.event import Event

SNIPPET_EVENTS: Final = 200
"""Only the newest events of a page get snippets: each costs 60 to 150 us."""
FIELDS_AN_EVENT: Final = 2
WORDS: Final = 20
HIGHLIGHT_START: Final = "\ufdd0"
HIGHLIGHT_END: Final = "\ufdd1"
"""Noncharacters, which mark a match; removed from texts that contain them."""


class Part(msgspec.Struct, frozen=True):
    """A piece of a text; `hit` if it is a match."""

    text: str
    hit: bool


class Snippet(msgspec.Struct, frozen=True):
    """The matches in one text of an event; `field` is also a field of queries."""

    event_id: int
    field: str
    parts: Sequence[Part]


def snippets_of(
    events: Sequence[Event], payloads: Sequence[object], query: TextQuery
) -> list[Snippet]:
    """Return the snippets of the first events; none for a query without text.

    `payloads` are those of the events, decoded.
    """
    if not any(not each.startswith("meta :") for each in query.required):
        return []
    shown = events[:SNIPPET_EVENTS]
    both = zip(shown, payloads[:SNIPPET_EVENTS], strict=True)
    rows: list[tuple[int | str, ...]] = [
        (place, *_row_of(event, payload)) for place, (event, payload) in enumerate(both)
    ]
    database = Database.in_memory()
    try:
        database.run(definition("shown"))
        with database.transaction():
            database.run_many(_INSERT, rows)
        found = database.fetch(_SNIPPETS, {"query": query.expression()})
    finally:
        database.close()
    return [
        Snippet(shown[place].id or 0, field, _parts(text))
        for place, *texts in found
        for field, text in _best(texts)
    ]


def _row_of(event: Event, payload: object) -> tuple[str, ...]:
    row = row_of(event, payload)
    # `translate` takes 3,000 times as long for a text with other letters than ASCII.
    return tuple([it.replace(HIGHLIGHT_START, " ").replace(HIGHLIGHT_END, " ") for it in row])


def _best(texts: Sequence[str | None]) -> Iterator[tuple[str, str]]:
    """Yield the fields with the most matches, in their order."""
    hit = [
        (field, text)
        for field, text in zip(FIELDS, texts, strict=True)
        if text and HIGHLIGHT_START in text
    ]
    best = sorted(hit, key=lambda each: -each[1].count(HIGHLIGHT_START))[:FIELDS_AN_EVENT]
    yield from (each for each in hit if each in best)


def _parts(text: str) -> list[Part]:
    before, *rest = text.split(HIGHLIGHT_START)
    pieces = [(before, False)]
    for each in rest:
        hit, _, after = each.partition(HIGHLIGHT_END)
        pieces += [(hit, True), (after, False)]
    return [Part(piece, is_hit) for piece, is_hit in pieces if piece]


_INSERT: Final = f"INSERT INTO shown (rowid, {', '.join(COLUMNS)}) VALUES (?{', ?' * len(COLUMNS)})"
_EACH: Final = ", ".join(
    f"CASE WHEN {field} <> '' THEN"
    f" snippet(shown, {place}, '{HIGHLIGHT_START}', '{HIGHLIGHT_END}', '…', {WORDS}) END"
    for place, field in enumerate(COLUMNS)
    if field in FIELDS
)
_SNIPPETS: Final = f"SELECT rowid, {_EACH} FROM shown WHERE shown MATCH :query ORDER BY rowid"
