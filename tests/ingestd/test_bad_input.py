"""Throw ten thousand broken requests at the whole app, and ask the log what it believes.

The app is the real one over a real log. Bodies are captured ones, cut, spliced, flipped and
retyped; a seed makes each run the same.
"""

import asyncio
import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ingestd.app import IngestApp
from ingestd.counters import Counters
from ingestd.intake.redact import Redact
from ingestd.log.commits import Commits
from ingestd.log.held import HeldEvents
from ingestd.log.writer import Writer
from shared.errors import ErrorBody, ErrorDetail
from shared.guard import Guard
from shared.reader import Reader
from shared.settings import Settings
from tests.ingestd.served import served
from tests.running import SAMPLES, sample_bodies
from tests.shared.asgi import Response, ask

REQUESTS = 10_000
CHUNK = 500
TYPES = [b"application/json", b"application/x-ndjson", b"application/x-ndjson; charset=utf-8", b"",
         b"text/plain", b"\xff\xfe"]  # fmt: skip
VALUES: list[Any] = [None, True, 0, -1, 1.5, 2**63, 2**64, 10**30, "", "x", "\u0000", "\ud800", [],
                     [[]], {}, {"": None}, "s" * 600, "😀", "\u2028"]  # fmt: skip
NAMES = ["session_id", "hook_event_name", "hook_event_type", "timestamp", "payload", "tool_use_id",
         "tool_name", "agent_id", "cwd", "transcript_path", "model", "sender", "event_id", "id",
         "source_app", "summary", "", "\ud800"]  # fmt: skip
SCRAPS = [b"{", b"}", b"[", b"]", b'"', b"\\", b",", b":", b"\n", b"\r", b"\x00", b"\xff",
          b"\\ud83d", b"\\u0000", b"1e999", b"9" * 400, b"[" * 2_000, b"\xef\xbb\xbf", b"NaN",
          b"TOKEN=\\",
          b"://a:b@", b"null", "\u2028".encode()]  # fmt: skip
Request = tuple[bytes, list[tuple[str, bytes]]]


