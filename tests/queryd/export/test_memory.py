"""Export a large session: however large it is, queryd's memory grows by a few pieces of it."""

import http.client
import json
from pathlib import Path
from typing import Any

import pytest

from tests.running import DEADLINE_S, Hookwatch, wait_for

CALLS = 1_500
OUTPUT = "0123456789abcdef" * 2_048
"""32 KiB, so that all outputs have 47 MiB."""
ALLOWED_KIB = 20 * 1_024


@pytest.fixture(scope="module")
def large(served: Hookwatch) -> Hookwatch:
    """Post one session with thousands of calls, each with a large output."""
    start = {"session_id": "s", "prompt_id": "p", "hook_event_name": "UserPromptSubmit"}
    served.ingestd.post({**start, "prompt": "Read it all"})
    for first in range(0, CALLS, 100):
        lines = [json.dumps(body) for number in range(first, first + 100) for body in call(number)]
        headers = {"Content-Type": "application/x-ndjson"}
        answer = served.ingestd.ask("POST", "/events", "\n".join(lines).encode(), headers)
        assert answer.json()["rejected"] == []
    count = 1 + 2 * CALLS
    wait_for(lambda: served.queryd.get("/api/health").json()["views"]["folded_id"] == count)
    return served


def call(number: int) -> list[dict[str, Any]]:
    """Return both bodies of a call."""
    common = {
        "session_id": "s",
        "prompt_id": "p",
        "tool_name": "Bash",
        "tool_use_id": f"toolu_{number}",
        "tool_input": {"command": f"cat {number}"},
    }
    return [
        {**common, "hook_event_name": "PreToolUse"},
        {**common, "hook_event_name": "PostToolUse", "tool_response": {"stdout": OUTPUT}},
    ]


def peak_kib(pid: int) -> int:
    """Return the most memory that a process has had since `forget_peak`."""
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    return int(status.partition("VmHWM:")[2].split()[0])


def forget_peak(pid: int) -> None:
    """Start anew to measure the most memory of a process."""
    Path(f"/proc/{pid}/clear_refs").write_text("5", "ascii")


def size_of(served: Hookwatch, kind: str) -> int:
    """Read an export as a client does that keeps nothing; return its size."""
    connection = http.client.HTTPConnection("127.0.0.1", served.queryd.port, timeout=DEADLINE_S)
    try:
        connection.request("GET", f"/api/sessions/s/export?as={kind}")
        response = connection.getresponse()
        assert response.status == 200
        return sum(iter(lambda: len(response.read(1 << 16)), 0))
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("kind", "least"),
    [
        ("markdown", CALLS * len(OUTPUT)),
        ("html", CALLS * len(OUTPUT)),
        ("jsonl", CALLS * len(OUTPUT)),
        ("trace", CALLS * 100),
    ],
)
def test_an_export_is_never_held_whole(large: Hookwatch, kind: str, least: int) -> None:
    """Queryd folds and feeds streams meanwhile: it must not need as much memory as a session."""
    size_of(large, "jsonl")  # connections have their caches now
    forget_peak(large.queryd.pid)
    before = peak_kib(large.queryd.pid)
    assert size_of(large, kind) >= least
    assert peak_kib(large.queryd.pid) - before <= ALLOWED_KIB
