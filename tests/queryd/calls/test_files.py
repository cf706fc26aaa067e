"""Test how often a session touched each file, and how many lines it added and took away."""

from typing import Any

import pytest

from queryd.calls.files import lines_of_patch
from queryd.sessions.read_contents import files_page
from queryd.sessions.rows import FileRow
from tests.queryd.folded_views import reader_over
from tests.queryd.hook_bodies import (
    Body,
    Timed,
    batch,
    denied,
    entry,
    event_sequence,
    of_agent,
    of_tool,
    post,
    pre,
    prompt,
    seconds,
    stop,
)

PATH = "/home/dev/shop/a.py"
REFUSED = "The user doesn't want to proceed with this tool use. The tool use was rejected"
PATCH = {"structuredPatch": [{"lines": ["-a", "+b", " c", "+d"]}, {"lines": ["+e"]}]}
GIVEN: dict[str, dict[str, Any]] = {
    "Read": {"file_path": PATH},
    "Write": {"file_path": PATH, "content": "a\nb\nc\n"},
    "Edit": {"file_path": PATH, "old_string": "a", "new_string": "b\nc"},
    "MultiEdit": {"file_path": PATH, "edits": []},
    "NotebookEdit": {"notebook_path": PATH, "new_source": "x = 1\ny = 2"},
}


def files_of(*events: Timed) -> list[FileRow]:
    """Return the files of the first session, by path."""
    with reader_over(event_sequence(*events)) as views:
        return files_page(views, "s1", limit=50, after=None)[0]


def touch(tool: str, call: str = "c1", response: Any = None, **given: Any) -> list[Body]:
    """Start a call on the file and end it well."""
    reported = {**GIVEN[tool], **given}
    return [pre(tool, call, reported), post(tool, call, reported, response)]


def lines_after(*events: Timed) -> tuple[int, int, bool]:
    """Return lines added, lines removed, and whether the file was created."""
    (file,) = files_of(prompt(), *events)
    return file.lines_added, file.lines_removed, file.created


@pytest.mark.parametrize(
    ("tool", "counts"),
    [
        ("Read", (1, 0, 0)),
        ("Write", (0, 1, 0)),
        ("Edit", (0, 0, 1)),
        ("MultiEdit", (0, 0, 1)),
        ("NotebookEdit", (0, 0, 1)),
    ],
)
def test_each_tool_increments_its_own_count(tool: str, counts: tuple[int, int, int]) -> None:
    """Reading a file and writing it are distinguished at a glance."""
    (file,) = files_of(prompt(), *touch(tool, response=PATCH))
    assert (file.path, file.last_event_id) == (PATH, 3)
    assert (file.read_count, file.write_count, file.edit_count) == counts
    assert seconds(file.last_touched_at) == 2


@pytest.mark.parametrize(
    ("tool", "response", "lines"),
    [
        ("Read", PATCH, (0, 0, False)),
        ("Edit", PATCH, (3, 1, False)),
        ("MultiEdit", PATCH, (3, 1, False)),
        ("Write", {**PATCH, "type": "update"}, (3, 1, False)),
        ("Write", {"type": "update", "structuredPatch": []}, (0, 0, False)),
        ("Write", {"type": "create", "structuredPatch": []}, (3, 0, True)),
        ("Write", "File created", (3, 0, False)),
        ("Edit", "Edited", (2, 1, False)),
        ("Edit", {"structuredPatch": "?"}, (0, 0, False)),
        ("NotebookEdit", {"cell_id": "a"}, (2, 0, False)),
        ("MultiEdit", None, (0, 0, False)),
    ],
)
def test_lines_come_from_the_patch_or_else_from_the_input(
    tool: str, response: Any, lines: tuple[int, int, bool]
) -> None:
    """A new file has no patch, nor has a notebook; an answer may be no more than a sentence."""
    assert lines_after(*touch(tool, response=response)) == lines


def test_a_deleted_cell_adds_no_line() -> None:
    """Its `new_source` is the deleted text."""
    assert lines_after(*touch("NotebookEdit", edit_mode="delete")) == (0, 0, False)


@pytest.mark.parametrize(
    ("content", "added"), [("", 0), ("a", 1), ("a\n", 1), ("a\n\n", 2), ("a\nb", 2), (None, 0)]
)
def test_a_new_file_has_the_line_count_of_an_editor(content: Any, added: int) -> None:
    """A newline ends a line; it does not start one."""
    created = {"type": "create"}
    assert lines_after(*touch("Write", response=created, content=content)) == (added, 0, True)


