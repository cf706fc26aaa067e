"""Kill queryd while it deletes from the views what the log has deleted."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest

from ingestd.log.writer import Writer
from tests.processes.log import integrity, rows
from tests.queryd.deleted_markers import RECEIVED_MS, marked_events, marker
from tests.queryd.folded_views import dump_file
from tests.running import DaemonProcess, Hookwatch, hookwatch, sample_bodies, wait_for

ROUNDS: Final = 3
"""How often every captured session is taken, each time as another one."""
OLD_ROUNDS: Final = 2
"""The rounds that are deleted."""
KILLS: Final = 6
EACH: Final = 2
"""Events of one deletion: few, so that the views have many deletions to handle."""


def bodies() -> Iterator[dict[str, Any]]:
    """Yield sessions one after another: so those that are left are whole."""
    for number in range(ROUNDS):
        for body in sample_bodies():
            yield {**body, "session_id": f"{body['session_id']}-{number}"}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    made = list(bodies())
    with closing(Writer(folder / "events.db", synchronous="NORMAL")) as writer:
        writer.append(marked_events(made, range(len(made), 0, -1)))
    return folder


def cursor(running: Hookwatch) -> int:
    """Return the last deletion that the views and the full text both have handled."""
    names = ("views.db", "search.db")
    return min(
        int(number)
        for name in names
        for (number,) in rows(running.data / name, "SELECT deletion FROM cursor")
    )


def kill_amid(running: Hookwatch) -> int:
    """Run queryd until it has handled some deletions; return the last of them."""
    before = cursor(running)
    running.queryd.launch()
    wait_for(lambda: cursor(running) > before)
    running.queryd.kill()
    return cursor(running)


def is_live(queryd: DaemonProcess) -> bool:
    health = queryd.get("/api/health").json()
    views, search = health["views"], health["search"]
    is_folded = views["state"] == "live" and views["folded_id"] == views["last_id"]
    return bool(is_folded and search["indexed_id"] == search["last_id"])


def answers(queryd: DaemonProcess) -> dict[str, Any]:
    """Return the API's answers about every session."""
    found = {"/api/sessions": queryd.get("/api/sessions?limit=1000").json()}
    for session in found["/api/sessions"]["sessions"]:
        for part in ("", "/turns", "/files", "/agents", "/calls"):
            path = f"/api/sessions/{session['session_id']}{part}"
            found[path] = without_call_ids(queryd.get(path).json())
    return found


def without_call_ids(answer: Any) -> Any:
    """Leave out calls' own numbers: views count them from the first that the log held."""
    if isinstance(answer, list):
        return [without_call_ids(it) for it in answer]
    if not isinstance(answer, dict):
        return answer
    if isinstance(answer.get("calls"), list):
        calls = [{**call, "id": None} for call in answer["calls"]]
        return {**answer, "calls": calls, "next": answer["next"] is not None}
    return {name: without_call_ids(it) for name, it in answer.items()}


def full_text(path: Path) -> dict[str, list[Any]]:
    """Return the tables of the full text."""
    return {
        name: found
        for name, found in dump_file(path).items()
        if name.startswith("text_") and name.count("_") == 1 and name != "text_shards"
    }


def test_views_forget_everything_however_often_they_are_killed_meanwhile(data: Path) -> None:
    """The place in the log's deletions moves with what was deleted: no kill skips one."""
    old = len(sample_bodies()) * OLD_ROUNDS
    views, search = data / "views.db", data / "search.db"
    with hookwatch(data, "queryd") as running:
        queryd = running.queryd
        wait_for(lambda: is_live(queryd))
        queryd.stop()
        words = [marker(number) for number in range(1, old + 1)]
        assert words[-1] in repr(dump_file(search))
        with closing(Writer(running.log_path, synchronous="NORMAL")) as writer:
            while writer.delete_before(RECEIVED_MS - (writer.last_id() - old), limit=EACH):
                pass
        ((last,),) = rows(running.log_path, "SELECT max(number) FROM deletions")
        assert rows(running.log_path, "SELECT min(id) FROM events") == [(old + 1,)]
        kills = 0
        while kills < KILLS and kill_amid(running) < last:
            kills += 1
        assert kills
        queryd.start()

        def words_left() -> list[str]:
            held = repr((dump_file(views), dump_file(search)))
            return [word for word in words if word in held]

        wait_for(lambda: cursor(running) == last)
        wait_for(lambda: words_left() == [])
        after, text = answers(queryd), full_text(search)
        assert len(after) > 1
        assert queryd.stop() == 0
        for path in (views, search):
            assert integrity(path) == "ok"
            for file in data.glob(f"{path.name}*"):
                file.unlink()
        queryd.start()
        wait_for(lambda: is_live(queryd))
        assert answers(queryd) == after
        assert full_text(search) == text
