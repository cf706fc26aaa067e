"""Test `hookwatch doctor` over real daemons, folders and scripts."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from connect.doctor import daemons, hooks, programs, spool
from connect.doctor.snapshot import HealthAnswer, HookHandler, take_snapshot
from connect.settings.scripts import SOURCE
from shared import __version__
from shared.hook_handlers import command_handler
from shared.settings import Settings
from tests.connect.claude import Claude
from tests.connect.test_doctor_pitfalls import URL, snapshot_of
from tests.running import SAMPLES, Hookwatch, hookwatch, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from connect.doctor.snapshot import Snapshot
    from tests.connect.receiver import FakeIngestd

STOP = (SAMPLES / "examples" / "Stop.json").read_bytes()


@contextmanager
def connected(folder: Path, *names: str) -> Iterator[tuple[Claude, Hookwatch]]:
    """Run daemons, and connect a user to them."""
    claude = Claude(folder)
    with hookwatch(claude.data, *names) as running:
        claude.environment |= running.environment
        claude.run_connect()
        yield claude, running


def run_doctor(claude: Claude, *words: str) -> tuple[int, dict[str, list[dict[str, Any]]]]:
    """Return the exit code, and the doctor's findings by check."""
    ran = claude.run("doctor", "--json", *words)
    report = json.loads(ran.out)
    levels = [it["level"] for it in report["findings"]]
    assert report["version"] == __version__
    assert report["problems"] == levels.count("problem")
    assert report["warnings"] == levels.count("warning")
    found: dict[str, list[dict[str, Any]]] = {}
    for it in report["findings"]:
        found.setdefault(it["check"], []).append(it)
    return ran.code, found


def test_a_connection_that_works_is_well(tmp_path: Path) -> None:
    """The one line everybody hopes for must be there when it is true."""
    with connected(tmp_path) as (claude, running):
        for body in (STOP, *(it.read_bytes() for it in (SAMPLES / "examples").glob("P*.json"))):
            running.ingestd.post(body)
        prompt = (SAMPLES / "examples" / "UserPromptSubmit.json").read_bytes()
        running.ingestd.post(prompt)
        wait_for(lambda: [it["level"] for it in run_doctor(claude)[1]["firing"]] == ["ok"])
        code, found = run_doctor(claude)
        assert code == 0
        bad = [it for its in found.values() for it in its if it["level"] != "ok"]
        assert bad == []
        assert found["firing"][0]["message"].startswith("Last event ")
        words = claude.run("doctor")
        assert words.code == 0
        assert words.out.endswith("\nEverything looks good.\n")


def test_with_everything_down_each_daemon_is_a_problem(tmp_path: Path) -> None:
    """That is what it is asked for."""
    with connected(tmp_path) as (claude, running):
        running.ingestd.kill()
        running.queryd.kill()
        code, found = run_doctor(claude)
        assert code == 1
        for name in ("ingestd", "queryd"):
            assert found[name][0]["level"] == "problem"
            assert found[name][0]["advice"] == "Start it: `make start`."
        assert claude.run("doctor").out.splitlines()[-1].startswith("2 problems")


def test_with_queryd_down_the_log_shows_the_last_event(tmp_path: Path) -> None:
    """Events arrive all the same, and that must be seen."""
    with connected(tmp_path, "ingestd") as (claude, running):
        running.ingestd.post(STOP)
        _, found = run_doctor(claude)
        assert found["firing"][0]["message"].endswith(" (Stop), according to the log.")


def test_a_path_that_is_no_folder_is_an_error(tmp_path: Path) -> None:
    """2 is for scripts: nothing was checked."""
    claude = Claude(tmp_path)
    ran = claude.run("doctor", "--project", str(tmp_path / "none"))
    assert (ran.code, ran.out) == (2, "")
    assert claude.run("doctor", HOOKWATCH_DATTA="x").code == 2


def test_a_projects_settings_hold_as_well(tmp_path: Path) -> None:
    """It is the project that turned them off."""
    project = tmp_path / "shop"
    (project / ".claude").mkdir(parents=True)
    (project / ".claude" / "settings.json").write_text('{"disableAllHooks": true}')
    claude = Claude(tmp_path)
    assert "all_disabled" not in run_doctor(claude)[1]
    assert "all_disabled" in run_doctor(claude, "--project", str(project))[1]


def test_doctor_never_shows_a_secret(tmp_path: Path) -> None:
    """What it prints is pasted into issues."""
    claude = Claude(tmp_path)
    claude.environment["HOOKWATCH_TOKEN"] = "very-secret-token-of-mine"
    claude.run_connect()
    assert "very-secret" not in claude.run("doctor", "--json").out


