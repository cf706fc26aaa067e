r"""Unescape JSON text without decoding it, and find the ends of strings.

A string may contain JSON, whose strings contain JSON: each level escapes the quotes and the
backslashes of the one inside. A quote of level `n` follows `2**n - 1` backslashes.
"""

import re
from bisect import bisect_right
from itertools import accumulate
from typing import Final

LEVELS: Final = 5
"""Levels of nested JSON that are read."""
ESCAPES: Final = (
    rb"\/",
    *(rb"\u00%d" % digit for digit in range(2, 8)),
    *(rb"\u000%b" % digit for digit in (b"9", b"a", b"A", b"d", b"D")),
)
"""Starts of the escapes that `Unescaped` removes: no other character has two spellings."""
_ESCAPES_OF_QUOTES: Final = frozenset((1 << level) - 1 for level in range(LEVELS + 1))
_PART_BYTES: Final = 2_048
"""Most parts have no escape and are skipped: small parts are 10 times as fast."""
_HAS_ESCAPE: Final = re.compile(rb"\\(?:/|u00(?:[2-7]|0[9aAdD]))")
_ESCAPE_OF_LEVEL: Final = [
    re.compile(
        rb"((?<!\\)(?:\\{%d})*+\\{%d}(?!\\)(?:/|u00(?:[2-7][0-9A-Fa-f]|0[9aAdD])))"
        % (2 << level, 1 << level)
    )
    for level in range(LEVELS)
]
_BREAKS: Final = {b"\n": b"n", b"\r": b"r", b"\t": b"t"}
_NO_ESCAPE: Final = re.compile(rb"[^\\/u0-9A-Fa-f]")
_STOP: Final = re.compile(rb"(?P<quoting>\\*+)\"|(?P<breaking>\\++)[nrt]|\s")


class Unescaped:
    """Unescape the characters of one level of a JSON text.

    A position in `text` is at `origin` in the given text.
    """

    def __init__(self, given: bytes, level: int) -> None:
        self._given = given
        self._level = level
        self._parts = [(0, 0)]
        """The start of each part: in the unescaped text, and in the given one."""
        pieces = []
        start = plain_start = 0
        while start < len(given):
            end = _end_of_part(given, start)
            plain = b"".join(_pieces(given[start:end], level))
            pieces.append(plain)
            start, plain_start = end, plain_start + len(plain)
            self._parts.append((plain_start, start))
        self.text = b"".join(pieces)
        self._part = -1
        self._starts: list[int] = []
        self._origins: list[int] = []

    def origin(self, position: int) -> int:
        """Return where in the given text a character of the unescaped one starts.

        Fast for consecutive positions of one part.
        """
        part = bisect_right(self._parts, position, key=_first) - 1
        if part == len(self._parts) - 1:
            return len(self._given)
        if part != self._part:
            self._read(part)
        piece = bisect_right(self._starts, position) - 1
        beyond = position - self._starts[piece]
        # Only a piece between two escapes is the same in both.
        return self._origins[piece] + (beyond if piece % 2 == 0 else 0)

    def _read(self, part: int) -> None:
        plain_start, start = self._parts[part]
        pieces = _ESCAPE_OF_LEVEL[self._level].split(self._given[start : self._parts[part + 1][1]])
        plain = [piece if at % 2 == 0 else _PLAIN[piece] for at, piece in enumerate(pieces)]
        self._starts = list(accumulate(map(len, plain), initial=plain_start))
        self._origins = list(accumulate(map(len, pieces), initial=start))
        self._part = part


def unescape(text: bytes) -> list[Unescaped]:
    r"""Unescape printable ASCII characters, level by level: `sk-`, not `sk\u002d`.

    Quotes and backslashes stay escaped. A level may escape the backslashes of the one inside.
    """
    plains: list[Unescaped] = []
    for level in range(LEVELS):
        if not _HAS_ESCAPE.search(text):
            break
        plain = Unescaped(text, level)
        if len(plain.text) < len(text):
            plains.append(plain)
            text = plain.text
    return plains


def end_of_string(text: bytes, start: int, *, escapes: int) -> int | None:
    """Return where a string ends whose quotes follow `escapes` backslashes.

    A space ends it as well, and so does the string around it. Return None if no level has so many
    backslashes.
    """
    if escapes not in _ESCAPES_OF_QUOTES:
        return None
    for found in _STOP.finditer(text, start):
        if (quoting := found["quoting"]) is not None:
            own, rest = 0, len(quoting)
            while rest & 1 and own < escapes:
                own, rest = 2 * own + 1, rest >> 1
            if not rest & 1:
                return found.end("quoting") - own
        elif (breaking := found["breaking"]) is not None:
            if len(breaking) & -len(breaking) <= escapes + 1:
                return found.start()
        else:
            return found.start()
    return len(text)


def _end_of_part(text: bytes, start: int) -> int:
    if start + _PART_BYTES >= len(text):
        return len(text)
    found = _NO_ESCAPE.search(text, start + _PART_BYTES)
    return len(text) if found is None else found.start()


def _pieces(text: bytes, level: int) -> list[bytes]:
    if not _HAS_ESCAPE.search(text):
        return [text]
    pieces = _ESCAPE_OF_LEVEL[level].split(text)
    pieces[1::2] = map(_PLAIN.__getitem__, pieces[1::2])
    return pieces


def _first(pair: tuple[int, int]) -> int:
    return pair[0]


class _UnescapedByEscape(dict[bytes, bytes]):
    """Cache the unescaped text of each escape."""

    def __missing__(self, escape: bytes) -> bytes:
        bare = escape.lstrip(b"\\")
        backslashes = len(escape) - len(bare)
        own = backslashes & -backslashes
        character = bare if bare == b"/" else bytes.fromhex(bare[3:].decode())
        if character == b'"':
            own_plain = b"\\" * (2 * own - 1) + character
        elif character == b"\\":
            own_plain = character * (2 * own)
        else:
            own_plain = b"\\" * own + _BREAKS[character] if character in _BREAKS else character
        self[escape] = plain = b"\\" * (backslashes - own) + own_plain
        return plain


_PLAIN: Final = _UnescapedByEscape()
