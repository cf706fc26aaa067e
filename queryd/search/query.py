"""Parse a search and translate it for FTS5: `npm "not term" src/* -tool:Read error:timeout`.

    word           events with this word, ignoring case and accents; all words must match
    "some words"   exact phrase
    pre*           prefix; also of the last word of a phrase: "some wor"*
    -anything      events without it (two dashes are no minus: --force is a word)
    field:value    in one text (prompt, command, path, output, error, answer, other), or an exact
                   value (tool, session, type, project, agent), which may end in `*`

An invalid search is refused with the position of the error.
"""

import difflib
import re
import threading
from collections.abc import Callable, Iterator
from typing import Final, NoReturn

import msgspec

from queryd.search.text import FIELDS, TOKENIZER, TOKENIZER_ARGUMENTS
from queryd.search.tokens import ANY, Kind, token, token_start
from queryd.store.store import tokenizer
from shared.errors import Refusal
from shared.filter import EVERYTHING, Filter

QUERY_CHARS: Final = 1_000
TERMS: Final = 32
ANY_TEXT: Final = "- meta"
PREFIX_CHARS: Final = 2
"""Of an ASCII word before its `*`: one letter is a tenth of all words."""


class TextQuery(msgspec.Struct, frozen=True):
    """Required and excluded terms, each an FTS5 expression."""

    required: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()

    def expression(self, also: Filter = EVERYTHING) -> str:
        """Return an FTS5 expression for the terms and for a filter's values.

        It may match more than the filter, as it ignores times and case.
        """
        required = " AND ".join([*self.required, *_filter_terms(also)]) or f'meta : "{ANY}"'
        if not self.excluded:
            return required
        return f"({required}) NOT ({' OR '.join(self.excluded)})"


ALL: Final = TextQuery()


def parse(text: str, *, columns: str = ANY_TEXT) -> TextQuery:
    """Parse a search; raise a Refusal with the position of an error.

    `columns` is FTS5's filter of the texts in which a word without a field may be.
    """
    if len(text) > QUERY_CHARS:
        _refuse(f"longer than {QUERY_CHARS} characters", QUERY_CHARS)
    required: dict[str, None] = {}
    excluded: dict[str, None] = {}
    for count, term in enumerate(_terms(text)):
        if count == TERMS:
            _refuse(f"more than {TERMS} terms", term.start())
        (excluded if term["minus"] else required)[_expression_of(term, columns)] = None
    return TextQuery(tuple(required), tuple(excluded))


def _terms(text: str) -> Iterator[re.Match[str]]:
    place = _SPACE.match(text).end()  # type: ignore[union-attr]  # it matches anything
    while place < len(text):
        term = _TERM.match(text, place)
        assert term is not None  # noqa: S101 - it matches anything, and at least one character
        yield term
        place = _SPACE.match(text, term.end()).end()  # type: ignore[union-attr]  # the same


def _expression_of(term: re.Match[str], columns: str) -> str:
    """Return the expression of a term, without its minus."""
    value, is_prefix = _value_of(term)
    field = _field_of(term)
    if field and not value.strip():
        _refuse(f"{term['name']}: needs a value", term.start())
    if field is not None and field in _KINDS:
        return _exactly(field, value, is_prefix=is_prefix)
    words = _words(value)
    if not words:
        _refuse(f"nothing to search for in {_short(term[0])}", term.start())
    if is_prefix and len(words[-1]) < PREFIX_CHARS and words[-1].isascii():
        _refuse(f"{_short(term[0])} needs {PREFIX_CHARS} letters before its *", term.start())
    column = f"{field} :" if field else f"{columns} :"
    return f"{column} {_quoted(value)}{'*' if is_prefix else ''}"


