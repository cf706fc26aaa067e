"""Clip large payloads in lists and streams; `/api/events/{id}` returns them whole.

A clipped payload keeps its structure; long strings and lists are cut. The Edit of a large file has
a payload of a megabyte: a page that follows fifty sessions cannot keep thousands of those.
"""

from typing import Any, Final

import msgspec

from queryd.summaries.read import encodable
from shared.event import Event

WHOLE_BYTES: Final = 32 * 1024
"""Smaller payloads are not clipped; in the captured sessions those are 99 of 100."""
STRING_CHARS: Final = 2_000
LIST_ITEMS: Final = 50
DEPTH: Final = 12


def clip(event: Event, payload: Any) -> Event:  # noqa: ANN401 - any JSON
    """Return the event with a payload of at most about `WHOLE_BYTES`."""
    if len(event.payload) <= WHOLE_BYTES:
        return event
    clipped = _Clipper(WHOLE_BYTES).clip(payload)
    return msgspec.structs.replace(
        event, payload=msgspec.Raw(msgspec.json.encode(clipped)), payload_clipped=True
    )


class _Clipper:
    """Copy JSON until a budget of bytes is used up; markers replace the rest."""

    def __init__(self, budget: int) -> None:
        self._budget = budget

    def clip(self, value: Any, depth: int = 0) -> Any:  # noqa: ANN401 - any JSON
        self._budget -= 8
        if isinstance(value, str):
            return self._string(value)
        if isinstance(value, dict):
            return self._object(value, depth)
        if isinstance(value, list):
            return self._list(value, depth)
        if isinstance(value, int):
            self._budget -= value.bit_length() // 3  # about one byte a digit
        return value

    def _string(self, text: str) -> str:
        keep = max(0, min(STRING_CHARS, self._budget))
        start = encodable(text[:keep])
        self._budget -= len(msgspec.json.encode(start))
        left = len(text) - keep
        return start if left <= 0 else f"{start}… [+{left} chars]"

    def _object(self, values: dict[str, Any], depth: int) -> dict[str, Any]:
        kept: dict[str, Any] = {}
        for key, value in values.items():
            if depth == DEPTH or self._budget <= 0:
                kept["…"] = f"[+{len(values) - len(kept)} fields]"
                break
            kept[self._string(key)] = self.clip(value, depth + 1)
        return kept

    def _list(self, values: list[Any], depth: int) -> list[Any]:
        kept: list[Any] = []
        for value in values:
            if depth == DEPTH or self._budget <= 0 or len(kept) == LIST_ITEMS:
                kept.append(f"… [+{len(values) - len(kept)} items]")
                break
            kept.append(self.clip(value, depth + 1))
        return kept
