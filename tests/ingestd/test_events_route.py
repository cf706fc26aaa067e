"""Post every form of event, right and wrong, and compare the whole answer."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.processes.log import rows
from tests.running import Answer, Hookwatch, hookwatch

MIB = 1024 * 1024
HOOK = b'{"session_id":"s","hook_event_name":"Stop"}'


def refusal(code: str, message: str, field: str | None = None) -> bytes:
    """Return the one error shape."""
    error = {"code": code, "message": message, "field": field}
    return json.dumps({"error": error}, separators=(",", ":"), ensure_ascii=False).encode()


def count(running: Hookwatch) -> int:
    """Return how many events the log holds."""
    return int(rows(running.log_path, "SELECT count(*) FROM events")[0][0])


def without_received_at(answer: Answer) -> dict[str, Any]:
    """Return an envelope's answer without the time of its arrival."""
    event: dict[str, Any] = answer.json()
    assert event.pop("received_at") > 1_500_000_000_000
    return event


def test_a_hook_body_is_answered_with_nothing(served: Hookwatch) -> None:
    """Claude Code reads what a hook answers: any byte could change what it does next."""
    answer = served.ingestd.post(HOOK)
    assert (answer.status, answer.body) == (200, b"")
    assert set(answer.headers) == {"date", "content-length"}
    assert answer.headers["content-length"] == "0"


def test_the_forwarders_headers_are_stored_beside_the_body(served: Hookwatch) -> None:
    """What was spooled yesterday happened yesterday, and only the forwarder knows its pid."""
    sender = '{"project_dir":"/home/me/shop","pid":7}'
    answer = served.ingestd.post(
        HOOK,
        **{"X-Fired-At": "1700000000123", "X-Hookwatch-Sender": sender, "X-Event-Id": "beside"},
    )
    assert answer.status == 200
    sql = "SELECT timestamp, source_app, sender, payload FROM events WHERE event_id = 'beside'"
    assert rows(served.log_path, sql) == [(1_700_000_000_123, "shop", sender, HOOK.decode())]


def test_invalid_headers_do_not_lose_the_event(served: Hookwatch) -> None:
    """A forwarder of another version may send what we cannot read; the event is still good."""
    before = count(served)
    answer = served.ingestd.post(
        HOOK, **{"X-Fired-At": "now", "X-Hookwatch-Sender": "[", "X-Event-Id": "x" * 201}
    )
    assert (answer.status, answer.body) == (200, b"")
    assert count(served) == before + 1


def test_an_envelope_is_answered_with_the_event_and_its_id(tmp_path: Path) -> None:
    """Existing hook scripts send this form and read the id from the answer."""
    envelope = {
        "source_app": "shop",
        "session_id": "s",
        "hook_event_type": "PreToolUse",
        "timestamp": 1_700_000_000_000,
        "payload": {"tool_name": "Bash", "tool_use_id": "t1", "agent_id": "a1"},
        "model_name": "some-model",
        "summary": "runs a command",
        "chat": [1],
    }
    expected = {
        "id": 1,
        "session_id": "s",
        "hook_event_type": "PreToolUse",
        "timestamp": 1_700_000_000_000,
        "source_app": "shop",
        "model_name": "some-model",
        "tool_name": "Bash",
        "tool_use_id": "t1",
        "agent_id": "a1",
        "summary": "runs a command",
        "sender": {"chat": [1]},
        "payload": {"tool_name": "Bash", "tool_use_id": "t1", "agent_id": "a1"},
        "payload_bytes": 60,
        "payload_clipped": False,
        "unsaved_id": None,
    }
    with hookwatch(tmp_path / "data", "ingestd") as running:
        first = running.ingestd.post(envelope)
        assert (first.status, first.headers["content-type"]) == (200, "application/json")
        assert without_received_at(first) == expected
        again = running.ingestd.post({**envelope, "summary": "said otherwise the second time"})
        assert again.json() == first.json(), "a duplicate is answered with the stored event"
        assert count(running) == 1


def test_a_batch_is_answered_with_the_result_of_each_entry(served: Hookwatch) -> None:
    """The good ones are stored whatever the bad ones are, and the sender learns which is which."""
    entries = [
        {"session_id": "b", "hook_event_name": "Stop"},
        {},
        5,
        {"session_id": "b", "hook_event_name": "PreToolUse", "tool_use_id": "twice"},
        {"session_id": "b", "hook_event_name": "PreToolUse", "tool_use_id": "twice"},
        {"session_id": "b", "hook_event_type": "X"},
        {"session_id": "b", "hook_event_type": "api_request", "timestamp": 1_700_000_000_000},
    ]
    rejected = (
        b'{"index":1,"error":{"code":"missing_field","message":"session_id is required",'
        b'"field":"session_id"}},'
        b'{"index":2,"error":{"code":"not_an_object",'
        b'"message":"body: expected `object`, got `int`","field":null}},'
        b'{"index":5,"error":{"code":"missing_field","message":"timestamp is required",'
        b'"field":"timestamp"}}'
    )
    answer = served.ingestd.post(entries)
    assert (answer.status, answer.body) == (
        200,
        b'{"accepted":3,"duplicates":1,"rejected":[' + rejected + b"]}",
    )
    sql = "SELECT hook_event_type FROM events WHERE session_id = 'b' ORDER BY id"
    assert rows(served.log_path, sql) == [("Stop",), ("PreToolUse",), ("api_request",)]


