"""Say how to resume a session: the command, and whether Claude Code still has its transcript.

Only the transcripts of this machine are looked for: the path of another one means nothing here.
"""

import re
import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, Literal, NamedTuple

import msgspec

from queryd.sessions.processes import this_host
from queryd.sessions.state import Session
from queryd.store.payload import decode, text_or_none
from queryd.summaries.read import fields
from shared.claude_folder import TRANSCRIPTS, folder_named
from shared.event import Event
from shared.reader import Reader

FIRST_EVENTS: Final = 20
FIRST_BYTES: Final = 256 * 1024

TranscriptState = Literal["present", "missing", "other_host", "unknown"]

_WINDOWS: Final = re.compile(r"[A-Za-z]:[\\/]|\\\\")
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
"""Of sessions that can be resumed: anything else is another sender's, and might be an option."""


class Resume(msgspec.Struct, frozen=True, kw_only=True):
    """How to resume a session."""

    command: str | None
    """For a POSIX shell, or PowerShell where the session ran on Windows; null where it is missing,
    or the session's id is none of Claude Code's."""
    transcript: TranscriptState
    """`present` or `missing` on this machine; `other_host`, which is not looked at; `unknown`: the
    session's events name no transcript, or one of which nothing is here."""
    host: str | None
    """The machine that the session runs on, where its events name it."""


class _Places(NamedTuple):
    """What the events of a session name."""

    transcript: str | None
    folders: Sequence[str]


def resume_of(log: Reader, session: Session) -> Resume:
    """Return how to resume a session."""
    places = _places(
        log.of_session(session.session_id, after=0, limit=FIRST_EVENTS, limit_bytes=FIRST_BYTES)
    )
    state = _state(session, places.transcript)
    folder = _folder(places, session.cwd)
    is_offered = state != "missing" and _ID.fullmatch(session.session_id) is not None
    return Resume(
        command=command_of(session.session_id, folder) if is_offered else None,
        transcript=state,
        host=session.host,
    )


def command_of(session_id: str, folder: str | None) -> str:
    """Return `cd … && claude --resume …`, quoted for the shell of the folder's system."""
    resume = f"claude --resume {session_id}"
    if folder is not None and _WINDOWS.match(folder):
        return f"cd {_quoted(folder)}; {resume}"
    return resume if folder is None else f"cd {shlex.quote(folder)} && {resume}"


def _quoted(text: str) -> str:
    """Quote for PowerShell, which takes some typographic quotes for its own."""
    return "'" + re.sub("(['\u2018\u2019\u201a\u201b])", r"\1\1", text) + "'"


def _places(events: Iterable[Event]) -> _Places:
    transcript: str | None = None
    folders: list[str] = []
    for event in events:
        payload = fields(decode(bytes(event.payload)))
        if not event.agent_id:
            transcript = transcript or text_or_none(payload.get("transcript_path"))
        if (folder := text_or_none(payload.get("cwd"))) and folder not in folders:
            folders.append(folder)
    return _Places(transcript, folders)


def _folder(places: _Places, last: str | None) -> str | None:
    """Return the folder in which Claude Code looks for the session: that of its transcript.

    A session may have changed its folder since.
    """
    known = [*places.folders, *([] if last is None else [last])]
    found = TRANSCRIPTS.search(places.transcript or "")
    if found is not None:
        named = (folder_named(found[1], folder) for folder in known)
        known = [*(folder for folder in named if folder is not None), *known]
    # A control character in what is pasted may end the line, whatever the quotes.
    usable = (folder for folder in known if folder.isprintable() and _is_absolute(folder))
    return next(usable, None)


def _is_absolute(folder: str) -> bool:
    return folder.startswith("/") or _WINDOWS.match(folder) is not None


def _state(session: Session, transcript: str | None) -> TranscriptState:
    if session.host is not None and session.host != this_host():
        return "other_host"
    # No other file is ever looked for, whatever an event names.
    if transcript is None or not transcript.endswith(f"{session.session_id}.jsonl"):
        return "unknown"
    path = Path(transcript)
    if not path.is_absolute() or path.name != f"{session.session_id}.jsonl":
        return "unknown"
    try:
        if path.is_file():
            return "present"
        # Without a name of its machine, a session may have run where there are other folders.
        is_of_here = session.host is not None or path.parent.parent.is_dir()
    except (OSError, ValueError):
        return "unknown"
    return "missing" if is_of_here else "unknown"
