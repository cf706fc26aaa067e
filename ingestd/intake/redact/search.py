"""Search JSON text for secrets.

One Aho-Corasick pass finds the hints of all patterns, and a pattern is tried only there. So another
kind costs nothing, and a text without hints some 2 ms a megabyte.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from ahocorasick_rs import BytesAhoCorasick, Implementation

from ingestd.intake.redact.kinds import KINDS
from ingestd.intake.redact.named import NAMED
from ingestd.intake.redact.text import ESCAPES, unescape

PATTERNS: Final = (*KINDS, *NAMED)


class Secret(NamedTuple):
    start: int
    end: int
    kind: str


def has_hints(text: bytes) -> bool:
    """Return whether a JSON text may hold secrets, in one pass; True for any long text."""
    return len(text) > _PART_BYTES or bool(_HINTS.find_matches_as_indexes(text))


def secrets_in(text: bytes) -> list[Secret]:
    """Return the secrets of a JSON text in order, without overlaps."""
    found = _matches(text, is_plain=False)
    if found is not None:
        return _merged(found)
    plains = unescape(text)
    secrets = _merged(_matches(plains[-1].text if plains else text, is_plain=True) or [])
    for plain in reversed(plains):
        secrets = [
            Secret(plain.origin(start), plain.origin(end), kind) for start, end, kind in secrets
        ]
    return secrets


def _matches(text: bytes, *, is_plain: bool) -> list[tuple[int, int, int]] | None:
    """Return start, end and pattern of each match; None if the text must be unescaped first."""
    found = []
    searched: dict[str, int] = {}
    for hint, at in _hints(text):
        if hint >= _ESCAPES_FROM:
            if is_plain:
                continue
            return None
        index = _PATTERN_OF_HINT[hint]
        lane, find = _LANE_AND_FIND[index]
        if at < searched.get(lane, 0):
            continue
        match = find(text, at)
        if match is None:
            continue
        start, end, searched[lane] = match
        if start < end:
            found.append((start, end, index))
    return found


def _hints(text: bytes) -> Iterator[tuple[int, int]]:
    """Yield hints and their positions, a part of the text at a time: a list of all may be huge."""
    if len(text) <= _PART_BYTES:
        for hint, at, _ in _HINTS.find_matches_as_indexes(text, overlapping=True):
            yield hint, at
        return
    view = memoryview(text)
    for start in range(0, len(text), _PART_BYTES):
        part = view[start : start + _PART_BYTES + _LONGEST_HINT - 1]
        for hint, at, _ in _HINTS.find_matches_as_indexes(part, overlapping=True):
            if at < _PART_BYTES:
                yield hint, start + at


def _merged(found: list[tuple[int, int, int]]) -> list[Secret]:
    """Join overlapping matches under the most specific pattern."""
    if not found:
        return []
    found.sort()
    merged = []
    start, end, index = found[0]
    for next_start, next_end, next_index in found[1:]:
        if next_start < end:
            end, index = max(end, next_end), min(index, next_index)
            continue
        merged.append(Secret(start, end, PATTERNS[index].kind))
        start, end, index = next_start, next_end, next_index
    merged.append(Secret(start, end, PATTERNS[index].kind))
    return merged


_PART_BYTES: Final = 65_536
_PATTERN_OF_HINT: Final = [index for index, pattern in enumerate(PATTERNS) for _ in pattern.hints]
_ESCAPES_FROM: Final = len(_PATTERN_OF_HINT)
_ALL_HINTS: Final = [*(hint for pattern in PATTERNS for hint in pattern.hints), *ESCAPES]
_LONGEST_HINT: Final = max(map(len, _ALL_HINTS))
_LANE_AND_FIND: Final = [(pattern.lane, pattern.find) for pattern in PATTERNS]
_HINTS: Final = BytesAhoCorasick(_ALL_HINTS, implementation=Implementation.DFA)