def _value_of(term: re.Match[str]) -> tuple[str, bool]:
    """Return the text of a term, and whether it is a prefix."""
    if term["quote"]:
        if not term["end"]:
            _refuse("missing closing quote", term.start("quote"))
        return term["phrase"], bool(term["star"])
    word = term["word"]
    if word == "":
        reason = f"{term['name']}: needs a value" if term["name"] else "- needs a term to exclude"
        _refuse(reason, term.start())
    if word == "*":
        _refuse("* needs a prefix", term.start("word"))
    star = word.find("*")
    if -1 < star < len(word) - 1:
        _refuse("* is only allowed at the end of a word", term.start("word") + star)
    return (word[:-1], True) if star > 0 else (word, False)


def _field_of(term: re.Match[str]) -> str | None:
    if term["name"] is None:
        return None
    field = _ALIASES.get(term["name"].lower())
    if field is None:
        near = difflib.get_close_matches(term["name"].lower(), _ALIASES, 1)
        hint = f"did you mean {near[0]}:" if near else "quote it to search for this text"
        _refuse(f"unknown field {_short(term['name'])}", term.start("name"), f" ({hint})")
    return field


def _exactly(field: str, value: str, *, is_prefix: bool) -> str:
    """Return the expression of an exact value, or of its prefix."""
    is_prefix = is_prefix or (field == "session" and _SHORT_ID.fullmatch(value) is not None)
    tokens = [
        f'"{token_start(kind, value)}"*' if is_prefix else f'"{token(kind, value)}"'
        for kind in _KINDS[field]
    ]
    return f"meta : {tokens[0]}" if len(tokens) == 1 else f"meta : ({' OR '.join(tokens)})"


def _filter_terms(event_filter: Filter) -> Iterator[str]:
    lists: tuple[tuple[Kind, tuple[str, ...]], ...] = (
        ("session", event_filter.session_id),
        ("type", event_filter.event_type),
        ("tool", event_filter.tool_name),
        ("project", event_filter.source_app),
        ("agent", event_filter.agent_id),
    )
    for kind, values in lists:
        if values:
            tokens = dict.fromkeys(f'"{token(kind, value)}"' for value in values)
            yield f"meta : ({' OR '.join(tokens)})"


def _words(text: str) -> list[str]:
    cut: Callable[[str], list[str]] | None = getattr(_LOCAL, "words", None)
    if cut is None:
        cut = _LOCAL.words = tokenizer(TOKENIZER, TOKENIZER_ARGUMENTS)
    return cut(text)


def _quoted(text: str) -> str:
    """Return a text without quotes as an FTS5 string."""
    # A NUL would end the whole expression.
    return '"' + text.replace("\0", " ").encode("utf-8", "replace").decode() + '"'


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"


def _refuse(reason: str, place: int, hint: str = "") -> NoReturn:
    message = f"q: {reason} at position {place + 1}{hint}"
    raise Refusal(400, "invalid_query", message, "q")


_LOCAL: Final = threading.local()
_SPACE: Final = re.compile(r"\s*")
_TERM: Final = re.compile(
    r"""
    (?P<minus> - (?!-) )?
    (?: (?P<name> [A-Za-z_]+ ) : (?! [/\\:] ) )?   # a URL, a drive, a C++ name is no field
    (?: (?P<quote> " ) (?P<phrase> [^"]* ) (?P<end> "? ) (?P<star> \*? )
      | (?P<word> [^\s"]* ) )
    """,
    re.VERBOSE,
)
_SHORT_ID: Final = re.compile(r"(?=.{4,35}$)[0-9a-fA-F]{1,8}(?:-[0-9a-fA-F]*)*")
"""The start of a session's id, as users copy it."""

_KINDS: Final[dict[str | None, tuple[Kind, ...]]] = {
    "session": ("session",),
    "type": ("type",),
    "tool": ("tool",),
    "project": ("project",),
    "agent": ("agent", "agent_type"),
}
_ALIASES: Final = {
    **{str(name): str(name) for name in (*_KINDS, *FIELDS)},
    "session_id": "session",
    "event_type": "type",
    "hook_event_type": "type",
    "tool_name": "tool",
    "source_app": "project",
    "agent_id": "agent",
    "agent_type": "agent",
}
