"""Test what `Views` promises: all or nothing, a cursor that covers no more than was folded."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import apsw
import msgspec
import pytest

import queryd.fold.folding
from ingestd.log.writer import Writer
from queryd.fold.folding import VIEWS, Views
from queryd.search import values
from queryd.sessions import fold as sessions
from queryd.store.fact import Fact, fact_of
from queryd.store.store import DamagedError, Database
from queryd.store.view import Deleted, View
from queryd.usage import models
from shared.event import Event, NewEvent
from shared.reader import Reader
from tests.queryd.folded_views import dump, events_of, sessions_of
from tests.running import SAMPLES

FEATURES = (models, sessions, values)
"""The first that folds, one in the middle, the last."""


def refuse(patch: pytest.MonkeyPatch, feature: ModuleType, error: Exception, *ids: int) -> None:
    """Let a feature take no event of these ids."""
    fold = feature.fold

    def refusing(database: Database, facts: Sequence[Fact], *more: Any) -> Any:
        if any(fact.id in ids for fact in facts):
            raise error
        return fold(database, facts, *more)

    patch.setattr(feature, "fold", refusing)


def captured(stem: str) -> list[Event]:
    """Return the events of one captured session."""
    lines = (SAMPLES / "sessions" / f"{stem}.jsonl").read_bytes().split(b"\n")
    found = [msgspec.json.decode(line) for line in lines if line]
    return events_of([(it["at_ms"], it["body"]) for it in found])


def facts(events: Sequence[Event]) -> list[Fact]:
    """Return the facts of events."""
    return [fact_of(event) for event in events]


def numbered(events: Sequence[Event]) -> list[Event]:
    """Return events with the ids of one log."""
    return [msgspec.structs.replace(event, id=rowid) for rowid, event in enumerate(events, 1)]


EVENTS = numbered(captured("06-print-files") + captured("08-print-agents2"))


@pytest.fixture
def views(tmp_path: Path) -> Iterator[Views]:
    with closing(Views(tmp_path / "views.db")) as opened:
        yield opened


def rebuilt(tmp_path: Path, events: Sequence[Event], **known: Any) -> dict[str, list[Any]]:
    """Return all that views hold that were made of some events alone."""
    with closing(Views(tmp_path / "rebuilt.db")) as made:
        if events:
            made.fold(facts(events))
        return {**dump(made.database), **known}


def test_reopened_views_continue_at_their_cursor(tmp_path: Path) -> None:
    """The cursor is in the file: a restart neither repeats nor skips."""
    path = tmp_path / "views.db"
    with closing(Views(path)) as first:
        assert (first.folded_id, first.skipped) == (0, 0)
        first.fold(facts(EVENTS[:10]))
        assert (first.folded_id, first.received_at) == (10, EVENTS[9].received_at)
    with closing(Views(path)) as second:
        assert (second.folded_id, second.received_at) == (10, EVENTS[9].received_at)
        second.fold(facts(EVENTS[10:]))
        assert dump(second.database) == rebuilt(tmp_path, EVENTS)


@pytest.mark.parametrize("feature", FEATURES)
@pytest.mark.parametrize("error", [apsw.FullError("disk full"), apsw.IOError("no"), OSError("no")])
def test_a_disk_error_rolls_back_the_fold_and_skips_nothing(
    views: Views, monkeypatch: pytest.MonkeyPatch, feature: ModuleType, error: Exception
) -> None:
    """A full disk is over some day: what it had skipped by then would be missing for ever."""
    views.fold(facts(EVENTS[:10]))
    before = dump(views.database)
    with monkeypatch.context() as patched:
        refuse(patched, feature, error, 15)
        with pytest.raises(type(error)):
            views.fold(facts(EVENTS[10:20]))
    assert dump(views.database) == before
    assert (views.folded_id, views.skipped) == (10, 0)
    views.fold(facts(EVENTS[10:20]))
    assert (views.folded_id, views.skipped) == (20, 0)


def test_a_fold_whose_cursor_cannot_move_is_rolled_back(views: Views) -> None:
    """Without one transaction for data and cursor, a restart would repeat a fold."""
    views.fold(facts(EVENTS[:10]))
    before = dump(views.database)
    views.database.run(
        "CREATE TEMP TRIGGER stuck BEFORE UPDATE ON main.cursor"
        " BEGIN SELECT raise(ABORT, 'it does not move'); END"
    )
    with pytest.raises(apsw.ConstraintError, match="it does not move"):
        views.fold(facts(EVENTS[10:20]))
    assert dump(views.database) == before
    assert (views.folded_id, views.skipped) == (10, 0)


def test_damage_is_raised_and_not_skipped(views: Views, monkeypatch: pytest.MonkeyPatch) -> None:
    """Damaged views are rebuilt; a further fold would build on the damage."""
    refuse(monkeypatch, values, apsw.CorruptError("malformed"), 2)
    with pytest.raises(apsw.CorruptError):
        views.fold(facts(EVENTS[:3]))
    assert (views.folded_id, views.skipped) == (0, 0)


@pytest.mark.parametrize("feature", FEATURES)
def test_an_event_that_no_view_can_fold_is_skipped_alone(
    tmp_path: Path,
    views: Views,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    feature: ModuleType,
) -> None:
    """A mistake of ours in one view must cost one event, and not all that come after it."""
    with monkeypatch.context() as patched:
        refuse(patched, feature, ValueError("a mistake"), 7, 12)
        views.fold(facts(EVENTS[:12]))
        assert (views.folded_id, views.skipped) == (12, 2)
    views.fold(facts(EVENTS[12:]))
    kept = [event for event in EVENTS if event.id not in {7, 12}]
    last = EVENTS[-1]
    cursor = [(last.id, last.received_at, 0, 0, 2, None)]
    assert dump(views.database) == rebuilt(tmp_path, kept, cursor=cursor)
    found = [it.message for it in caplog.records if it.levelno >= logging.ERROR]
    assert found == [
        "cannot fold events 1 to 12 together",
        "skipping event 7",
        "skipping event 12",
    ]


def test_the_number_of_skipped_events_survives_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It shows that figures are too low, which a restart does not change."""
    path = tmp_path / "views.db"
    with monkeypatch.context() as patched, closing(Views(path)) as first:
        refuse(patched, models, ValueError("no"), 1)
        first.fold(facts(EVENTS[:3]))
    with closing(Views(path)) as second:
        assert (second.folded_id, second.skipped) == (3, 1)


