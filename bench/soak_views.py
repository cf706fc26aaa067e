"""Read what the views contain through the API, to compare it before and after a rebuild."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any, Final
from urllib.parse import quote

import msgspec

from bench.client import TimedClient

GROUPS: Final = ("day", "hour", "model", "project", "session", "agent_type")
"""By which usage is summed up."""


class TimeSpan(msgspec.Struct, frozen=True):
    """Hold the first and the last ms of a span."""

    since: int
    until: int

    def __str__(self) -> str:
        """Write it as parameters."""
        return f"since={self.since}&until={self.until}"


class UnexpectedAnswerError(Exception):
    """Report that a route gave another status than 200."""


def answers(port: int, session_ids: Sequence[str], span: TimeSpan) -> dict[str, Any]:
    """Return what the API answers about sessions, and the figures of a span."""
    with closing(TimedClient(port)) as client:
        tools = _get(client, f"/api/tools/stats?{span}")
        names = [row["tool_name"] for row in tools["tools"]]
        paths = [*_of_sessions(session_ids, span.until), *_figures(names, span)]
        return {path: comparable(_get(client, path)) for path in paths}


def _of_sessions(session_ids: Sequence[str], until: int) -> Iterator[str]:
    for session_id in session_ids:
        for part in ("", "/calls", "/files", "/turns", "/agents"):
            yield f"/api/sessions/{session_id}{part}"
        yield f"/api/timeline?session_id={session_id}&{TimeSpan(0, until)}"
        yield f"/api/usage?by=model&session_id={session_id}&{TimeSpan(0, until)}"


def _figures(tool_names: Sequence[str], span: TimeSpan) -> Iterator[str]:
    # Not /api/limits: the least used of a window is passed over, so it depends on deleted events.
    yield f"/api/api-health?{span}"
    for group in GROUPS:
        yield f"/api/usage?by={group}&limit=500&{span}"
    yield f"/api/tools/stats?{span}"
    for name in tool_names:
        yield f"/api/tools/{quote(name, safe='')}?{span}"


def _get(client: TimedClient, path: str) -> dict[str, Any]:
    answer = client.get(path)
    if answer.status != 200:
        raise UnexpectedAnswerError(f"{path} answers {answer.status}: {answer.body.decode()}")
    found: dict[str, Any] = answer.json()
    return found


def comparable(value: Any) -> Any:  # noqa: ANN401 - an answer holds anything
    """Leave out the time of the answer, and calls' own numbers, which cursors are made of.

    Views count calls from the first that the log held, and a rebuild finds fewer in it.
    """
    if isinstance(value, list):
        return [comparable(it) for it in value]
    if not isinstance(value, dict):
        return value
    found = {name: comparable(it) for name, it in value.items() if name != "now"}
    if "tool_name" in found:
        found.pop("id", None)
    if "next" in found:
        found["next"] = found["next"] is not None
    return found
