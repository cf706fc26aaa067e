"""Decode what ingestd let pass: also numbers without bound, also what is nested very deeply.

In: the bytes of a payload. Out: Python values, as a browser would read them.
"""

import json
from typing import Any, Final

import msgspec

EXACT_DIGITS: Final = 20


def decode(payload: bytes) -> Any:  # noqa: ANN401 - any JSON
    """Return the payload's value; one that cannot be read is an object that says how large it is.

    Nothing is raised: one event that did would end the follower, and every stream with it.
    """
    try:
        return _DECODER.decode(payload)
    except (msgspec.DecodeError, RecursionError):
        pass
    try:
        return json.loads(payload, parse_int=_number)
    except (ValueError, RecursionError):
        return {"…": f"[+{len(payload)} bytes]"}


def _number(digits: str) -> float:
    """Read an integer as browsers do, who have floats alone."""
    return int(digits) if len(digits) < EXACT_DIGITS else float(digits)


_DECODER: Final = msgspec.json.Decoder()