def test_views_without_a_cursor_count_as_damaged(tmp_path: Path) -> None:
    """They cannot say what they hold, so they are worth nothing."""
    path = tmp_path / "views.db"
    with closing(Views(path)) as views:
        views.database.run("DELETE FROM cursor")
    with pytest.raises(DamagedError):
        Views(path)


def test_deleted_views_are_not_in_place(tmp_path: Path, views: Views) -> None:
    """Users may delete them; further folds into the unlinked file would be lost."""
    assert views.in_place
    (tmp_path / "views.db").unlink()
    assert not views.in_place
    with closing(Views(tmp_path / "views.db")) as second:
        assert second.in_place
        assert not views.in_place


FIRST, SECOND, THIRD = "06-print-files", "08-print-agents2", "24-print-bash_perm"
WHOLE = ("agents", "asks", "calls", "files", "models", "sessions", "turns")
"""Tables of rows that belong to one session; the others count over all."""


class Held(NamedTuple):
    """Hold views beside a log."""

    writer: Writer
    log: Reader
    views: Views

    def append(self, events: Sequence[Event]) -> None:
        """Store events, each a second after the one before, and fold them."""
        last = self.log.last_id()
        timed = [
            msgspec.structs.replace(event, timestamp=1_790_000_000_000 + 1_000 * rowid)
            for rowid, event in enumerate(events, last + 1)
        ]
        self.writer.append([NewEvent(event=event) for event in timed])
        self.views.fold(facts(self.log.after(self.views.folded_id)))

    def delete(self, count: int) -> None:
        """Delete the oldest events, in the log and in the views."""
        assert self.writer.delete_before(2**50, limit=count) == count
        while self.views.forget(self.log):
            pass