def test_each_line_of_ndjson_fails_separately(served: Hookwatch) -> None:
    """A spool whose last line was cut off by a crash still gives back all the others."""
    body = (
        b'{"session_id":"n","hook_event_name":"Stop"}\n\n'
        b'{"session_id":"n","hook_event_name":"Say","text":"one\xe2\x80\xa8line"}\n'
        b'{"session_id":"n","hook_'
    )
    answer = served.ingestd.post(body, **{"Content-Type": "application/x-ndjson"})
    rejected = (
        b'{"index":2,"error":{"code":"invalid_json","message":"Input data was truncated",'
        b'"field":null}}'
    )
    expected = b'{"accepted":2,"duplicates":0,"rejected":[' + rejected + b"]}"
    assert (answer.status, answer.body) == (200, expected)


def test_an_empty_batch_is_no_mistake(served: Hookwatch) -> None:
    """A spool may be empty."""
    assert served.ingestd.post(b"[]").body == b'{"accepted":0,"duplicates":0,"rejected":[]}'
    headers = {"Content-Type": "application/x-ndjson"}
    assert served.ingestd.post(b"\n", **headers).body == (
        b'{"accepted":0,"duplicates":0,"rejected":[]}'
    )


def test_the_same_event_is_stored_once_even_across_a_restart(tmp_path: Path) -> None:
    """A duplicate hook, a retry, a replayed spool: each would count an event again."""
    tool = {"session_id": "s", "hook_event_name": "PreToolUse", "tool_use_id": "t"}
    batch = b'[{"session_id":"s","hook_event_name":"A"},{"session_id":"s","hook_event_name":"B"}]'
    with hookwatch(tmp_path / "data", "ingestd") as running:
        for _ in range(2):
            for _ in range(2):
                assert running.ingestd.post(HOOK, **{"X-Event-Id": "key"}).body == b""
                assert running.ingestd.post(tool).body == b""
                running.ingestd.post(batch, **{"X-Event-Id": "spool"})
            assert running.ingestd.post(batch, **{"X-Event-Id": "spool"}).body == (
                b'{"accepted":0,"duplicates":2,"rejected":[]}'
            )
            assert count(running) == 4
            assert running.ingestd.stop() == 0
            running.ingestd.start()


def test_two_similar_calls_are_stored_separately(served: Hookwatch) -> None:
    """The same command can run two times, and two agents can use one id."""
    before = count(served)
    call = {"session_id": "alike", "hook_event_name": "PreToolUse", "tool_name": "Bash"}
    for body in (
        call,
        call,
        {**call, "tool_use_id": "t"},
        {**call, "tool_use_id": "t", "agent_id": "a"},
        {**call, "tool_use_id": "t", "session_id": "other"},
        {**call, "tool_use_id": "t", "hook_event_name": "PostToolUse"},
    ):
        assert served.ingestd.post(body).status == 200
    assert count(served) == before + 6


BAD_BODIES = [
    (b"", ("invalid_json", "the body is empty", None)),
    (b"{", ("invalid_json", "Input data was truncated", None)),
    (b"\xff", ("invalid_json", "not UTF-8 (byte 0)", None)),
    (b"[{]", ("invalid_json", "JSON is malformed: expected '\"' (byte 2)", None)),
    (b"5", ("not_an_object", "body: expected `object`, got `int`", None)),
    (b"null", ("not_an_object", "body: expected `object`, got `null`", None)),
    (b"{}", ("missing_field", "session_id is required", "session_id")),
    (
        b'{"session_id":"a"}',
        (
            "missing_field",
            "hook_event_name (in a hook body) or hook_event_type (in an envelope) is required",
            "hook_event_name",
        ),
    ),
    (
        b'{"session_id":1,"hook_event_name":"X"}',
        ("invalid_field", "session_id: expected `str`, got `int`", "session_id"),
    ),
    (
        b'{"session_id":"","hook_event_name":"X"}',
        ("invalid_field", "session_id: expected `str` of length >= 1", "session_id"),
    ),
    (
        b'{"session_id":"a","hook_event_name":1}',
        ("invalid_field", "hook_event_name: expected `str | null`, got `int`", "hook_event_name"),
    ),
    (
        b'{"session_id":"a","hook_event_type":"X"}',
        ("missing_field", "timestamp is required", "timestamp"),
    ),
    (
        b'{"session_id":"a","hook_event_type":"X","timestamp":"now"}',
        ("invalid_field", "timestamp: expected `int | float`, got `str`", "timestamp"),
    ),
    (
        b'{"session_id":"a","hook_event_type":"X","timestamp":-1}',
        (
            "invalid_field",
            "timestamp: expected milliseconds since the epoch, this is before 2001",
            "timestamp",
        ),
    ),
    (
        b'{"session_id":"a","hook_event_type":"X","timestamp":1700000000000,"payload":[]}',
        ("invalid_field", "payload: expected `object`, got `array`", "payload"),
    ),
]


