"""Define a pattern: where it is tried, and what it matches there.

A pattern is tried only at its hints, and it reports how far it searched. Patterns of one lane are
not tried again inside that range, so a text is searched once for each lane however often a hint is
repeated. The cost of a try without a match is bounded by a constant, or by the reported range.
"""

import re
from collections.abc import Callable
from typing import Final, NamedTuple

import msgspec


class Match(NamedTuple):
    """Hold the range of a secret, empty if there is none, and how far the text was searched."""

    start: int
    end: int
    searched: int


class Pattern(msgspec.Struct, frozen=True):
    """Describe one kind of secret; `find` is called with a text and where a hint starts in it."""

    kind: str
    hints: tuple[bytes, ...]
    find: Callable[[bytes, int], Match | None]
    lane: str


WORD: Final = rb"[A-Za-z0-9_-]"
_LANE: Final = "words"
# Where a word starts in JSON text: an escaped line break ends with an "n", so \b does not match;
# and after one backslash an escape ends and no word starts.
_START: Final = (
    rb"(?:(?<![A-Za-z0-9_\\])|(?<=\\[nrtbf])|(?<=\\u[0-9A-Fa-f]{4})"
    rb"|(?<=(?<!\\)\\\\)|(?<=(?<!\\)\\\\\\\\))"
)
_BLANK_BYTES: Final = 12


def prefixed(kind: str, prefixes: str, rest: bytes) -> Pattern:
    """Return a pattern of whole words that start with one of the prefixes."""
    hints = tuple(prefixes.encode().split())
    starts = b"|".join(re.escape(hint) for hint in hints)
    expression = _START + b"(?:" + starts + b")" + rest + WORD + b"*+"
    return Pattern(kind, hints, _finder(re.compile(expression), 0), _LANE)


def shaped(
    kind: str, hints: str, expression: bytes, *, before: int = 0, anywhere: bool = False
) -> Pattern:
    """Return a pattern that starts some bytes before its hint; group `secret`, or all, is secret.

    It starts where a word does, unless `anywhere`. An expression that may search further than a
    constant must match as far as it searched, without a secret if there is none.
    """
    start = b"" if anywhere else _START
    regex = re.compile(start + b"(?:" + expression + b")")
    return Pattern(kind, tuple(hints.encode().split()), _finder(regex, before), kind)


def is_blank(value: bytes) -> bool:
    """Recognise a placeholder such as `xxxxxxxx` or `********`."""
    return not value[-_BLANK_BYTES:].strip(b"xX*.-_")


def _finder(regex: re.Pattern[bytes], before: int) -> Callable[[bytes, int], Match | None]:
    match = regex.match
    group = regex.groupindex.get("secret", 0)

    def find(text: bytes, at: int) -> Match | None:
        if at < before or (found := match(text, at - before)) is None:
            return None
        start, end = found.span(group)
        if start < 0 or is_blank(text[start:end]):
            return Match(0, 0, found.end())
        return Match(start, end, found.end())

    return find
