"""Decode stored payloads as a browser would, including huge numbers and very deep nesting."""

import json
from typing import Any, Final

import msgspec

EXACT_DIGITS: Final = 20


def decode(payload: bytes) -> Any:  # noqa: ANN401 - any JSON
    """Return the payload's value; for an unreadable one, an object that shows its size.

    It never raises: an exception would end the follower and every stream.
    """
    try:
        return _DECODER.decode(payload)
    except (msgspec.DecodeError, RecursionError):
        pass
    try:
        return json.loads(payload, parse_int=_number)
    except (ValueError, RecursionError):
        return {"…": f"[+{len(payload)} bytes]"}


def text_or_none(value: object) -> str | None:
    """Return a string that is not empty."""
    return value if isinstance(value, str) and value else None


def _number(digits: str) -> float:
    """Parse an integer as a browser does: with many digits it becomes a float."""
    return int(digits) if len(digits) < EXACT_DIGITS else float(digits)


_DECODER: Final = msgspec.json.Decoder()
