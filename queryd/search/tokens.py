"""Encode filter values, such as a tool's name, as words of the full-text index.

No text contains these words, so one full-text query can combine filters with a search.
"""

from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Final, Literal

from shared.call_outcomes import never_ran
from shared.event import Event

Kind = Literal["session", "type", "tool", "project", "agent", "agent_type"]

MARK: Final = "\uf8ff"
"""A private-use character, which the tokenizer treats as a letter: no word starts with it, so no
search matches a token by accident."""
ANY: Final = f"{MARK}y"
"""The token of every event: FTS5's NOT needs a left side."""
SPELLED_BYTES: Final = 60
"""A longer value is cut here, and a checksum of the rest added."""

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
    """Return the token of a value, ignoring case."""
    data = _folded(value)
    rest = data[SPELLED_BYTES:]
    end = MARK + blake2b(rest, digest_size=8).hexdigest() if rest else ""
    return MARK + _LETTERS[kind] + _spelled(data[:SPELLED_BYTES]) + end


def token_start(kind: Kind, value: str) -> str:
    """Return the common prefix of the tokens of all values with this prefix."""
    return MARK + _LETTERS[kind] + _spelled(_folded(value)[:SPELLED_BYTES])


def tokens_of(event: Event, payload: dict[str, Any], failed: Sequence[dict[str, Any]] = ()) -> str:
    """Return all tokens of an event; `failed` are the calls that no other event reports."""
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
    """Return the tokens of values in the order of `_LETTERS`; cached, as a session repeats them."""
    named = zip(_LETTERS, values, strict=True)
    return " ".join([ANY, *(token(kind, value) for kind, value in named if value is not None)])


def _spelled(data: bytes) -> str:
    """Encode bytes as one word: ASCII letters and digits unchanged, others as private-use."""
    return data.decode("latin-1").translate(_SPELLING)


def _folded(value: str) -> bytes:
    return value.casefold().encode("utf-8", "surrogatepass")
