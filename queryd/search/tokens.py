"""Write the values events are filtered by as words of the full text, one token a value.

In: a kind of value (a tool's name, a session's id) and the value. Out: a word that no text holds.
By them one full-text query answers filters and words together, newest first.
"""

from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Final, Literal

from shared.call_outcomes import never_ran
from shared.event import Event

Kind = Literal["session", "type", "tool", "project", "agent", "agent_type"]

MARK: Final = "\uf8ff"
"""Of the private use area, which the tokenizer takes for a letter: no word begins with it, so what
somebody types never runs through these."""
ANY: Final = f"{MARK}y"
"""The token of every event: a query of negations alone needs something to take away from."""
WHOLE_BYTES: Final = 60
"""Of a longer value only the beginning is spelt out, and a checksum tells it from others."""

_SPELLING: Final = {
    byte: chr(0xE000 + byte) for byte in range(256) if not (chr(byte).isalnum() and byte < 128)
}
_LETTERS: Final[dict[Kind, str]] = {
    "session": "s",
    "type": "e",
    "tool": "t",
    "project": "p",
    "agent": "a",
    "agent_type": "k",
}


@lru_cache(maxsize=4_096)
def token(kind: Kind, value: str) -> str:
    """Return the token of a value; capitals do not matter."""
    data = _folded(value)
    rest = data[WHOLE_BYTES:]
    end = MARK + blake2b(rest, digest_size=8).hexdigest() if rest else ""
    return MARK + _LETTERS[kind] + _spelt(data[:WHOLE_BYTES]) + end


def token_start(kind: Kind, value: str) -> str:
    """Return what the tokens of all values that begin like this begin with."""
    return MARK + _LETTERS[kind] + _spelt(_folded(value)[:WHOLE_BYTES])


def tokens_of(event: Event, payload: dict[str, Any], failed: Sequence[dict[str, Any]] = ()) -> str:
    """Return all tokens of an event; `failed` are the calls of which it alone tells."""
    agent_type = payload.get("agent_type")
    tokens = _joined(
        event.session_id,
        event.hook_event_type,
        event.tool_name,
        event.source_app,
        event.agent_id,
        agent_type if agent_type and isinstance(agent_type, str) else None,
    )
    if failed:
        names = [call.get("tool_name") for call in failed]
        tools = [token("tool", name) for name in names if isinstance(name, str)]
        return " ".join([tokens, *tools])
    return tokens


def failed_calls(payload: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the calls of a PostToolBatch that never ran: no other event reports them."""
    calls = payload.get("tool_calls")
    if not isinstance(calls, list):
        return []
    return [call for call in calls if isinstance(call, dict) and never_ran(call)]


@lru_cache(maxsize=4_096)
def _joined(*values: str | None) -> str:
    """Return the tokens of values in the order of `_LETTERS`; sessions repeat theirs all day."""
    named = zip(_LETTERS, values, strict=True)
    return " ".join([ANY, *(token(kind, value) for kind, value in named if value is not None)])


def _spelt(data: bytes) -> str:
    """Write bytes as one word: small letters and digits as they are, others out of private use."""
    return data.decode("latin-1").translate(_SPELLING)


def _folded(value: str) -> bytes:
    return value.casefold().encode("utf-8", "surrogatepass")
