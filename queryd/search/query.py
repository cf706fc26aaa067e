"""Understand what somebody typed to search for, and say it in FTS5's words.

In: a text like `npm "not found" src/* -tool:Read error:timeout`. Out: a `Query`, or a refusal that
says what is wrong with the text, and where.

    word           events with it, whatever their capitals and accents; all words must be there
    "some words"   these words in this order
    pre*           words that begin like this; the last word of a phrase: "some wor"*
    -anything      events without it (two dashes are no minus: --force is a word)
    field:value    only there: in a text (prompt, command, path, output, error, answer, other),
                   or that very value (tool, session, type, project, agent), which `*` may end
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
PREFIX_CHARS: Final = 2
"""Of an ASCII word before its `*`: one letter is a tenth of all words."""


class Query(msgspec.Struct, frozen=True):
    """Hold what is wanted and what is not, each as an expression of FTS5's."""

    wanted: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()

    def expression(self, also: Filter = EVERYTHING) -> str:
        """Return the one expression that finds this among what a filter's lists select.

        It may find a little more than the filter allows: it knows no times and no capitals.
        """
        wanted = " AND ".join([*self.wanted, *_listed(also)]) or f'meta : "{ANY}"'
        if not self.unwanted:
            return wanted
        return f"({wanted}) NOT ({' OR '.join(self.unwanted)})"


ALL: Final = Query()


def parse(text: str) -> Query:
    """Return the query that a text spells; raise a Refusal that says where it is broken."""
    if len(text) > QUERY_CHARS:
        _refuse(f"longer than {QUERY_CHARS} characters", QUERY_CHARS)
    wanted: dict[str, None] = {}
    unwanted: dict[str, None] = {}
    for count, found in enumerate(_terms(text)):
        if count == TERMS:
            _refuse(f"more than {TERMS} terms", found.start())
        (unwanted if found["minus"] else wanted)[_expression_of(found)] = None
    return Query(tuple(wanted), tuple(unwanted))


def _terms(text: str) -> Iterator[re.Match[str]]:
    place = _SPACE.match(text).end()  # type: ignore[union-attr]  # it matches anything
    while place < len(text):
        found = _TERM.match(text, place)
        assert found is not None  # noqa: S101 - it matches anything, and at least one character
        yield found
        place = _SPACE.match(text, found.end()).end()  # type: ignore[union-attr]  # the same


def _expression_of(found: re.Match[str]) -> str:
    """Return one term's expression, without its minus."""
    value, is_prefix = _value_of(found)
    field = _field_of(found)
    if field and not value.strip():
        _refuse(f"{found['name']}: needs a value", found.start())
    if field is not None and field in _KINDS:
        return _exactly(field, value, is_prefix=is_prefix)
    words = _words(value)
    if not words:
        _refuse(f"nothing to search for in {_short(found[0])}", found.start())
    if is_prefix and len(words[-1]) < PREFIX_CHARS and words[-1].isascii():
        _refuse(f"{_short(found[0])} needs {PREFIX_CHARS} letters before its *", found.start())
    column = f"{field} :" if field else "- meta :"
    return f"{column} {_quoted(value)}{'*' if is_prefix else ''}"


def _value_of(found: re.Match[str]) -> tuple[str, bool]:
    """Return what a term looks for, and whether only as a beginning."""
    if found["quote"]:
        if not found["end"]:
            _refuse("unclosed quote", found.start("quote"))
        return found["phrase"], bool(found["star"])
    word = found["word"]
    if word == "":
        reason = f"{found['name']}: needs a value" if found["name"] else "a lone -"
        _refuse(reason, found.start())
    if word == "*":
        _refuse("a lone *", found.start("word"))
    star = word.find("*")
    if -1 < star < len(word) - 1:
        _refuse("a * that does not end its word", found.start("word") + star)
    return (word[:-1], True) if star > 0 else (word, False)


def _field_of(found: re.Match[str]) -> str | None:
    if found["name"] is None:
        return None
    field = _ALIASES.get(found["name"].lower())
    if field is None:
        near = difflib.get_close_matches(found["name"].lower(), _ALIASES, 1)
        hint = f"did you mean {near[0]}:" if near else "to search for that text put it in quotes"
        _refuse(f"no field {_short(found['name'])} ({hint})", found.start("name"))
    return field


def _exactly(field: str, value: str, *, is_prefix: bool) -> str:
    """Return the expression of a value that must be just this, or begin like this."""
    is_prefix = is_prefix or (field == "session" and _SHORT_ID.fullmatch(value) is not None)
    made = [
        f'"{token_start(kind, value)}"*' if is_prefix else f'"{token(kind, value)}"'
        for kind in _KINDS[field]
    ]
    return f"meta : {made[0]}" if len(made) == 1 else f"meta : ({' OR '.join(made)})"


def _listed(wanted: Filter) -> Iterator[str]:
    """Yield an expression for each list of a filter."""
    lists: tuple[tuple[Kind, tuple[str, ...]], ...] = (
        ("session", wanted.session_id),
        ("type", wanted.event_type),
        ("tool", wanted.tool_name),
        ("project", wanted.source_app),
        ("agent", wanted.agent_id),
    )
    for kind, values in lists:
        if values:
            tokens = dict.fromkeys(f'"{token(kind, value)}"' for value in values)
            yield f"meta : ({' OR '.join(tokens)})"


def _words(text: str) -> list[str]:
    """Return the words FTS5 finds in a text."""
    cut: Callable[[str], list[str]] | None = getattr(_LOCAL, "words", None)
    if cut is None:
        cut = _LOCAL.words = tokenizer(TOKENIZER, TOKENIZER_ARGUMENTS)
    return cut(text)


def _quoted(text: str) -> str:
    """Write a term's text, which holds no quote, as FTS5's string; a NUL would end all of it."""
    return '"' + text.replace("\0", " ").encode("utf-8", "replace").decode() + '"'


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"


def _refuse(reason: str, place: int) -> NoReturn:
    raise Refusal(400, "invalid_query", f"q: {reason} at character {place + 1}", "q")


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
"""The beginning of a session's id, as people copy it."""

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