@pytest.mark.parametrize(
    ("hunks", "lines"),
    [
        (None, None),
        ([], None),
        ("+a", None),
        ([None, {}, {"lines": "+a"}, {"lines": [None, 7, "", "+a"]}], (1, 0)),
    ],
)
def test_a_patch_of_any_shape_is_counted(hunks: Any, lines: tuple[int, int] | None) -> None:
    """The answer is the client's own business and may change."""
    assert lines_of_patch({"structuredPatch": hunks}) == lines


def test_activity_of_one_file_adds_up() -> None:
    """A file made in the first minute is new for the whole session."""
    (file,) = files_of(
        prompt(),
        *touch("Write", "c1", {"type": "create"}),
        *touch("Edit", "c2", PATCH),
        *touch("Read", "c3"),
        *touch("Write", "c4", {**PATCH, "type": "update"}),
    )
    assert (file.read_count, file.write_count, file.edit_count) == (1, 2, 1)
    assert (file.lines_added, file.lines_removed, file.created) == (3 + 3 + 3, 1 + 1, True)
    assert seconds(file.last_touched_at) == 8


def test_a_call_counts_once_however_often_it_is_reported() -> None:
    """A batch repeats a Post*, and hooks in two settings files repeat everything."""
    reported = entry("File written", "Write", "c1", GIVEN["Write"])
    events = [*touch("Write", response={"type": "create"}), batch(reported)]
    doubled = [body for body in events for _ in range(2)]
    assert [file.write_count for file in files_of(prompt(), *doubled)] == [1]
    reversed_too = [batch(reported), *touch("Write", response={"type": "create"})]
    assert [file.write_count for file in files_of(prompt(), *reversed_too)] == [1]


def test_a_write_reported_only_by_its_batch_counts() -> None:
    """The Post* of it was lost; the file was written all the same."""
    reported = entry("File written", "Write", "c1", GIVEN["Write"])
    other = entry("1\tx", "Read", "c2", {"file_path": "/etc/hosts"})
    files = files_of(prompt(), pre("Write", given=GIVEN["Write"]), batch(other, reported))
    assert [(it.path, it.read_count, it.write_count, it.lines_added) for it in files] == [
        ("/etc/hosts", 1, 0, 0),
        (PATH, 0, 1, 3),
    ]


@pytest.mark.parametrize(
    "ending",
    [
        [of_tool("PostToolUseFailure", "Write", given=GIVEN["Write"], error="EACCES")],
        [batch(entry("<tool_use_error>No</tool_use_error>", "Write", "c1", GIVEN["Write"]))],
        [batch(entry(REFUSED, "Write", "c1", GIVEN["Write"]))],
        [{**denied(), "tool_name": "Write", "tool_input": GIVEN["Write"]}],
        [stop()],
        [],
    ],
    ids=["failed", "rejected unread", "refused", "denied", "interrupted", "running"],
)
def test_an_unsuccessful_call_does_not_count(ending: list[Body]) -> None:
    """A file no one let it write is no file it wrote."""
    assert files_of(prompt(), pre("Write", given=GIVEN["Write"]), *ending) == []


def test_an_interrupted_write_that_succeeds_later_counts() -> None:
    """The Stop overtook its end."""
    events = touch("Write", response={"type": "create"})
    assert len(files_of(prompt(), events[0], stop(), events[1])) == 1


@pytest.mark.parametrize("path", [None, 7, "", ["a"]])
def test_a_call_without_a_path_does_not_count(path: Any) -> None:
    """There would be nothing to call the row by."""
    assert files_of(prompt(), *touch("Read", file_path=path)) == []


def test_other_tools_and_other_sessions_do_not_count() -> None:
    """An MCP tool's `file_path` is of a world of its own."""
    elsewhere = [{**body, "session_id": "s2"} for body in touch("Read")]
    assert files_of(prompt(), pre("mcp__fs__read"), post("mcp__fs__read"), *elsewhere) == []


def test_a_subagents_call_counts_for_its_session() -> None:
    """Who asks what changed does not ask who did it."""
    assert len(files_of(prompt(), *map(of_agent, touch("Edit")))) == 1
