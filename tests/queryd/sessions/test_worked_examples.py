"""Hold the views to what a person wrote down after reading each captured session.

`samples/expected/<session>.json` was worked out by hand, not by running the fold. `steps` lists the
events after which the shown status, its reason or the running tool is another; after every event
that is not listed all three stay as they are. A `*` at an end leaves the rest of that text open.
"""

from collections.abc import Iterable
from itertools import zip_longest
from operator import itemgetter
from typing import Any

import msgspec
import pytest

from tests.queryd.folded_views import fold_all, fold_step_by_step
from tests.running import SAMPLES

_STEMS = sorted(path.stem for path in (SAMPLES / "sessions").glob("*.jsonl"))

_SESSION_FIELDS = (
    *("project", "title", "model_name", "turn_count", "compaction_count", "tool_count"),
    *("failure_count", "last_prompt", "last_answer", "end_reason", "permission_mode"),
)
_CALL_FIELDS = (
    *("tool_use_id", "tool_name", "agent_id", "outcome", "duration_ms", "waiting_ms"),
    "error",
)
_AGENT_FIELDS = (
    *("agent_id", "agent_type", "status", "tool_use_id", "parent_agent_id", "description"),
)


class _Expected(msgspec.Struct, forbid_unknown_fields=True):
    sessions: dict[str, dict[str, Any]]
    steps: list[tuple[int, str, str | None, str | None]]
    calls: list[dict[str, Any]]
    agents: list[dict[str, Any]]


def test_every_session_has_its_worked_example() -> None:
    """A new capture without expectations would be folded, and its errors go unnoticed."""
    assert sorted(path.name for path in (SAMPLES / "expected").iterdir()) == [
        f"{stem}.json" for stem in _STEMS
    ]


@pytest.mark.parametrize("stem", _STEMS)
def test_status_and_tool_are_right_after_every_event(stem: str) -> None:
    """A status right at the end may have called the user to a session that needed no one."""
    bodies = _bodies(stem)
    changes = {number: shown for number, *shown in _expected(stem).steps}
    assert 1 in changes
    assert max(changes) <= len(bodies)
    rows = fold_step_by_step(bodies)
    wrong = []
    expected: list[str | None] = []
    for number, ((_, body), row) in enumerate(zip(bodies, rows, strict=True), start=1):
        assert row.session_id == body["session_id"], f"{stem} #{number}: another session's row"
        expected = changes.get(number, expected)
        got = [row.status, row.status_reason, _doing(row.current_tool)]
        if not all(map(_fits, expected, got)):
            name = body["hook_event_name"]
            wrong.append(f"{stem} #{number} {name}:\n  expected {expected}\n  got      {got}")
    assert not wrong, "\n".join(["status, reason, doing differ", *wrong])


@pytest.mark.parametrize("stem", _STEMS)
def test_the_last_row_of_a_session_shows_all_of_it(stem: str) -> None:
    """The list of sessions is read from these rows alone, long after its events were deleted."""
    expected = _expected(stem).sessions
    rows = fold_all(_bodies(stem)).sessions
    assert rows.keys() == expected.keys()
    got = {session_id: _fields(row, _SESSION_FIELDS) for session_id, row in rows.items()}
    assert all(row.keys() == set(_SESSION_FIELDS) for row in expected.values())
    wrong = [
        f"{stem} {session_id} {name}:\n  expected {value!r}\n  got      {got[session_id][name]!r}"
        for session_id, row in expected.items()
        for name, value in row.items()
        if got[session_id][name] != value
    ]
    assert not wrong, "\n".join(["sessions differ", *wrong])


@pytest.mark.parametrize("stem", _STEMS)
def test_each_call_has_its_outcome_and_its_times(stem: str) -> None:
    """A call is reported once, with its true end, however many of its events never came."""
    got = [_fields(call, _CALL_FIELDS) for call in fold_all(_bodies(stem)).calls]
    wrong = [
        f"{stem}, call {number}:\n  expected {wanted}\n  got      {found}"
        for number, (wanted, found) in enumerate(zip_longest(_expected(stem).calls, got), start=1)
        if wanted is None or found is None or not _same_call(wanted, found)
    ]
    assert not wrong, "\n".join(["calls differ", *wrong])


@pytest.mark.parametrize("stem", _STEMS)
def test_each_agent_hangs_on_the_call_that_made_it(stem: str) -> None:
    """Two agents of one type differ by nothing but the call, so a wrong link is a wrong story."""
    got = [_fields(agent, _AGENT_FIELDS) for agent in fold_all(_bodies(stem)).agents]
    by_id = itemgetter("agent_id")
    assert sorted(got, key=by_id) == sorted(_expected(stem).agents, key=by_id)


def _bodies(stem: str) -> list[tuple[int, dict[str, Any]]]:
    # Not splitlines(): U+2028 stands raw inside a body.
    lines = (SAMPLES / "sessions" / f"{stem}.jsonl").read_bytes().split(b"\n")
    events = [msgspec.json.decode(line) for line in lines if line]
    return [(event["at_ms"], event["body"]) for event in events]


def _expected(stem: str) -> _Expected:
    text = (SAMPLES / "expected" / f"{stem}.json").read_bytes()
    return msgspec.json.decode(text, type=_Expected)


def _doing(tool: Any) -> str | None:
    if tool is None:
        return None
    label = tool.tool_name
    if label.startswith("mcp__"):
        label = " \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} ".join(
            label.removeprefix("mcp__").split("__", 1)
        )
    return f"{label} {tool.target}" if tool.target else label


def _fits(expected: str | None, got: str | None) -> bool:
    if expected is None or got is None or not expected.endswith("*"):
        return expected == got
    return f"{got} ".startswith(f"{expected[:-1]} ")


def _same_call(expected: dict[str, Any], got: dict[str, Any]) -> bool:
    """Compare all fields, of the error only as much of its start as was written down."""
    prefix, error = expected["error"], got["error"]
    if prefix is not None and error is not None and error.startswith(prefix):
        error = prefix
    return {**got, "error": error} == expected


def _fields(row: Any, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}
