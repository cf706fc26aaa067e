"""Make the log to request: generated events first, then every captured body.

Captured bodies go through a real ingestd, whose clock shows the time of their capture; transcripts
go through a real backfill.
"""

import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import apsw
import msgspec

from bench.daemons import ROOT
from bench.generator.log import make_log
from bench.snapshot.client import SnapshotClient
from bench.snapshot.processes import SnapshotHome

SAMPLES: Final = ROOT / "tests" / "samples"
GENERATED_END_MS: Final = 1_795_367_000_000
"""When the last generated event happens: just before the first captured one."""
STATUS_LINES_FROM_MS: Final = 1_795_368_460_000
EXAMPLES_FROM_MS: Final = 1_795_368_600_000
BACKFILL_MS: Final = 1_795_889_000_000
UUID: Final = "00000000-0000-4000-a000-000000000000"
JSON: Final = "application/json"


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """Hold a body, the route that takes it and when it arrives."""

    at_ms: int
    path: str
    body: bytes
    headers: Mapping[str, str] = MappingProxyType({"Content-Type": JSON})


def make(home: SnapshotHome, *, events: int, words: int, telemetry: str) -> dict[str, list[Any]]:
    """Make the log; return what ingestd answered, by kind of body.

    `telemetry` says which files of captured exports are sent.
    """
    make_log(home.log_path, events, seed=1, end_ms=GENERATED_END_MS, words=words)
    with closing(apsw.Connection(str(home.log_path))) as connection:
        connection.execute("UPDATE log SET uuid = ?", (UUID,)).fetchall()
    home.clock.set_ms(GENERATED_END_MS)
    answers: dict[str, list[Any]] = {}
    with home.serving("ingestd"):
        with closing(SnapshotClient(home.ingest_port)) as client:
            for name, posts in _posts(telemetry).items():
                answers[name] = [_post(home, client, post) for post in posts]
        home.clock.set_ms(BACKFILL_MS)
        _copy_transcripts(home.claude / "projects")
        home.run("connect", "backfill", "--url", f"http://127.0.0.1:{home.ingest_port}")
    with closing(apsw.Connection(str(home.log_path))) as connection:
        # Paths of this run have another length in each folder, and sizes of payloads with them.
        connection.execute(
            "UPDATE events SET payload = replace(payload, ?1, ?2), sender = replace(sender, ?1, ?2)"
            " WHERE id > ?3",
            (str(home.claude), "/home/dev/.claude", events),
        ).fetchall()
    return answers


def _post(home: SnapshotHome, client: SnapshotClient, post: Post) -> list[Any]:
    home.clock.set_ms(post.at_ms)
    answer = client.ask("POST", post.path, body=post.body, headers=post.headers)
    try:
        body = json.loads(answer.body) if answer.body else ""
    except ValueError:
        body = answer.body.hex()
    return [answer.status, body]


def _posts(telemetry: str) -> Mapping[str, Sequence[Post]]:
    hooks = [_captured(line) for line in _lines("sessions/*.jsonl")]
    return {
        "hooks": sorted(hooks, key=lambda post: post.at_ms),
        "telemetry": list(_telemetry(telemetry)),
        "status lines": list(_status_lines()),
        "examples": list(_examples()),
        "made by hand": list(_by_hand()),
        "denials": sorted(
            [_captured(line) for line in _lines("denials/*/hooks.jsonl")],
            key=lambda post: post.at_ms,
        ),
    }


def _lines(pattern: str) -> Iterator[bytes]:
    for file in sorted(SAMPLES.glob(pattern)):
        yield from (line for line in file.read_bytes().split(b"\n") if line)


def _captured(line: bytes) -> Post:
    hook = json.loads(line)
    body = json.dumps(hook["body"], ensure_ascii=False).encode()
    return Post(at_ms=hook["at_ms"], path="/events", body=body)


def _telemetry(files: str) -> Iterator[Post]:
    """Yield exports, all when the last of them could have been sent."""
    for file in sorted((SAMPLES / "otlp").glob(files)):
        route = f"/v1/{file.stem.partition('_')[0]}"
        for line in file.read_bytes().split(b"\n"):
            if line:
                yield Post(at_ms=STATUS_LINES_FROM_MS, path=route, body=line)


