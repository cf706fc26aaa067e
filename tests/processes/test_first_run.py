"""Run `hookwatch up` for the first time, in a terminal and without one."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from tests.connect.transcripts import captured
from tests.processes.terminal import CTRL_C, CTRL_D, ENTER, Terminal
from tests.running import DEADLINE_S, ROOT, Hookwatch, wait_for

COMMAND = [sys.executable, "-P", str(ROOT)]
CONNECT = "Connect Claude Code?"
STATUS_LINE = "Add the status line?"
TELEMETRY = "Turn on telemetry?"
IMPORT = "Import 51 past sessions (1.4 MB)?"
SERVES = "the dashboard is at"
NO = b"n\n"


class NewMachine(msgspec.Struct, frozen=True):
    """A home with transcripts of Claude Code's, where Hookwatch never ran."""

    home: Path
    hookwatch: Hookwatch

    @property
    def claude(self) -> Path:
        return self.home / ".claude"

    @property
    def settings(self) -> Path:
        return self.claude / "settings.json"

    @property
    def opened(self) -> str:
        """The address that the browser was given."""
        seen = self.home / "seen"
        return seen.read_text() if seen.exists() else ""

    def files(self) -> dict[str, bytes]:
        found = (it for it in self.home.rglob("*") if it.is_file())
        return {str(it.relative_to(self.home)): it.read_bytes() for it in found}

    def up(self, *options: str) -> Terminal:
        return Terminal([*COMMAND, "up", *options], self.hookwatch.environment, self.home)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command without a terminal."""
        return subprocess.run(
            [*COMMAND, *words],
            env={**os.environ, **self.hookwatch.environment},
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=DEADLINE_S,
            check=False,
        )


@pytest.fixture
def machine(tmp_path: Path) -> NewMachine:
    return new_machine(tmp_path / "home")


def new_machine(home: Path) -> NewMachine:
    captured(home / ".claude")
    browser = home / "browser"
    browser.write_text(f"#!/bin/sh\nprintf %s \"$*\" >'{home / 'seen'}'\n")
    browser.chmod(0o755)
    settings = {"HOME": str(home), "CLAUDE_CONFIG_DIR": "", "BROWSER": str(browser)}
    return NewMachine(home, Hookwatch(home / "data", settings))


def answer(running: Terminal, answers: Sequence[tuple[str, bytes]]) -> None:
    for question, keys in answers:
        running.wait_for(question)
        running.wait_for("[Y/n] ")
        running.type(keys)


def events(machine: NewMachine) -> int:
    found: int = machine.hookwatch.queryd.get("/api/health").json()["last_id"]
    return found


def test_enter_connects_imports_and_opens_the_page(machine: NewMachine) -> None:
    """A newcomer who only presses Enter ends up with a page that shows everything."""
    with machine.up() as running:
        answer(running, [(it, ENTER) for it in (CONNECT, STATUS_LINE, TELEMETRY, IMPORT)])
        assert "Context, cost, cache and limits stay empty without" in running.output
        running.wait_for("Imported ")
        running.wait_for("Opened ")
        assert machine.opened == f"http://127.0.0.1:{machine.hookwatch.queryd.port}/"
        assert "27 hooks, one script" in running.output
        settings = json.loads(machine.settings.read_text())
        assert len(settings["hooks"]) == 27
        assert "statusLine" in settings
        url = f"http://127.0.0.1:{machine.hookwatch.ingestd.port}"
        assert settings["env"]["OTEL_EXPORTER_OTLP_ENDPOINT"] == url
        assert events(machine) > 500
        running.type(CTRL_C)
        assert running.wait() == 0
    with machine.up() as running:
        running.wait_for(SERVES)
        assert "[Y/n]" not in running.output
        running.type(CTRL_C)
        assert running.wait() == 0


def test_no_is_an_answer_that_is_not_asked_again(machine: NewMachine) -> None:
    """Without hooks there is nothing for status line and telemetry to add to."""
    before = machine.files()
    with machine.up() as running:
        answer(running, [(CONNECT, b"maybe\n")])
        running.wait_for("Answer y or n.")
        answer(running, [(CONNECT, NO), (IMPORT, NO)])
        running.wait_for(SERVES)
        wait_for(lambda: machine.opened)
        assert STATUS_LINE not in running.output
        assert not machine.settings.exists()
        assert before.items() <= machine.files().items()
        running.type(CTRL_C)
        assert running.wait() == 0
    done = machine.run("up", "--detach")
    assert machine.run("down").returncode == 0
    assert len(done.stdout.splitlines()) == 2, "nor are there hints"


def test_each_part_can_be_declined(machine: NewMachine) -> None:
    with machine.up() as running:
        answer(running, [(CONNECT, b"yes\n"), (STATUS_LINE, NO), (TELEMETRY, NO), (IMPORT, NO)])
        running.wait_for("Opened ")
        settings = json.loads(machine.settings.read_text())
        assert list(settings) == ["hooks"]
        assert events(machine) == 0


@pytest.mark.parametrize("keys", [CTRL_C, CTRL_D])
@pytest.mark.parametrize("answered", [0, 1, 3])
@pytest.mark.parametrize("options", [(), ("--detach",)])
def test_ctrl_c_at_a_question_changes_nothing(
    machine: NewMachine, keys: bytes, answered: int, options: tuple[str, ...]
) -> None:
    """Whatever was answered before it: nothing starts, and the next `up` asks again."""
    before = machine.files()
    questions = [CONNECT, STATUS_LINE, TELEMETRY, IMPORT]
    with machine.up(*options) as running:
        answer(running, [(it, ENTER) for it in questions[:answered]])
        answer(running, [(questions[answered], keys)])
        running.wait_for("\nNothing was changed.\n")
        assert running.wait() == 130
        assert "Traceback" not in running.output
    assert machine.files() == before
    assert not machine.hookwatch.data.exists()


def test_ctrl_c_stops_the_import_and_the_daemons(tmp_path: Path) -> None:
    """The import is a process of its own, which must not outlive the terminal's."""
    # An import that ended before the key was pressed is tried again with more to read.
    assert any(is_import_stopped(tmp_path / str(copies), copies) for copies in (300, 1500, 7500))


