"""Check whether hooks are installed, and whether their events arrive."""

from __future__ import annotations

import time
from contextlib import closing
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from connect.doctor.finding import Finding, ok, problem, warning
from connect.doctor.repair import connect_command, reconnect
from shared.hook_events import WORTH_HAVING
from shared.reader import NotReadableError, Reader
from shared.settings import is_loopback

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from connect.doctor.snapshot import Snapshot

EVERY_SESSION = ("UserPromptSubmit", "PreToolUse", "PostToolUse", "Stop")
"""Events that every working session sends."""
LOOPBACK = "127.0.0.1"
RECENT_EVENTS = 1_000


def installed(snapshot: Snapshot) -> Iterator[Finding]:
    for file in {it.file.name: it.file for it in snapshot.ours}.values():
        events = {it.event for it in snapshot.ours if it.file is file}
        missing = [it for it in WORTH_HAVING if it not in events]
        sent = f"{file.name} sends {len(events)} events"
        if missing and not snapshot.plugin_files:
            yield warning(f"{sent}, but not {', '.join(missing)}.", reconnect([file]))
        else:
            yield ok(f"{sent}.")
    for file in snapshot.plugin_files:
        yield ok(f"The plugin is enabled in {file.name}.")
    if not snapshot.ours and not snapshot.plugin_files:
        yield problem(
            "Claude Code is not connected.", "Run `hookwatch connect`, or install the plugin."
        )


def filtered(snapshot: Snapshot) -> Iterator[Finding]:
    """Find a matcher or a condition that suppresses events."""
    # FileChanged has no other way to name its files.
    ours = [it for it in snapshot.ours if it.event != "FileChanged"]
    matched = [it for it in ours if it.group.get("matcher") not in (None, "", "*")]
    events = {it.event for it in matched}
    events -= {it.event for it in ours if it.group.get("matcher") in (None, "", "*")}
    if events:
        yield warning(
            f"A matcher suppresses some events of {', '.join(sorted(events))}.",
            f"Run {connect_command(it.file for it in matched)} again to remove the matcher.",
        )
    if conditional := sorted({it.event for it in snapshot.ours if "if" in it.raw}):
        yield problem(
            f"An `if` on our hooks for {', '.join(conditional)} suppresses most events.",
            "Remove the `if` from those handlers.",
        )


def address(snapshot: Snapshot) -> Iterator[Finding]:
    """Find hooks that send to another ingestd than this command uses."""
    expected = snapshot.ingestd.url
    for url in sorted({it.url for it in snapshot.ours if it.url is not None}):
        if not _same_address(url, expected):
            files = [it.file for it in snapshot.ours if it.url == url]
            yield warning(
                f"Hooks send to {url}, but ingestd is expected at {expected}.",
                f"To send there, run {connect_command(files, '--url', expected)}. "
                "Otherwise set HOOKWATCH_INGEST_HOST and _PORT for this command.",
            )


def received(snapshot: Snapshot) -> Iterator[Finding]:
    """Find out whether events arrive, and which never did."""
    last_by_type, source = _last_received(snapshot)
    hooks = {event: at for event, at in last_by_type.items() if event in WORTH_HAVING}
    if not hooks:
        yield warning(
            f"No events received yet, according to {source}.",
            "Send a prompt in Claude Code and run this again.",
        )
        return
    newest = max(hooks, key=hooks.__getitem__)
    yield ok(f"Last event {_ago(hooks[newest])} ({newest}), according to {source}.")
    never = [it for it in EVERY_SESSION if it not in last_by_type]
    if never and len(never) < len(EVERY_SESSION):
        yield warning(
            f"Never received {', '.join(never)}, which every session sends.",
            f"Run {connect_command(it.file for it in snapshot.ours)} again. "
            "Running sessions pick it up.",
        )


def _last_received(snapshot: Snapshot) -> tuple[Mapping[str, int], str]:
    """Return when each event type was last received, and the source of that."""
    answer = snapshot.queryd.body.get("received")
    types = answer.get("types") if isinstance(answer, dict) else None
    if isinstance(types, list):
        valid = [it for it in types if _is_type_entry(it)]
        return {it["event_type"]: it["last_event_at"] for it in valid}, "queryd"
    try:
        with closing(Reader(snapshot.settings.log_path)) as log:
            events = log.page(limit=RECENT_EVENTS)
    except NotReadableError:
        return {}, "the log, which cannot be read"
    return {it.hook_event_type: it.timestamp for it in reversed(events)}, "the log"


def _same_address(one: str, other: str) -> bool:
    """Compare two addresses; all names of this machine are equal."""
    urls = [urlsplit(it) for it in (one, other)]
    hosts = [LOOPBACK if is_loopback(it.hostname or "") else it.hostname for it in urls]
    rests = [(it.scheme, it.port, it.path) for it in urls]
    return hosts[0] == hosts[1] and rests[0] == rests[1]


def _is_type_entry(entry: Any) -> bool:  # noqa: ANN401 - any JSON
    return (
        isinstance(entry, dict)
        and isinstance(entry.get("event_type"), str)
        and isinstance(entry.get("last_event_at"), int)
    )


def _ago(at: int) -> str:
    seconds = max(0, time.time() - at / 1000)
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size:.0f} {unit} ago"
    return f"{seconds:.0f} s ago"
