"""Give tests transcripts, captured ones and made ones, and what backfill makes of them."""

import json
import shutil
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from connect.backfill.counts import ImportCounts
from connect.backfill.discovery import TranscriptFiles, find_sessions
from connect.backfill.events import TranscriptEvent
from connect.backfill.importer import Importer
from connect.backfill.session import SessionReader
from connect.backfill.stored import EmptyLog
from tests.running import SAMPLES

CAPTURED = SAMPLES / "transcripts"
LONG_AFTER = 1_800_000_000_000
AT = 1_795_000_000_000
ONE = "11111111-1111-4111-8111-111111111111"


def captured(config: Path) -> Path:
    """Lay the captured projects folders where Claude Code would; return its configuration."""
    for scene in sorted(CAPTURED.iterdir()):
        shutil.copytree(scene, config / "projects", dirs_exist_ok=True)
    return config


def sessions_in(config: Path) -> list[TranscriptFiles]:
    """Return the sessions on disk, oldest first."""
    return find_sessions(config / "projects", Counter())


def events_of(session: TranscriptFiles, *, now: int = LONG_AFTER) -> list[TranscriptEvent]:
    """Return the events of one session's files."""
    return list(SessionReader(session).events(now=now))


def counts_of_import(config: Path, *, now: int = LONG_AFTER) -> ImportCounts:
    """Count what is on disk, as a dry run does."""
    importer = Importer(EmptyLog(), None, now=now)
    importer.run(sessions_in(config))
    return importer.counts


def body_of(event: TranscriptEvent) -> dict[str, Any]:
    """Return an event's payload as readers of the log get it."""
    body: dict[str, Any] = json.loads(msgspec.json.encode(event.payload))
    return body


def kinds(events: Iterable[TranscriptEvent]) -> list[str]:
    """Return what happened, in order."""
    return [event.kind for event in events]


def write(config: Path, *lines: dict[str, Any] | bytes, name: str = ONE) -> Path:
    """Write a transcript and return its path."""
    path = config / "projects" / "-home-me-shop" / f"{name}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(it if isinstance(it, bytes) else encoded(it) for it in lines))
    return path


def encoded(line: dict[str, Any]) -> bytes:
    """Return a line with its end."""
    return json.dumps(line, separators=(",", ":")).encode() + b"\n"


def stamp(seconds: float) -> str:
    """Return a time as lines have it."""
    when = datetime.fromtimestamp(AT / 1000 + seconds, UTC)
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def line(kind: str, uuid: str, seconds: float, **fields: Any) -> dict[str, Any]:
    """Return a line as the client writes it."""
    return {
        "type": kind,
        "uuid": uuid,
        "timestamp": stamp(seconds),
        "sessionId": ONE,
        "cwd": "/home/me/shop",
        "entrypoint": "cli",
        "version": "2.1.330",
        **fields,
    }


def prompt_line(uuid: str, seconds: float, words: str, **fields: Any) -> dict[str, Any]:
    """Return a typed prompt."""
    message = {"role": "user", "content": words}
    return line("user", uuid, seconds, message=message, **{"promptId": f"p-{uuid}", **fields})


def assistant_line(
    uuid: str,
    seconds: float,
    *blocks: dict[str, Any],
    stop: str | None = "end_turn",
    message_id: str | None = None,
    output: int = 7,
    **fields: Any,
) -> dict[str, Any]:
    """Return a line of a message of Claude."""
    message = {
        "id": message_id or f"msg-{uuid}",
        "model": "claude-opus-5-5",
        "content": list(blocks),
        "stop_reason": stop,
        "usage": {"input_tokens": 3, "output_tokens": output},
    }
    return line("assistant", uuid, seconds, message=message, **fields)


def text(words: str) -> dict[str, Any]:
    """Return a block of text."""
    return {"type": "text", "text": words}


def tool_use(tool_use_id: str, name: str = "Bash", **given: Any) -> dict[str, Any]:
    """Return a block that calls a tool."""
    return {"type": "tool_use", "id": tool_use_id, "name": name, "input": given}


def result_line(
    uuid: str, seconds: float, tool_use_id: str, content: Any = "ok", **fields: Any
) -> dict[str, Any]:
    """Return the line of a call's result."""
    block = {"type": "tool_result", "tool_use_id": tool_use_id, "content": content}
    if "is_error" in fields:
        block["is_error"] = fields.pop("is_error")
    return line("user", uuid, seconds, message={"role": "user", "content": [block]}, **fields)