def answer(**fields: Any) -> HealthAnswer:
    """Return the finding of a healthy daemon."""
    body = {"status": "ok", "version": __version__, "last_id": 7, **fields.pop("body", {})}
    return HealthAnswer(url=URL, status=200, body=body, **fields)


def test_another_program_on_the_port_is_recognized(tmp_path: Path, server: FakeIngestd) -> None:
    """4000 is what half of all examples listen on."""
    host, _, port = server.url.removeprefix("http://").partition(":")
    settings = Settings(data=tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOOKWATCH_INGEST_HOST", host)
        patch.setenv("HOOKWATCH_INGEST_PORT", port)
        (found,) = daemons.ingestd(take_snapshot(settings, {}, tmp_path))
    assert found.level == "problem"
    assert found.message == f"Another program answers at {server.url}."


def test_a_daemon_with_another_token_is_recognized(tmp_path: Path) -> None:
    """It runs: to start it again would not help."""
    claude = Claude(tmp_path)
    with hookwatch(claude.data, "ingestd", HOOKWATCH_TOKEN="a-token-of-length") as running:
        claude.environment |= {**running.environment, "HOOKWATCH_TOKEN": ""}
        _, found = run_doctor(claude)
    assert "refuses this command (HTTP 401)" in found["ingestd"][0]["message"]


@pytest.mark.parametrize(
    ("body", "at", "check", "start"),
    [
        ({"status": "failing", "error": "disk full"}, None, daemons.ingestd, "ingestd at"),
        ({"version": "0.0.1"}, None, daemons.versions, "ingestd is version 0.0.1, this command is"),
        (
            {"last_id": 3},
            None,
            daemons.same_log,
            "queryd has read event 7, but ingestd has written only 3",
        ),
        ({}, 60_000, daemons.clock, "The clock of ingestd's machine is 60 s ahead of"),
        ({}, -9_000, daemons.clock, "The clock of ingestd's machine is 9 s behind"),
        ({}, 1_000, daemons.clock, None),
    ],
)
def test_a_daemon_that_answers_may_still_be_wrong(
    tmp_path: Path, body: dict[str, Any], at: int | None, check: Any, start: str | None
) -> None:
    """Each of these looks like an empty dashboard."""
    snapshot = snapshot_of(tmp_path, {}, {}, answer(body=body, daemon_time=at))
    snapshot = msgspec.structs.replace(snapshot, queryd=answer())
    found = list(check(snapshot))
    assert [it.level == "ok" for it in found] == ([] if start is None else [False])
    assert start is None or found[0].message.startswith(start)


@pytest.mark.parametrize(
    ("search", "start"),
    [
        ({"state": "live", "indexed_id": 8_000}, None),
        ({"state": "indexing", "indexed_id": 4_000}, "The search index is at event 4000 of 10000"),
        ({"state": "failing", "error": "disk full"}, "queryd cannot write its search index"),
        (None, None),
    ],
)
def test_a_search_index_that_is_behind_is_reported(
    tmp_path: Path, search: dict[str, Any] | None, start: str | None
) -> None:
    """Searches that skip events look like events that were never recorded."""
    body = {"views": {}, "last_id": 10_000, "search": search}
    snapshot = snapshot_of(tmp_path, {}, {}, answer())
    snapshot = msgspec.structs.replace(snapshot, queryd=answer(body=body))
    found = [it for it in daemons.queryd(snapshot) if it.level != "ok"]
    assert [it.message.startswith(start or "") for it in found] == ([] if start is None else [True])


def with_spool(snapshot: Snapshot, *names: str) -> Path:
    """Leave events in the spool of a snapshot."""
    folder = snapshot.settings.data / "spool"
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).write_text("{}")
    return folder


def test_waiting_events_while_ingestd_is_down_are_a_warning(tmp_path: Path) -> None:
    """It is safe where it is."""
    snapshot = snapshot_of(tmp_path, {}, {}, HealthAnswer(url=URL, error="refused"))
    with_spool(snapshot, f"{time.time_ns() // 1_000_000 - 60_000:013}-a.event", ".half")
    (found,) = spool.spooled(snapshot)
    assert found.level == "warning"
    assert found.message.startswith("1 events wait in ")
    assert " the oldest for 6" in found.message


def test_waiting_events_while_ingestd_runs_are_a_problem(tmp_path: Path) -> None:
    """No ingestd will ever drain it: another user's folder, or another ingestd's."""
    snapshot = snapshot_of(tmp_path, {}, {}, answer())
    with_spool(snapshot, "1700000000000-a.event")
    assert [it.level for it in spool.spooled(snapshot)] == ["problem"]


