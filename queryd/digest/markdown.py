"""Write a digest as Markdown, to paste into a chat or a report."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from queryd.digest.rows import DigestFigures, DigestReport, DigestSession
from queryd.store.fact import Status

MARKUP: Final = re.compile(r"([\\`*_\[\]<>#|~])")
STATUS_NAMES: Final[dict[Status, str]] = {
    "working": "working",
    "needs_permission": "waits for permission",
    "needs_input": "waits for an answer",
    "done": "done",
    "background": "in the background",
    "failed": "failed",
    "quiet": "quiet",
    "interrupted": "interrupted",
    "ended": "ended",
}


def markdown_of(digest: DigestReport, *, utc_offset_minutes: int) -> str:
    """Return a digest as Markdown, with local times."""
    offset = timedelta(minutes=utc_offset_minutes)
    since, until = (_time(at, offset) for at in (digest.since, digest.until))
    summary = ", ".join(_figures(digest.total, waiting=digest.waiting)) or "Nothing happened"
    lines = [f"# Digest: {since} to {until}", "", f"{summary}."]
    for session in digest.sessions:
        lines += ["", *_session(session)]
    if digest.has_more:
        lines += ["", "There are more sessions."]
    return "\n".join(lines) + "\n"


def _session(session: DigestSession) -> Iterator[str]:
    title = _escaped(session.title or session.session_id)
    project = f" ({_escaped(session.project)})" if session.project else ""
    yield f"## {title}{project}"
    yield ""
    yield (
        ", ".join([STATUS_NAMES[session.status], *_figures(session, waiting=0)]).capitalize() + "."
    )
    for ask in session.asks:
        yield ""
        yield f"- Waits for you: {_escaped(ask.text or 'nothing reports what it asks')}"
    if session.last_answer:
        yield ""
        yield from (f"> {line}".rstrip() for line in session.last_answer.splitlines())


def _figures(figures: DigestFigures, *, waiting: int) -> Sequence[str]:
    files = _count(figures.files_changed, "file changed", "files changed")
    lines = f" (+{figures.lines_added:,} −{figures.lines_removed:,})"
    parts = [
        _count(figures.finished, "finished"),
        _count(figures.failed, "failed"),
        _count(figures.interrupted, "interrupted"),
        _count(waiting, "waits for you", "wait for you"),
        "" if figures.cost_usd is None else f"${figures.cost_usd:,.2f}",
        files and files + lines,
        _count(figures.prompts, "prompt", "prompts"),
        _count(figures.failed_calls, "failed call", "failed calls"),
    ]
    return [part for part in parts if part]


def _count(number: int, one: str, several: str | None = None) -> str:
    return f"{number:,} {one if number == 1 else several or one}" if number else ""


def _time(at: int, offset: timedelta) -> str:
    local = datetime.fromtimestamp(at / 1000, UTC) + offset
    return f"{local:%Y-%m-%d %H:%M}"


def _escaped(text: str) -> str:
    """Return a text of one line that Markdown shows as it is."""
    return MARKUP.sub(r"\\\1", " ".join(text.split()))