def is_import_stopped(home: Path, copies: int) -> bool:
    machine = new_machine(home)
    (project, *_) = (machine.claude / "projects").iterdir()
    for number in range(copies):
        for transcript in project.glob("*.jsonl"):
            session = f"{number:08d}{transcript.stem[8:]}"  # of its own, or it would be skipped
            copy = project.with_name(f"{project.name}-{number}") / f"{session}.jsonl"
            copy.parent.mkdir(exist_ok=True)
            copy.write_bytes(
                transcript.read_bytes().replace(transcript.stem.encode(), session.encode())
            )
    with machine.up() as running:
        answer(running, [(CONNECT, NO), ("Import ", ENTER)])
        running.wait_for("Reading")  # the progress bar
        running.type(CTRL_C)
        assert running.wait() == 0
        assert running.output.count("\x1b[?25h") == running.output.count("\x1b[?25l"), "the cursor"
        return "Stopped. Run it again to continue." in running.output


def test_in_the_background_it_asks_before_it_detaches(machine: NewMachine) -> None:
    try:
        with machine.up("--detach") as running:
            answer(running, [(it, ENTER) for it in (CONNECT, STATUS_LINE, TELEMETRY, IMPORT)])
            running.wait_for("Hookwatch runs in the background")
            running.wait_for("Imported ")
            assert running.wait() == 0
        assert machine.settings.exists()
        assert machine.opened == f"http://127.0.0.1:{machine.hookwatch.queryd.port}/"
        assert events(machine) > 500
    finally:
        machine.run("down")


def test_without_a_terminal_it_prints_the_commands_and_changes_nothing(
    machine: NewMachine,
) -> None:
    """A script, a container or a service must not wait for an answer."""
    before = machine.files()
    done = machine.run("up", "--detach")
    try:
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.splitlines()[2:] == [
            "Claude Code is not connected. To connect it, then to import past sessions:",
            "  .venv/bin/hookwatch connect --statusline --telemetry",
            "  .venv/bin/hookwatch backfill",
        ]
        assert before.items() <= machine.files().items()
        assert not machine.settings.exists()
        assert not (machine.hookwatch.data / "first-run.json").exists()
        assert not machine.opened
    finally:
        machine.run("down")


def test_no_input_asks_nothing_in_a_terminal(machine: NewMachine) -> None:
    with machine.up("--no-input") as running:
        running.wait_for("hookwatch backfill\n")
        assert "[Y/n]" not in running.output
        assert not machine.settings.exists()


def test_where_hooks_are_installed_nothing_is_asked(machine: NewMachine) -> None:
    """A user who connected by hand has already chosen."""
    assert machine.run("connect", "--yes").returncode == 0
    before = machine.settings.read_bytes()
    with machine.up() as running:
        running.wait_for(SERVES)
        assert "[Y/n]" not in running.output
        running.type(CTRL_C)
        assert running.wait() == 0
    assert machine.settings.read_bytes() == before


def test_settings_that_cannot_be_edited_are_explained_and_left_alone(machine: NewMachine) -> None:
    machine.settings.write_text('{"a": 1,}')
    with machine.up() as running:
        running.wait_for("settings.json:1:8: trailing comma before }")
        answer(running, [(IMPORT, NO)])
        running.wait_for("Opened ")
    assert machine.settings.read_text() == '{"a": 1,}'


def test_telemetry_that_is_sent_elsewhere_is_not_asked_for(machine: NewMachine) -> None:
    """It has one destination, and a company may need it."""
    env = '{"env": {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}}'
    machine.settings.write_text(env)
    with machine.up() as running:
        answer(running, [(CONNECT, ENTER), (STATUS_LINE, ENTER)])
        running.wait_for("telemetry is already sent elsewhere")
        answer(running, [(IMPORT, NO)])
        running.wait_for("Opened ")
        settings = json.loads(machine.settings.read_text())
        assert settings["env"] == json.loads(env)["env"]
        assert "statusLine" in settings


def test_if_the_daemons_cannot_start_nothing_is_connected(machine: NewMachine) -> None:
    """Hooks would post prompts to the other server at that port."""
    with machine.up() as first:
        first.wait_for(CONNECT)
    machine.hookwatch.environment["HOOKWATCH_INGEST_PORT"] = str(machine.hookwatch.queryd.port)
    with machine.up() as running:
        answer(running, [(it, ENTER) for it in (CONNECT, STATUS_LINE, TELEMETRY, IMPORT)])
        assert running.wait() == 2
    assert not machine.settings.exists()


def test_details_for_scripts_are_json(machine: NewMachine) -> None:
    done = machine.run("up", "--detach", "--json")
    try:
        found = json.loads(done.stdout)
        assert found["query_url"] == f"http://127.0.0.1:{machine.hookwatch.queryd.port}"
        assert found["log"] == str(machine.hookwatch.data / "hookwatch.log")
        os.kill(found["pid"], signal.SIGCONT)  # it runs
    finally:
        machine.run("down")
    assert machine.run("up", "--json").returncode == 2