def test_lost_and_rejected_events_are_counted(tmp_path: Path) -> None:
    """A loss that is not reported goes on."""
    snapshot = snapshot_of(tmp_path, {}, {"TMPDIR": str(tmp_path)}, answer())
    folder = with_spool(snapshot)
    (folder / ".dropped").write_bytes(b"...")
    (folder / "rejected").mkdir()
    (folder / "rejected" / "1700000000000-a.event").touch()
    messages = [it.message for it in spool.spooled(snapshot)]
    assert messages[0] == f"Spool is empty: {folder}"
    assert messages[1] == "3 events were lost: they could be neither sent nor spooled."
    assert messages[2].startswith("1 files in ")


def test_hooks_that_leave_events_elsewhere_are_a_problem(tmp_path: Path) -> None:
    """They would wait there for ever."""
    files = {"user": {"hooks": {"Stop": [{"hooks": [forward(tmp_path)]}]}}}
    for path, count in ((str(tmp_path / "spool"), 0), ("/elsewhere", 1)):
        snapshot = snapshot_of(tmp_path, files, {}, answer(body={"spool": {"path": path}}))
        assert len(list(spool.same_folder(snapshot))) == count


def forward(folder: Path) -> dict[str, Any]:
    """Return our handler by command."""
    return command_handler(folder / "forward.sh", URL, folder / "spool")


@pytest.mark.parametrize(
    ("script", "message"),
    [
        (None, "The hook script {} is missing, so hooks do nothing."),
        ("if true; then\n", "sh cannot read {}: "),
        ("exit 0\n", "Hook script OK: {}"),
    ],
)
def test_the_script_that_hooks_run_is_checked(
    tmp_path: Path, script: str | None, message: str
) -> None:
    """A folder that was tidied away silences everything, and silently."""
    path = tmp_path / "forward.sh"
    if script is not None:
        path.write_text(script)
    files = {"user": {"hooks": {"Stop": [{"hooks": [forward(tmp_path)]}]}}}
    (found,) = programs.scripts(snapshot_of(tmp_path, files))
    assert found.message.startswith(message.format(path))


def test_a_script_of_an_older_version_is_a_warning(tmp_path: Path) -> None:
    """A pull of the repository brings no new script into the data folder."""
    snapshot = snapshot_of(tmp_path, {})
    snapshot.connect_folder.mkdir(parents=True)
    name = "statusline.sh"
    (snapshot.connect_folder / name).write_bytes((SOURCE / name).read_bytes())
    (snapshot.connect_folder / "own.sh").touch()
    assert list(programs.up_to_date(snapshot)) == []
    (snapshot.connect_folder / name).write_text("# of last year\n")
    assert [it.level for it in programs.up_to_date(snapshot)] == ["warning"]


def test_a_machine_without_curl_is_a_problem(tmp_path: Path) -> None:
    """The forwarder keeps every event, and nothing ever arrives live."""
    (found,) = programs.curl(snapshot_of(tmp_path, {}, {"PATH": str(tmp_path)}))
    assert found.level == "problem"


def test_an_event_of_every_session_that_never_arrived_is_a_warning(tmp_path: Path) -> None:
    """One of the hooks is missing, or behind a matcher."""
    types = [{"event_type": "Stop", "last_event_at": 1}, {"event_type": 7}, None]
    snapshot = snapshot_of(tmp_path, {})
    snapshot = msgspec.structs.replace(snapshot, queryd=answer(body={"received": {"types": types}}))
    last, never = hooks.received(snapshot)
    assert (last.level, last.message.startswith("Last event ")) == ("ok", True)
    assert (never.level, never.message.startswith("Never received ")) == ("warning", True)


def test_a_handwritten_hook_that_posts_here_is_ours_too(tmp_path: Path) -> None:
    """The docs show one: it must not look as if nothing was installed."""
    curl = {"type": "command", "command": f"curl -s --data-binary @- {URL}/events || true"}
    http = {"type": "http", "url": f"{URL}/events"}
    other = {"type": "http", "url": "http://127.0.0.1:5000/events"}
    files = {"user": {"hooks": {"Stop": [{"hooks": [curl, http, other, {"type": "command"}]}]}}}
    ours: list[HookHandler] = [*snapshot_of(tmp_path, files).ours]
    assert [(it.kind, it.url) for it in ours] == [("command", URL), ("http", URL)]
