"""Test that events which do not name their project get that of their session."""

from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from ingestd.log import projects
from ingestd.log.writer import Writer
from shared.event import NO_SESSION, NewEvent
from shared.reader import Reader
from tests.shared.events import new


def hook(session_id: str, project: str | None, *, is_guessed: bool = False) -> NewEvent:
    event = new(session_id=session_id, hook_event_type="PreToolUse", source_app=project)
    return msgspec.structs.replace(event, is_project_guessed=is_guessed)


def record(session_id: str) -> NewEvent:
    return new(session_id=session_id, hook_event_type="api_request", source_app=None)


def stored(path: Path) -> list[str | None]:
    with closing(Reader(path)) as log:
        return [event.source_app for event in log.after(0)]


def test_telemetry_has_the_project_of_its_session(tmp_path: Path) -> None:
    """The filter by project dropped what Usage counted for the project."""
    path = tmp_path / "events.db"
    with closing(Writer(path)) as writer:
        writer.append([hook("a", "shop"), record("a"), hook("b", "blog")])
        writer.append([record("b"), record("unknown"), record(NO_SESSION)])
    with closing(Writer(path)) as writer:  # after a restart
        writer.append([record("a"), record("b")])
    assert stored(path) == ["shop", "shop", "blog", "blog", None, None, "shop", "blog"]


def test_a_project_that_becomes_known_later_is_used_from_then_on(tmp_path: Path) -> None:
    """Telemetry may be the first to report a session."""
    path = tmp_path / "events.db"
    with closing(Writer(path)) as writer:
        for event in (record("a"), hook("a", "shop"), record("a")):
            writer.append([event])
    assert stored(path) == [None, "shop", "shop"]


def test_a_guess_gives_way_to_what_is_known(tmp_path: Path) -> None:
    """After `cd /tmp` a session would be of another project."""
    path = tmp_path / "events.db"
    with closing(Writer(path)) as writer:
        writer.append([hook("a", "shop"), hook("a", "tmp", is_guessed=True)])
        writer.append([hook("b", "tmp", is_guessed=True), hook("b", "var", is_guessed=True)])
    assert stored(path) == ["shop", "shop", "tmp", "tmp"]


def test_a_session_that_memory_has_forgotten_is_looked_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory is bounded; the log is not forgotten."""
    monkeypatch.setattr(projects, "SESSIONS", 2)
    path = tmp_path / "events.db"
    with closing(Writer(path)) as writer:
        writer.append([hook(name, name) for name in "abcd"])
        writer.append([record(name) for name in "abcd"])
    assert stored(path) == [*"abcd", *"abcd"]