@pytest.mark.parametrize(("body", "error"), BAD_BODIES)
def test_a_bad_body_is_answered_with_its_mistake(
    served: Hookwatch, body: bytes, error: tuple[str, str, str | None]
) -> None:
    """The author of a hook script sees nothing else."""
    before = count(served)
    answer = served.ingestd.post(body)
    assert (answer.status, answer.body) == (400, refusal(*error))
    assert answer.headers["content-type"] == "application/json"
    assert count(served) == before


@pytest.mark.parametrize(
    ("method", "path", "headers", "status", "body"),
    [
        (
            "POST",
            "/events",
            {"Content-Encoding": "gzip"},
            415,
            refusal(
                "unsupported_encoding",
                "send the body without Content-Encoding gzip",
                "Content-Encoding",
            ),
        ),
        (
            "POST",
            "/events",
            {"Host": "evil.example"},
            403,
            refusal("forbidden_host", "evil.example is not served here", "Host"),
        ),
        (
            "POST",
            "/events",
            {"Origin": "http://evil.example"},
            403,
            refusal("forbidden_origin", "http://evil.example may not use Hookwatch", "Origin"),
        ),
        (
            "POST",
            "/events",
            {"Origin": "null"},
            403,
            refusal("forbidden_origin", "null may not use Hookwatch", "Origin"),
        ),
        ("POST", "/nope", {}, 404, refusal("not_found", "no such route: /nope")),
        ("POST", "/events/", {}, 404, refusal("not_found", "no such route: /events/")),
        ("GET", "/events", {}, 405, refusal("method_not_allowed", "/events takes POST")),
        ("DELETE", "/events", {}, 405, refusal("method_not_allowed", "/events takes POST")),
        ("POST", "/health", {}, 405, refusal("method_not_allowed", "/health takes GET")),
        ("HEAD", "/events", {}, 405, b""),
        ("HEAD", "/health", {}, 200, b""),
        (
            "GET",
            "/unsaved?after=x",
            {},
            400,
            refusal("invalid_field", "after: expected a whole number", "after"),
        ),
    ],
)
def test_a_request_that_is_not_for_us_is_refused(
    served: Hookwatch, method: str, path: str, headers: dict[str, str], status: int, body: bytes
) -> None:
    """A web page must not post to the log; a client of another kind must learn what we take."""
    before = count(served)
    sent = HOOK if method == "POST" else None
    answer = served.ingestd.ask(method, path, sent, headers)
    assert (answer.status, answer.body) == (status, body)
    assert count(served) == before


def test_a_body_may_have_32_mib_and_not_a_byte_more(served: Hookwatch) -> None:
    """A tool answer of a few MB is daily work; without an end one request could take all memory."""
    before = count(served)
    frame = b'{"session_id":"s","hook_event_name":"Big","text":""}'
    whole = frame.replace(b'""', b'"' + b"x" * (32 * MIB - len(frame)) + b'"')
    assert len(whole) == 32 * MIB
    assert (served.ingestd.post(whole).status, count(served)) == (200, before + 1)
    answer = served.ingestd.post(whole + b" ")
    expected = refusal("too_large", "a body may have 33554432 bytes")
    assert (answer.status, answer.body) == (413, expected)
    assert count(served) == before + 1


def test_the_limit_of_a_body_can_be_set(tmp_path: Path) -> None:
    """Its edge is exact: a body of that size is taken."""
    with hookwatch(tmp_path / "data", "ingestd", HOOKWATCH_BODY_BYTES=str(len(HOOK))) as running:
        assert running.ingestd.post(HOOK).status == 200
        answer = running.ingestd.post(HOOK + b" ")
        assert (answer.status, answer.body) == (
            413,
            refusal("too_large", f"a body may have {len(HOOK)} bytes"),
        )
