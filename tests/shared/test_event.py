"""Test the event's JSON: what every client, and every later version, relies upon."""

import json
import os
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.errors import SettingsError
from shared.event import Event, to_json
from shared.files import create_private, identity, make_folder
from tests.shared.events import unstored

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def test_an_events_json_has_these_fields_in_this_order() -> None:
    """The page's types are generated from them: a name that changes breaks every client."""
    assert to_json(unstored(1, payload=b'{ "a" : 1 }', sender=msgspec.Raw(b'{"pid": 1}'))) == (
        b'{"session_id":"s","hook_event_type":"UserPromptSubmit","timestamp":1001,'
        b'"received_at":2001,"id":null,"source_app":null,"model_name":null,"tool_name":null,'
        b'"tool_use_id":null,"agent_id":null,"summary":null,"sender":{"pid": 1},'
        b'"payload":{ "a" : 1 },"payload_bytes":11,"payload_clipped":false,"unsaved_id":null}'
    )


@given(
    session=TEXT,
    summary=st.none() | TEXT,
    when=st.integers(0, 2**53),
    payload=st.dictionaries(TEXT, st.integers() | TEXT | st.none(), max_size=3),
)
@settings(max_examples=100, deadline=None)
def test_decoding_reverses_encoding(
    session: str, summary: str | None, when: int, payload: dict[str, object]
) -> None:
    """Queryd reads ingestd's unsaved events like this."""
    text = json.dumps(payload).encode()
    event = unstored(session_id=session, summary=summary, timestamp=when, payload=text)
    assert msgspec.json.decode(to_json(event), type=Event) == event


def test_an_unknown_field_is_harmless() -> None:
    """The two daemons are upgraded one after the other."""
    text = to_json(unstored())[:-1] + b',"new_next_month":[1]}'
    assert msgspec.json.decode(text, type=Event) == unstored()


def test_the_folder_is_for_the_user_alone(tmp_path: Path) -> None:
    """What is in it names files, prompts and people."""
    folder = tmp_path / "a" / "data"
    make_folder(folder)
    make_folder(folder)
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_new_folder_survives_power_loss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite syncs the names in the data folder; that of the folder itself is ours to sync."""
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda number: synced.append(os.fstat(number).st_ino))
    folder = tmp_path / "a" / "data"
    make_folder(folder)
    assert set(synced) == {tmp_path.stat().st_ino, folder.parent.stat().st_ino}
    synced.clear()
    make_folder(folder)
    assert synced == []  # each start would wait for the disk


def test_an_impossible_folder_is_reported_in_one_line(tmp_path: Path) -> None:
    """A daemon that cannot start reports the reason and the path."""
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(SettingsError) as caught:
        make_folder(file / "data")
    assert str(caught.value) == f"{file / 'data'}: Not a directory"


def test_an_existing_file_becomes_private_and_keeps_its_contents(tmp_path: Path) -> None:
    """The log is opened at every start."""
    path = tmp_path / "file"
    create_private(path)
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_bytes(b"kept")
    create_private(path)
    assert path.read_bytes() == b"kept"


def test_another_file_of_the_same_name_is_another_file(tmp_path: Path) -> None:
    """It is how a deleted and recreated log is noticed."""
    path = tmp_path / "file"
    assert identity(path) is None
    path.write_bytes(b"1")
    before = identity(path)
    path.write_bytes(b"2")
    assert identity(path) == before
    other = tmp_path / "other"
    other.touch()
    other.replace(path)
    assert identity(path) != before
