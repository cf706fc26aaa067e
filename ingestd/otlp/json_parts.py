"""Split an export in JSON into its resources, its scopes and pieces of records, in slices.

In: the text of a request. Out: each resource and scope without its children, and where its records
stand; or a Refusal. Left to the next: to decode these. To decode 32 MiB at once takes 60 ms.

Only brackets and strings are read here. What is between them is checked where it is decoded.
"""

import codecs
import re
from array import array
from collections.abc import Generator
from typing import Final

import msgspec

from ingestd.intake.decode import PIECE_BYTES, decode_object, decode_utf8, entry_boundary
from shared.errors import Refusal

DEPTH: Final = 8
"""Levels of nested brackets that one match skips; a log record has five."""
RECORD_BYTES: Final = 4 * 1024 * 1024
"""The most that a record may have: it is decoded and stored at one go, which takes 11 ms."""
DEPTH_LIMIT: Final = 900
"""Below Python's own limit, which is reached where deeper ones are decoded."""

Slices = Generator[None, None, int]
"""Yields between slices of work; returns where in the text it ended."""


class JsonParts:
    """Hold the parts of a request: itself, its resources, their scopes, pieces of their records.

    The first three are texts of objects, with a range in place of the array of children: the start
    and the end of these among all parts of the next level.
    """

    def __init__(self, body: bytes | bytearray, children: tuple[str, ...]) -> None:
        self._parts: tuple[list[bytes], ...] = ([], [], [])
        self._body = body
        self._children = children
        self._pieces = array("Q")
        self._oversized: set[int] = set()

    @property
    def request(self) -> bytes:
        return self._parts[0][0]

    @property
    def resources(self) -> list[bytes]:
        return self._parts[1]

    @property
    def scopes(self) -> list[bytes]:
        return self._parts[2]

    def piece(self, index: int) -> bytes | None:
        """Return a JSON array of neighbouring records; None for a record that is too large.

        They have some 64 KiB, or the last of them is larger.
        """
        if index in self._oversized:
            return None
        start, end = self._pieces[2 * index : 2 * index + 2]
        return b"".join((b"[", memoryview(self._body)[start:end], b"]"))

    def split(self) -> Generator[None, None, None]:
        """Split the request, yielding between slices; raise Refusal if it is malformed."""
        yield from _check_utf8(self._body)
        start = self._after_blanks(0)
        if start == len(self._body):
            raise Refusal(400, "invalid_json", "the body is empty")
        if self._char(start) != b"{":
            # Of an array, its type is all that its decoder needs.
            given = b"[]" if self._char(start) == b"[" else bytes(self._body)
            decode_object(_OBJECT, given)
        end = yield from self._object(start, 0)
        if self._after_blanks(end) < len(self._body):
            raise self._malformed("trailing characters", self._after_blanks(end))

    def _object(self, start: int, level: int) -> Slices:
        text = bytearray()
        copied = start
        at = self._after_blanks(start + 1)
        is_last = self._char(at) == b"}"
        while not is_last:
            key, at = self._key(at)
            if key == self._children[level] and self._char(at) == b"[":
                text += self._body[copied:at]
                first = self._count(level)
                at = copied = yield from self._array(at + 1, level)
                text += b"[%d,%d]" % (first, self._count(level))
            else:
                at = yield from self._value(at)
            at, is_last = self._next(at, b"}")
        text += self._body[copied : at + 1]
        self._parts[level].append(bytes(text))
        yield
        return at + 1

    def _array(self, at: int, level: int) -> Slices:
        """Split the array of an object's children."""
        at = self._after_blanks(at)
        if self._char(at) == b"]":
            return at + 1
        if level == _RECORDS:
            return (yield from self._records(at))
        is_last = False
        while not is_last:
            if self._char(at) == b"{":
                at = yield from self._object(at, level + 1)
            else:  # its decoder refuses it
                start = at
                at = yield from self._value(at)
                self._parts[level + 1].append(bytes(self._body[start:at]))
            at, is_last = self._next(at, b"]")
        return at + 1

    def _records(self, at: int) -> Slices:
        """Find pieces of an array: by a guess, which decoding confirms, else value by value."""
        boundary = entry_boundary(self._body, at)
        start = guess_from = before = at
        is_last = False
        while not is_last:
            end = None
            if at == start >= guess_from:
                end = self._guess(boundary, at)
                guess_from = at + PIECE_BYTES
            if end is None:
                end = yield from self._value(at)
                if end - at > RECORD_BYTES:
                    if at > start:
                        self._pieces.extend((start, before))
                        start = at
                    self._oversized.add(len(self._pieces) // 2)
            before = end
            at, is_last = self._next(end, b"]")
            if is_last or end - start >= PIECE_BYTES:
                self._pieces.extend((start, end))
                start = at
                yield
        return at + 1

    def _guess(self, boundary: re.Pattern[bytes], start: int) -> int | None:
        cut = boundary.search(self._body, start + PIECE_BYTES, start + 2 * PIECE_BYTES)
        if cut is None:
            return None
        try:
            decode_utf8(_ARRAY, b"[" + self._body[start : cut.start() + 1] + b"]")
        except Refusal:
            return None
        return cut.start() + 1

    def _value(self, at: int) -> Slices:
        """Skip any value, in slices if it is large or deeply nested."""
        if found := _VALUE.match(self._body, at, at + PIECE_BYTES):
            return found.end()
        depth = 0
        rested = at
        while True:
            if found := _WITHIN.match(self._body, at, at + PIECE_BYTES) if depth else None:
                at = found.end()
            char = self._char(at)
            if char == b'"':
                at = yield from self._string(at)
            elif char in _BRACKETS and (depth or char in {b"{", b"["}):
                depth += _BRACKETS[char]
                at += 1
            elif not depth or not char:
                raise self._malformed("invalid character", at)
            if not depth:
                return at
            if depth > DEPTH_LIMIT:
                raise Refusal(400, "invalid_json", "JSON is nested too deeply")
            if at - rested > PIECE_BYTES:
                rested = at
                yield

    def _string(self, start: int) -> Slices:
        at = start + 1
        while found := _TEXT.match(self._body, at, at + PIECE_BYTES):
            if self._char(found.end()) == b'"':
                return found.end() + 1
            at = found.end()
            yield
        raise self._malformed("", len(self._body))

    def _key(self, at: int) -> tuple[str, int]:
        """Return a key, and where its value starts."""
        found = _STRING.match(self._body, at)
        if found is None:
            raise self._malformed("expected a key", at)
        key = decode_utf8(_KEY, found[0])
        at = self._after_blanks(found.end())
        if self._char(at) != b":":
            raise self._malformed("expected ':'", at)
        return key, self._after_blanks(at + 1)

    def _next(self, at: int, closing: bytes) -> tuple[int, bool]:
        """Return where the next value starts, or where the bracket is that closes; and which."""
        at = self._after_blanks(at)
        if self._char(at) == closing:
            return at, True
        if self._char(at) != b",":
            raise self._malformed(f"expected ',' or '{closing.decode()}'", at)
        return self._after_blanks(at + 1), False

    def _count(self, level: int) -> int:
        return len(self._pieces) // 2 if level == _RECORDS else len(self._parts[level + 1])

    def _after_blanks(self, at: int) -> int:
        found = _BLANKS.match(self._body, at)
        return at if found is None else found.end()

    def _char(self, at: int) -> bytes:
        return bytes(self._body[at : at + 1])

    def _malformed(self, what: str, at: int) -> Refusal:
        if at >= len(self._body):
            return Refusal(400, "invalid_json", "Input data was truncated")
        return Refusal(400, "invalid_json", f"JSON is malformed: {what} (byte {at})")


def _check_utf8(body: bytes | bytearray) -> Generator[None, None, None]:
    decoder = codecs.getincrementaldecoder("utf-8")()
    view = memoryview(body)
    for start in range(0, len(body), PIECE_BYTES):
        pending = len(decoder.getstate()[0])
        try:
            decoder.decode(view[start : start + PIECE_BYTES], start + PIECE_BYTES >= len(body))
        except UnicodeDecodeError as error:
            at = start - pending + error.start
            raise Refusal(400, "invalid_json", f"not UTF-8 (byte {at})") from None
        yield


def _nested(depth: int) -> bytes:
    inner = b"|" + _nested(depth - 1) if depth > 1 else b""
    return rb"[{\[](?:%b|%b%b)*+[}\]]" % (_PLAIN, _QUOTED, inner)


_RECORDS: Final = 2
"""The level whose children are records."""
_QUOTED: Final = rb'"(?:[^"\\]++|\\.)*+"'
_PLAIN: Final = rb'[^{}\[\]"]++'
_STRING: Final = re.compile(_QUOTED, re.DOTALL)
_VALUE: Final = re.compile(rb"%b|[^\s{}\[\]\",:]++|%b" % (_QUOTED, _nested(DEPTH)), re.DOTALL)
_WITHIN: Final = re.compile(rb"(?:%b|%b|%b)++" % (_PLAIN, _QUOTED, _nested(DEPTH)), re.DOTALL)
_TEXT: Final = re.compile(rb'(?:[^"\\]++|\\.)++|(?=")', re.DOTALL)
_BRACKETS: Final = {b"{": 1, b"[": 1, b"}": -1, b"]": -1}
_BLANKS: Final = re.compile(rb"[ \t\r\n]*+")
_OBJECT: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ARRAY: Final = msgspec.json.Decoder(list[msgspec.Raw])
_KEY: Final = msgspec.json.Decoder(str)