def _status_lines() -> Iterator[Post]:
    for number, line in enumerate(_lines("statusline*.jsonl")):
        at_ms = STATUS_LINES_FROM_MS + number * 1_000
        yield Post(at_ms=at_ms, path="/status-line", body=line)


def _examples() -> Iterator[Post]:
    for number, file in enumerate(sorted((SAMPLES / "examples").glob("*.json"))):
        at_ms = EXAMPLES_FROM_MS + number * 1_000
        yield Post(at_ms=at_ms, path="/events", body=file.read_bytes().strip())


def _by_hand() -> Iterator[Post]:
    """Yield envelopes and batches, good and bad, and bodies that are refused."""
    at_ms = EXAMPLES_FROM_MS + 60_000
    hook = {"hook_event_name": "UserPromptSubmit", "session_id": "by-hand", "cwd": "/home/dev/hand"}
    envelope = {
        "session_id": "by-hand",
        "hook_event_type": "Notification",
        "timestamp": at_ms - 5_000,
        "source_app": "hand",
        "model_name": "claude-opus-5-5",
        "event_id": "by-hand-1",
        "extra": {"kept": True},
        "payload": {"message": "Claude needs your permission", "password": "hunter2-hunter2"},
    }
    sent = {"X-Event-Id": "by-hand-2", "X-Fired-At": str(at_ms - 9_000)}
    secret = {**hook, "prompt": "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}
    lines = [{**hook, "prompt": f"line {number}"} for number in range(3)]
    yield _events(at_ms, secret)
    yield _events(at_ms, {**hook, "prompt": "sent twice"}, **sent)
    yield _events(at_ms + 1, {**hook, "prompt": "sent twice"}, **sent)
    yield _events(at_ms + 2, envelope)
    yield _events(at_ms + 3, envelope)
    yield _events(at_ms + 4, [{**hook, "prompt": "in an array"}, {"session_id": "no type"}, 3])
    yield Post(
        at_ms=at_ms + 5,
        path="/events",
        body=b"\n".join([*(json.dumps(line).encode() for line in lines), b"{broken"]),
        headers={"Content-Type": "application/x-ndjson"},
    )
    for body in (b"", b"null", b"[]", b"{", b'"text"', b"\xff", b"{}", b'{"session_id": 1}'):
        yield Post(at_ms=at_ms + 6, path="/events", body=body)
    yield _events(at_ms + 7, {**envelope, "event_id": None, "timestamp": 1_795_368})
    yield _events(at_ms + 8, {**hook, "hook_event_name": ""})
    yield Post(at_ms=at_ms + 9, path="/status-line", body=b"{}")
    yield Post(at_ms=at_ms + 9, path="/v1/logs", body=b"{")
    yield Post(at_ms=at_ms + 9, path="/nothing", body=b"{}")
    yield _events(at_ms + 9, hook, Host="elsewhere.example")
    yield _events(at_ms + 9, hook, Origin="http://elsewhere.example")


def _events(at_ms: int, body: Any, **headers: str) -> Post:  # noqa: ANN401 - any JSON
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Post(
        at_ms=at_ms,
        path="/events",
        body=json.dumps(body).encode(),
        headers={"Content-Type": JSON, **named},
    )


def _copy_transcripts(projects: Path) -> None:
    """Copy captured transcripts to where Claude Code keeps them, all written at one time."""
    for client in sorted((SAMPLES / "transcripts").iterdir()):
        shutil.copytree(client, projects, dirs_exist_ok=True)
    for file in sorted((SAMPLES / "denials").glob("*/transcript.jsonl")):
        lines = map(json.loads, _lines(str(file.relative_to(SAMPLES))))
        session_id = next(line["sessionId"] for line in lines if "sessionId" in line)
        folder = projects / f"-denials-{file.parent.name}"
        folder.mkdir()
        shutil.copyfile(file, folder / f"{session_id}.jsonl")
    for file in projects.rglob("*.jsonl"):
        os.utime(file, (BACKFILL_MS / 1_000, BACKFILL_MS / 1_000))
