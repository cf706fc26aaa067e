"""Hold snippets to what they show: the words around a hit, with the hit marked."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queryd.search import snippets
from queryd.search.matching import matching
from queryd.search.query import TextQuery, parse
from queryd.search.snippets import HIGHLIGHT_END, HIGHLIGHT_START, Part, Snippet, snippets_of
from shared.event import Event
from shared.filter import EVERYTHING
from tests.queryd.search.strategies import EVENTS, GOOD_QUERIES
from tests.shared.events import unstored


def event(rowid: int, body: dict[str, Any], **fields: Any) -> Event:
    return unstored(id=rowid, payload=msgspec.json.encode(body), **fields)


def snippets_for(*events: Event, query: TextQuery) -> list[Snippet]:
    return snippets_of(events, [msgspec.json.decode(it.payload) for it in events], query)


def shown(query: str, body: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the field and the text of each snippet, hits in brackets."""
    return [
        (each.field, "".join(f"[{part.text}]" if part.hit else part.text for part in each.parts))
        for each in snippets_of([event(1, body)], [body], parse(query))
    ]


NPM = {"tool_input": {"command": "npm test -- Cart"}, "error": "Timeout in cart.ts, NPM gave up"}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (
            "cart",
            [("command", "npm test -- [Cart]"), ("error", "Timeout in [cart].ts, NPM gave up")],
        ),
        ("cart.ts", [("error", "Timeout in [cart.ts], NPM gave up")]),
        ("error:npm", [("error", "Timeout in cart.ts, [NPM] gave up")]),
        ("tim* -read", [("error", "[Timeout] in cart.ts, NPM gave up")]),
        ('"test cart"', [("command", "npm [test -- Cart]")]),
        ("npm type:odd", []),
        ("type:UserPromptSubmit", []),
        ("-read", []),
    ],
)
def test_a_snippet_shows_the_hit(query: str, expected: list[tuple[str, str]]) -> None:
    """A list of hits without them would have to be opened one by one."""
    assert shown(query, NPM) == expected


def test_a_snippet_is_a_list_of_parts_without_markup() -> None:
    """What Claude Code prints is drawn as text; HTML in it must stay text."""
    found = snippets_for(event(7, {"message": "<b>a</b> npm"}), query=parse("npm"))
    assert found == [Snippet(7, "other", [Part("<b>a</b> ", hit=False), Part("npm", hit=True)])]


def test_a_snippet_of_a_long_text_shows_the_text_around_the_hit() -> None:
    """An output is thousands of words."""
    text = f"{'before ' * 300}npm{' after' * 50}"
    ((field, found),) = shown("npm", {"message": text})
    assert field == "other"
    assert found.startswith("…before")
    assert found.endswith("after…")
    assert "[npm]" in found
    assert len(found.split()) == snippets.WORDS


def test_at_most_two_fields_are_shown() -> None:
    """Those with the most hits, in the order of the fields."""
    body = {"prompt": "npm", "error": "npm npm", "message": "npm npm"}
    assert [field for field, _ in shown("npm", body)] == ["error", "other"]


def test_marks_in_the_text_itself_are_not_hits() -> None:
    """Anything may stand in an output."""
    assert shown("npm", {"message": f"{HIGHLIGHT_START}a{HIGHLIGHT_END} npm"}) == [
        ("other", " a  [npm]")
    ]


def test_the_first_events_of_a_large_page_have_snippets(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page of a thousand must not cost a second."""
    monkeypatch.setattr(snippets, "SNIPPET_EVENTS", 2)
    found = snippets_for(
        *(event(rowid, {"prompt": "npm"}) for rowid in (9, 8, 7)), query=parse("npm")
    )
    assert [each.event_id for each in found] == [9, 8]


@given(events=st.lists(EVENTS, max_size=8), query=GOOD_QUERIES.map(parse))
@settings(max_examples=150, deadline=None)
def test_every_hit_of_a_word_is_shown(events: list[dict[str, Any]], query: TextQuery) -> None:
    """What a page lists, it can say why; and the parts are the text, nothing added."""
    found = matching(
        [unstored(id=place, **each) for place, each in enumerate(events, 1)], query, EVERYTHING
    )
    shown_snippets = snippets_for(*found, query=query)
    ids = [each.event_id for each in shown_snippets]
    assert ids == sorted(ids)
    if any(not each.startswith("meta") for each in query.required):
        assert set(ids) == {event.id for event in found}
    for each in shown_snippets:
        assert any(part.hit for part in each.parts)
        assert all(
            part.text and HIGHLIGHT_START not in part.text and HIGHLIGHT_END not in part.text
            for part in each.parts
        )