@pytest.fixture
def held(tmp_path: Path, views: Views) -> Iterator[Held]:
    path = tmp_path / "events.db"
    with closing(Writer(path, synchronous="NORMAL")) as writer, closing(Reader(path)) as log:
        yield Held(writer, log, views)


def test_only_data_of_deleted_events_is_deleted(tmp_path: Path, held: Held) -> None:
    """Retention is a promise too: what the log forgot must not live on in the views.

    Sessions that are still whole in the log are as views made of it now would have them.
    """
    deleted, *stay = captured(FIRST), captured(SECOND), captured(THIRD)
    events = numbered([*deleted, *(event for session in stay for event in session)])
    held.append(events)
    before = dump(held.views.database)
    held.delete(len(deleted))
    kept = held.log.after(0)
    after = dump(held.views.database)
    made = rebuilt(tmp_path, kept)
    lost = {event.session_id for event in deleted}
    found = [value for table in WHOLE for row in after[table] for value in row]
    assert not lost.intersection(value for value in found if isinstance(value, str))
    for table in WHOLE:
        assert [*map(_unnumbered, after[table])] == [*map(_unnumbered, made[table])], table
        assert set(map(repr, after[table])) <= set(map(repr, before[table])), table
    assert any(len(after[table]) < len(before[table]) for table in WHOLE)
    types = {event.hook_event_type for event in kept}
    assert {row[1] for row in after["filter_values"] if row[0] == "event_type"} == types
    assert held.views.database.fetch("SELECT folded_id, deletion FROM cursor") == [
        (len(events), held.log.deletion_numbers()[1])
    ]


def test_a_partly_deleted_session_keeps_what_its_other_events_report(held: Held) -> None:
    """Figures stay; texts are deleted with their event."""
    events = numbered(captured(FIRST))
    held.append(events)
    before = {row.session_id: row for row in sessions_of(held.views, now=0).values()}
    held.delete(len(events) - 1)
    (row,) = sessions_of(held.views, now=0).values()
    was = before[row.session_id]
    assert (row.event_count, row.tool_count) == (was.event_count, was.tool_count)
    assert was.last_prompt is not None
    assert (row.last_prompt, row.title) == (None, None)
    assert dump(held.views.database)["turns"] == []


def test_views_continue_to_fold_after_deletions(tmp_path: Path, held: Held) -> None:
    """A half that was forgotten must not come back wrong with the other half's next event."""
    events = numbered(captured(FIRST) + captured(SECOND))
    cut = len(captured(FIRST))
    held.append(events[: cut + 5])
    held.delete(cut)
    held.append(events[cut + 5 :])
    made = rebuilt(tmp_path, held.log.after(0))
    after = dump(held.views.database)
    for table in WHOLE:
        assert [*map(_unnumbered, after[table])] == [*map(_unnumbered, made[table])], table
    assert held.views.folded_id == len(events)


def test_deletions_are_applied_all_or_none(held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    """A half applied deletion would leave calls without a session."""
    held.append(EVENTS)
    before = dump(held.views.database)

    def forget(_database: Database, _deleted: Deleted) -> None:
        raise apsw.FullError

    failing = View(tables="", forget=forget)
    monkeypatch.setattr(queryd.fold.folding, "VIEWS", (*VIEWS, failing))
    with pytest.raises(apsw.FullError):
        held.delete(len(EVENTS) - 1)
    assert dump(held.views.database) == before


def _unnumbered(row: tuple[Any, ...]) -> list[Any]:
    """Leave out the numbers that calls and agents are given as they come, also inside states."""
    number = row[0] if isinstance(row[0], int) else None
    return [_without_call_ids(value) for value in row[number is not None :]]


def _without_call_ids(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_call_ids(it) for key, it in value.items() if key != "call_id"}
    return [*map(_without_call_ids, value)] if isinstance(value, list) else value
