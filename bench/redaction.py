"""Post hooks while bodies arrive that are slow to search for secrets.

The bodies have 1 MB each, as a tool result that holds a page made by an attacker.
"""

import json
from typing import Final

from bench.background import RequestOf, measure_alone, measure_during, send_back_to_back
from bench.posts import post_request

BODY_BYTES: Final = 1_000_000
TEXTS: Final = {
    "source code": 'def greet(name: str) -> str:\n    return f"Hello, {name}!"\n\n',
    "starts of tokens": "-eyJ",
    "names of secrets": "PASSWORD=abcdefgh1\n",
    "escapes": "://\x00-",
}
"""What a body repeats; escapes are added where the name says so."""


def measure_redaction(seconds: float) -> list[tuple[str, str]]:
    """Return the latencies of single hooks, alone and beside bodies of each kind."""
    rows = [("POST, 1 connection, no large bodies", measure_alone(seconds))]
    for kind in TEXTS:
        posts, background = measure_during("bench.redaction", kind, seconds)
        bodies = (
            f"{background.per_second:.1f} bodies/s of {background.size_bytes / 1_000_000:.2f} MB"
        )
        rows.append((f"POST, 1 connection, beside bodies of {kind}", f"{posts}; beside {bodies}"))
    return rows


def slow_body(kind: str, serial: int) -> bytes:
    """Return a hook body of about 1 MB."""
    text = json.dumps(TEXTS[kind])[1:-1].encode()
    if kind == "escapes":
        text = text.replace(b"/", rb"\/").replace(b"-", rb"\u002d")
    return (
        b'{"session_id":"hostile","hook_event_name":"PostToolUse","tool_name":"WebFetch",'
        b'"tool_use_id":"toolu_%020d","tool_response":{"result":"%b"}}'
        % (serial, text * (BODY_BYTES // len(text)))
    )


def _requests(kind: str) -> RequestOf:
    def request_of(serial: int) -> tuple[bytes, int]:
        body = slow_body(kind, serial)
        return post_request(body, b"application/json"), len(body)

    return request_of


if __name__ == "__main__":
    send_back_to_back(_requests)