class Mutator:
    """Make requests that no client should send."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        bodies = [body for body in sample_bodies() if len(json.dumps(body)) < 3_000]
        files = sorted((SAMPLES / "examples").glob("*.json"))
        self._good = [*bodies[:200], *(json.loads(file.read_bytes()) for file in files)]
        self._texts = [json.dumps(body).encode() for body in self._good]

    def requests(self, count: int) -> Iterator[Request]:
        """Yield bodies and their headers."""
        makers = [self._retyped, self._enveloped, self._batch, self._lines, self._noise, self._text]
        for _ in range(count):
            body = self._random.choice(makers)()
            for _ in range(self._random.choice([0, 0, 1, 1, 2, 5])):
                body = self._broken(body)
            yield body, self._headers()

    def _text(self) -> bytes:
        return self._random.choice(self._texts)

    def _noise(self) -> bytes:
        return self._random.randbytes(self._random.randrange(200))

    def _retyped(self) -> bytes:
        body = dict(self._random.choice(self._good))
        for _ in range(self._random.randrange(1, 4)):
            body[self._random.choice([*NAMES, *body])] = self._random.choice(VALUES)
        for _ in range(self._random.randrange(2)):
            body.pop(self._random.choice(list(body)))
        return json.dumps(body, ensure_ascii=True).encode()

    def _enveloped(self) -> bytes:
        envelope = {
            "session_id": "s",
            "hook_event_type": "PreToolUse",
            "timestamp": self._random.choice([1_700_000_000_000, 1.7e12, *VALUES]),
            "payload": self._random.choice(self._good),
            self._random.choice(NAMES): self._random.choice(VALUES),
        }
        return json.dumps(envelope).encode()

    def _batch(self) -> bytes:
        return b"[" + b",".join(self._entries()) + b"]"

    def _lines(self) -> bytes:
        return b"\n".join(self._entries())

    def _entries(self) -> list[bytes]:
        makers = [self._retyped, self._enveloped, self._text]
        return [self._random.choice(makers)() for _ in range(self._random.randrange(5))]

    def _broken(self, body: bytes) -> bytes:
        at = self._random.randrange(len(body) + 1)
        kind = self._random.randrange(5)
        if kind == 0:
            return body[:at]
        if kind == 1:
            return body[:at] + self._random.choice(SCRAPS) + body[at:]
        if kind == 2:
            return body[:at] + bytes([self._random.randrange(256)]) + body[at + 1 :]
        if kind == 3:
            return body[at:] + body[:at]
        return body[:at] + self._text()[self._random.randrange(200) :]

    def _headers(self) -> list[tuple[str, bytes]]:
        headers = [("Content-Type", self._random.choice(TYPES))]
        for name in ("X-Event-Id", "X-Fired-At", "X-Hookwatch-Sender", "X-Other"):
            if self._random.random() < 0.2:
                values = [b"", b"1", b"{}", b"[", b"-1", b"\xff", b'{"pid":1}', b"9" * 300,
                          b'{"project_dir":"/a/b"}', b'{"a":"\\ud800"}', self._noise()]  # fmt: skip
                headers.append((name, self._random.choice(values)))
        if self._random.random() < 0.01:
            headers.append(("Content-Encoding", self._random.choice([b"gzip", b"identity", b""])))
        return headers


@pytest.mark.timeout(300)
def test_ten_thousand_broken_requests_break_nothing(tmp_path: Path) -> None:
    """Anything may run as a hook, and everything on this machine may post to the port."""
    path = tmp_path / "events.db"
    writer = Writer(path, synchronous="NORMAL")
    counters = Counters()
    held = HeldEvents(limit_events=10, limit_bytes=10**6)
    commits = Commits(writer, held, counters, busy_ms=0)
    app = IngestApp(commits, counters, log_path=path, body_bytes=100_000, redact=Redact())
    requests = list(Mutator(seed=4_000).requests(REQUESTS))

    async def main() -> list[Response]:
        answers: list[Response] = []
        for start in range(0, REQUESTS, CHUNK):
            chunk = requests[start : start + CHUNK]
            asked = [
                ask(app, "POST", "/events", headers=headers, body=body) for body, headers in chunk
            ]
            answers += await asyncio.wait_for(asyncio.gather(*asked), 100)
        return answers

    answers = asyncio.run(main())
    log = Reader(path)
    events = log.after(0, limit=100_000)
    taken = 0
    for (body, _), answer in zip(requests, answers, strict=True):
        assert answer.status in {200, 400, 413, 415}, body
        taken += _taken(answer, body)
    assert taken == len(events) + counters.duplicates
    assert counters.events_stored == len(events) == log.last_id() - _gaps(events)
    statuses = {answer.status for answer in answers}
    assert {200, 400, 415} <= statuses
    assert 2_000 < sum(answer.status == 200 for answer in answers) < 8_000  # both sorts are many
    for event in events:
        json.loads(bytes(event.payload).decode("utf-8"))
        assert event.sender is None or isinstance(json.loads(bytes(event.sender)), dict)
    log.close()
    writer.close()


@pytest.mark.parametrize(
    ("query", "code", "message", "field"),
    [
        ("after=x", "invalid_field", "after: expected a whole number", "after"),
        ("after=", "invalid_field", "after: expected a whole number", "after"),
        ("after=-1", "invalid_field", "after: expected a whole number", "after"),
        ("after=1.5", "invalid_field", "after: expected a whole number", "after"),
        ("after=%D9%A3", "invalid_field", "after: expected a whole number", "after"),
        ("after=1%0A", "invalid_field", "after: expected a whole number", "after"),
        ("after=9223372036854775807", "invalid_field", "after: expected a whole number", "after"),
        ("after=1&after=2", "invalid_field", "after: expected one value, got 2", "after"),
        ("before=1", "unknown_parameter", "before: no such parameter", "before"),
    ],
)
def test_unsaved_is_asked_for_after_one_whole_number(
    tmp_path: Path, query: str, code: str, message: str, field: str
) -> None:
    """A place that was misread shows events once more, or never."""
    with served(tmp_path / "events.db") as running:
        answer = asyncio.run(ask(running.app, "GET", "/unsaved", query=query))
    assert answer.status == 400
    assert msgspec.json.decode(answer.body, type=ErrorBody).error == ErrorDetail(
        code, message, field
    )


PATHS = ["/events", "/status-line", "/health", "/metrics", "/unsaved", "/v1/logs", "/v1/metrics",
         "/v1/traces", "/", "//events", "/events/", "/EVENTS", "/nope", "/\ufffd", "/\x00", "*",
         "/" + "x" * 5_000]  # fmt: skip
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "QUERY"]
QUERIES = ["", "after=0", "after=1&after=2", "after=x", "%ff", "=", "&&", "a=\xff", "token=\xe9",
           "after=%00", "x" * 5_000]  # fmt: skip
HEADERS: dict[str, list[bytes]] = {
    "Host": [
        b"localhost",
        b"localhost:4000",
        b"[::1]:1",
        b"evil.example",
        b"",
        b"[",
        b"\xff",
        b":",
    ],
    "Origin": [b"null", b"http://127.0.0.1:4001", b"://", b"\xff", b""],
    "Authorization": [b"Bearer x", b"Bearer", b"Basic \xff", b""],
    "Cookie": [b'a={"x":1}', b"hookwatch_token=\xe9", b"=", b";;", b"\xff"],
    "Content-Type": TYPES,
    "Content-Encoding": [b"gzip", b"br", b"gzip, gzip", b""],
    "Content-Length": [b"0", b"-1", b"x", b"9" * 400, b"\xff", "\u0663".encode()],
    "Access-Control-Request-Method": [b"POST", b"", b"\xff"],
    "X-Event-Id": [b"", b"e" * 5_000, b"\xff"],
    "X-Fired-At": [b"-1", b"\xff", "\u0663".encode(), b"9" * 400],
    "X-Hookwatch-Sender": [b"[" * 5_000, b"\xff", b'{"pid":1e999}'],
}


@pytest.mark.parametrize("token", [None, "a token of enough length"])
def test_any_method_path_query_and_headers_have_an_answer(
    tmp_path: Path, token: str | None
) -> None:
    """A 500 is logged as a mistake of ours, and none of this may be one."""
    rng = random.Random(405)
    settings = Settings(token=token)
    with served(tmp_path / "events.db") as running:
        app = Guard(running.app, settings, bound_to="127.0.0.1", same_origin=False)

        async def main() -> None:
            for _ in range(3_000):
                method, path = rng.choice(METHODS), rng.choice(PATHS)
                names = rng.sample(sorted(HEADERS), rng.randrange(4))
                headers = [(name, rng.choice(HEADERS[name])) for name in names]
                if "Host" not in names:
                    headers.append(("Host", b"localhost"))
                if token and rng.random() < 0.8:
                    headers.append(("Authorization", f"Bearer {token}".encode()))
                query = rng.choice(QUERIES)
                body = rng.choice([b"", b"{}", b"[]", b"\xff", b'{"session_id":"s"}'])
                answer = await ask(app, method, path, headers=headers, body=body, query=query)
                _check_refusal(method, path, answer)

        asyncio.run(main())


def _check_refusal(method: str, path: str, answer: Response) -> None:
    """Hold a refusal to the one shape, or to OTLP's on its routes past the guard."""
    asked = (method, path, answer)
    assert answer.status in {200, 204, 400, 401, 403, 404, 405, 413, 415}, asked
    if answer.status < 400:
        return
    assert ("allow" in {name.decode() for name, _ in answer.headers}) == (answer.status == 405)
    if not path.startswith("/v1/"):
        assert msgspec.json.decode(answer.body, type=ErrorBody).error.message, asked


def _taken(answer: Response, body: bytes) -> int:
    """Return the count of stored events in an answer; check its shape."""
    if answer.status != 200:
        error = msgspec.json.decode(answer.body, type=ErrorBody)
        assert msgspec.json.encode(error) == answer.body, body
        assert error.error.message
        return 0
    if answer.body == b"":
        return 1
    decoded = json.loads(answer.body)
    if "accepted" not in decoded:
        assert decoded["id"] > 0
        return 1
    assert list(decoded) == ["accepted", "duplicates", "rejected"]
    return int(decoded["accepted"] + decoded["duplicates"])


def _gaps(events: Sequence[Any]) -> int:
    """Return how many rowids a duplicate used up."""
    ids = [event.id for event in events]
    assert ids == sorted(set(ids))
    return int(ids[-1]) - len(ids)
