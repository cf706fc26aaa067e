"""Check whether hooks are installed, and whether they fire."""

from __future__ import annotations

import time
from contextlib import closing
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from connect.doctor.finding import Finding, ok, problem, warning
from connect.doctor.repair import again, connect
from shared.hook_events import WORTH_HAVING
from shared.reader import NotReadableError, Reader
from shared.settings import is_loopback

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from connect.doctor.snapshot import Scene

USUAL = ("UserPromptSubmit", "PreToolUse", "PostToolUse", "Stop")
"""What every working session sends."""
LOOPBACK = "127.0.0.1"
LOOKED_AT = 1_000
MOST_SESSIONS = 5
CONNECT = "Run `hookwatch connect`, or install the plugin."


def installed(scene: Scene) -> Iterator[Finding]:
    """Tell whether a hook leads here, and for which events."""
    for file in {it.file.name: it.file for it in scene.ours}.values():
        events = {it.event for it in scene.ours if it.file is file}
        missing = [it for it in WORTH_HAVING if it not in events]
        what = f"{file.name} sends {len(events)} events here"
        if missing and not scene.plugins:
            yield warning(f"{what}, and not {', '.join(missing)}.", again([file]))
        else:
            yield ok(f"{what}.")
    for file in scene.plugins:
        yield ok(f"The plugin is enabled in {file.name}.")
    if not scene.ours and not scene.plugins:
        yield problem("No hook leads here.", CONNECT)


def only_some(scene: Scene) -> Iterator[Finding]:
    """Tell whether a matcher or a condition holds events back."""
    # What FileChanged hears of is what its matcher names; there is no other way.
    ours = [it for it in scene.ours if it.event != "FileChanged"]
    held = [it for it in ours if it.group.get("matcher") not in (None, "", "*")]
    some = {it.event for it in held}
    some -= {it.event for it in ours if it.group.get("matcher") in (None, "", "*")}
    if some:
        yield warning(
            f"A matcher lets only some events of these through: {', '.join(sorted(some))}.",
            f"Run {connect(it.file for it in held)} again: it takes the matcher out.",
        )
    if iffy := sorted({it.event for it in scene.ours if "if" in it.raw}):
        yield problem(
            f"An `if` stands beside our hooks of {', '.join(iffy)}, and most events never meet it.",
            "Take the `if` out of those handlers.",
        )


def address(scene: Scene) -> Iterator[Finding]:
    """Tell whether the hooks lead to the ingestd that was asked."""
    there = scene.ingestd.url
    for url in sorted({it.url for it in scene.ours if it.url is not None}):
        if not _same_address(url, there):
            files = [it.file for it in scene.ours if it.url == url]
            yield warning(
                f"Hooks lead to {url}, and ingestd is looked for at {there}.",
                f"If they should lead there, run {connect(files, '--url', there)}; "
                "else set HOOKWATCH_INGEST_HOST and _PORT for this command.",
            )


def firing(scene: Scene) -> Iterator[Finding]:
    """Tell whether events arrive, and when the last of each type did."""
    heard, source = _heard(scene)
    ours = {event: at for event, at in heard.items() if event in WORTH_HAVING}
    if not ours:
        yield warning(
            f"No hook event was ever heard of, says {source}.",
            "Send Claude Code a prompt, and look again; a running session reads settings live.",
        )
        return
    last = sorted(ours.items(), key=lambda it: -it[1])
    yield ok(f"Last heard ({source}): {', '.join(f'{it} {_ago(at)}' for it, at in last)}.")
    silent = [it for it in USUAL if it not in heard]
    if silent and len(silent) < len(USUAL):
        yield warning(
            f"Never heard of: {', '.join(silent)}, which every session sends.",
            f"Run {connect(it.file for it in scene.ours)} again; a session reads settings live.",
        )


def sessions(scene: Scene) -> Iterator[Finding]:
    """Tell when each session that is alive was last heard of."""
    for row in scene.sessions[:MOST_SESSIONS]:
        name = row.get("title") or row.get("session_id")
        at, status = row.get("last_event_at"), row.get("status")
        if isinstance(at, int):
            project = f" ({row['source_app']})" if row.get("source_app") else ""
            yield ok(f"Session {str(name)[:60]}{project}: {status}, last event {_ago(at)}.")


def _heard(scene: Scene) -> tuple[Mapping[str, int], str]:
    """Return when each type was last heard of, and who says so."""
    told = scene.queryd.body.get("heard")
    types = told.get("types") if isinstance(told, dict) else None
    if isinstance(types, list):
        return {it["event_type"]: it["last_event_at"] for it in types if _is_heard(it)}, "queryd"
    try:
        with closing(Reader(scene.settings.log_path)) as log:
            events = log.page(limit=LOOKED_AT)
    except NotReadableError:
        return {}, "the log, which cannot be read"
    return {it.hook_event_type: it.timestamp for it in reversed(events)}, "the log"


def _same_address(one: str, other: str) -> bool:
    """Tell whether two addresses are the same, by whatever name of this machine."""
    hosts = [urlsplit(it) for it in (one, other)]
    names = [LOOPBACK if is_loopback(it.hostname or "") else it.hostname for it in hosts]
    rests = [(it.scheme, it.port, it.path) for it in hosts]
    return names[0] == names[1] and rests[0] == rests[1]


def _is_heard(told: Any) -> bool:  # noqa: ANN401 - any JSON
    return (
        isinstance(told, dict)
        and isinstance(told.get("event_type"), str)
        and isinstance(told.get("last_event_at"), int)
    )


def _ago(at: int) -> str:
    seconds = max(0, time.time() - at / 1000)
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size:.0f} {unit} ago"
    return f"{seconds:.0f} s ago"
