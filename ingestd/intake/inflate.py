"""Unpack a gzip body, up to a limit and in slices.

In: the bytes as they came. Out: what they hold, or a Refusal: 413 past the limit, however little
came, 400 when they are no gzip or end too early.
"""

import zlib
from typing import Final

from ingestd.pace import Pace
from shared.errors import Refusal

PIECE_BYTES: Final = 64 * 1024
GZIP: Final = zlib.MAX_WBITS | 16


async def inflate(body: bytes, *, limit_bytes: int) -> bytes:
    """Return what gzip bytes hold, all their members one after the other; raise Refusal."""
    gunzip = _Gunzip(limit_bytes)
    pace = Pace()
    for start in range(0, len(body), PIECE_BYTES):
        rest = body[start : start + PIECE_BYTES]
        while rest:
            rest = gunzip.step(rest)
            await pace.rest()
    return gunzip.end()


class _Gunzip:
    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._member = zlib.decompressobj(GZIP)
        self._found = bytearray()

    def step(self, data: bytes) -> bytes:
        """Unpack at most a piece; return what of the data is left for the next step."""
        if self._member.eof:
            self._member = zlib.decompressobj(GZIP)
        try:
            self._keep(self._member.decompress(data, PIECE_BYTES))
        except zlib.error as error:
            raise Refusal(400, "invalid_gzip", f"no gzip: {error}") from None
        return self._member.unused_data if self._member.eof else self._member.unconsumed_tail

    def end(self) -> bytes:
        self._keep(self._member.flush())  # a few matches that did not fit into the last piece
        if not self._member.eof:
            raise Refusal(400, "invalid_gzip", "the gzip body ends too early")
        return bytes(self._found)

    def _keep(self, piece: bytes) -> None:
        self._found += piece
        if len(self._found) > self._limit_bytes:
            raise Refusal(413, "too_large", f"a body may unpack to {self._limit_bytes} bytes")
