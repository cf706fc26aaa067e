"""Compare all answers with recorded ones, and test the table of renames."""

from pathlib import Path
from typing import Any

import pytest

from bench.snapshot.command import committed, differences, record
from bench.snapshot.renames import Rename, RenameError, Renames


def test_every_answer_and_table_is_what_was_recorded(tmp_path: Path) -> None:
    """A refactoring changes no answer; anyone who changes one on purpose says so by new digests."""
    different = list(differences(committed("small"), record(tmp_path, "small")))
    assert different == [], "see `python -m bench snapshot compare --help`"


def restored(name: str, value: Any, *entries: Rename) -> Any:
    """Return JSON with old names, as it is compared."""
    return Renames(entries).restore(value, name)


@pytest.mark.parametrize(
    ("entry", "now", "before"),
    [
        (
            Rename(kind="field", old="told", new="reported"),
            {"reported": [{"reported": 1}], "other": "reported"},
            {"told": [{"told": 1}], "other": "reported"},
        ),
        (
            Rename(kind="field", old="told", new="reported"),
            {"properties": {"reported": {}, "sent": {}}, "required": ["reported", "sent"]},
            {"properties": {"told": {}, "sent": {}}, "required": ["sent", "told"]},
        ),
        (
            Rename(kind="value", old="done", new="finished", field="status"),
            {"status": ["finished"], "title": "finished"},
            {"status": ["done"], "title": "finished"},
        ),
        (
            Rename(kind="value", old="done", new="finished", field="counts"),
            {"counts": {"finished": 1}},
            {"counts": {"done": 1}},
        ),
        (
            Rename(kind="text", old="Asks", new="Requests", field="summary"),
            {"summary": "Requests a permission", "prompt": "Requests"},
            {"summary": "Asks a permission", "prompt": "Requests"},
        ),
        (
            Rename(kind="text", old=r"\1 late", new=r"late: (\w+)", field="title", pattern=True),
            {"title": "late: 5"},
            {"title": "5 late"},
        ),
        (
            Rename(kind="schema", old="Told", new="Observation"),
            {"schemas": {"Observation": {}}, "$ref": "#/components/schemas/Observation"},
            {"schemas": {"Told": {}}, "$ref": "#/components/schemas/Told"},
        ),
        (
            Rename(kind="parameter", old="before", new="older_than"),
            {"error": {"field": "older_than", "message": "older_than: too small"}},
            {"error": {"field": "before", "message": "before: too small"}},
        ),
        (
            Rename(kind="route", old="/api/limits", new="/api/account"),
            {"paths": {"/api/account": {}}},
            {"paths": {"/api/limits": {}}},
        ),
    ],
)
def test_a_rename_is_undone_in_answers(entry: Rename, now: Any, before: Any) -> None:
    assert restored("events: newest", now, entry) == before


def test_a_rename_holds_where_it_says() -> None:
    entry = Rename(kind="field", old="a", new="b", where="usage*")
    assert restored("usage by day", {"b": 1}, entry) == {"a": 1}
    assert restored("limits now", {"b": 1}, entry) == {"b": 1}


def test_requests_are_sent_with_new_names() -> None:
    renames = Renames(
        [
            Rename(kind="parameter", old="before", new="older_than"),
            Rename(kind="value", old="done", new="finished", field="status"),
        ]
    )
    assert renames.new("parameter", "before", "events") == "older_than"
    assert renames.new("parameter", "after", "events") == "after"
    assert renames.new_value("status", ["done", "ended"], "sessions") == ["finished", "ended"]


@pytest.mark.parametrize(
    "entries",
    [
        [Rename(kind="field", old="a", new="c"), Rename(kind="field", old="b", new="c")],
        [Rename(kind="value", old="a", new="b")],
        [Rename(kind="field", old="a", new="b", field="c")],
    ],
    ids=["two become one", "a value of any field", "a field of a field"],
)
def test_an_ambiguous_rename_is_refused(entries: list[Rename]) -> None:
    """Two things that have one name now could have been swapped, and nothing would show it."""
    with pytest.raises(RenameError):
        Renames(entries)
