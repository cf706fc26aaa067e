"""Apply a user's own patterns, in an engine that cannot backtrack.

RE2 finds one match in time linear in the text. All matches of a pattern such as `x.*y|x` still take
quadratic time, for each is certain only at the end of the text: so a long text is searched in
parts, and a part that is nearly all matches is replaced as a whole.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Protocol

import msgspec
import re2  # type: ignore[import-untyped]  # it has no types

from shared.errors import SettingsError
from shared.settings import variable

PART_BYTES: Final = 16_384
"""The text searched at once; a longer match is not found."""
OVERLAP_BYTES: Final = 2_048
"""The end of a part that is searched again with the next: a match up to this long is found at any
position."""
PART_MATCHES: Final = 512
"""After this many, the rest of the part is replaced."""


class Regex(Protocol):
    """Type the part of an RE2 expression that is used."""

    def finditer(self, text: bytes, pos: int, endpos: int) -> Iterator[re.Match[bytes]]:
        """Yield the matches between two positions."""


class OwnPattern(msgspec.Struct, frozen=True):
    """Describe one kind of secret that the user defined."""

    kind: str
    regex: Regex


def read_own_patterns(path: Path) -> tuple[OwnPattern, ...]:
    """Read a file of `kind: regular expression` lines; raise SettingsError naming a bad one."""
    setting = variable("redact_patterns")
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{setting}: {path}: {error}") from None
    found = []
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        kind, colon, expression = (part.strip() for part in line.partition(":"))
        try:
            if not (kind and colon and expression):
                raise SettingsError(f"{setting}: {path}:{number}: expected 'kind: expression'")
            found.append(own_pattern(kind, expression))
        except ValueError as error:
            raise SettingsError(f"{setting}: {path}:{number}: {error}") from None
    return tuple(found)


def own_pattern(kind: str, expression: str) -> OwnPattern:
    """Return a pattern; raise ValueError with the reason why RE2 rejects the expression."""
    options = re2.Options()
    options.log_errors = False
    try:
        regex = re2.compile(expression.encode(), options)
    except re2.error as error:
        raise ValueError(_reason(error)) from None
    if any(
        found.end() == found.start()
        for text in _PROBES
        for found in regex.finditer(text, 0, len(text))
    ):
        raise ValueError("the expression matches an empty text")
    return OwnPattern(kind, regex)


def redact_own(text: bytes, patterns: tuple[OwnPattern, ...], counts: dict[str, int]) -> bytes:
    """Replace in each string of a JSON text what a pattern matches in its decoded value."""

    def replace(found: re.Match[bytes]) -> bytes:
        before = decoded = json.loads(found[0]).encode()
        for pattern in patterns:
            decoded, times = _replaced(decoded, pattern)
            if times:
                counts[pattern.kind] = counts.get(pattern.kind, 0) + times
        if decoded == before:
            return found[0]
        return json.dumps(decoded.decode("utf-8", "replace")).encode()

    return _STRING.sub(replace, text)


def _replaced(text: bytes, pattern: OwnPattern) -> tuple[bytes, int]:
    mark = f"[redacted: {pattern.kind}]".encode()
    pieces: list[bytes] = []
    copied = times = start = 0
    while start < len(text):
        limit = _character_start(text, start + PART_BYTES)
        last = limit if limit == len(text) else limit - OVERLAP_BYTES
        found, resume = _matches(text, pattern.regex, start, limit, last)
        for match_start, match_end in found:
            pieces += text[copied:match_start], mark
            copied = match_end
        times += len(found)
        start = resume
    if not times:
        return text, 0
    pieces.append(text[copied:])
    return b"".join(pieces), times


def _matches(
    text: bytes, regex: Regex, start: int, limit: int, last: int
) -> tuple[list[tuple[int, int]], int]:
    """Return the matches of one part that start before `last`, and where the next part starts."""
    found: list[tuple[int, int]] = []
    for searched, match in enumerate(regex.finditer(text, start, limit)):
        if match.start() >= last:
            break
        if searched >= PART_MATCHES:
            found.append((match.start(), last))
            return found, last
        if match.start() < match.end():
            found.append((match.start(), match.end()))
    return found, max(last, found[-1][1] if found else 0)


def _character_start(text: bytes, position: int) -> int:
    while position < len(text) and text[position] & 0xC0 == 0x80:
        position -= 1
    return min(position, len(text))


def _reason(error: re2.error) -> str:
    reason = error.args[0]
    return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)


_STRING: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"')
_PROBES: Final = (b"", b"a", b" a1 ", b"-\n-")
