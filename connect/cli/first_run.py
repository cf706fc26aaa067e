"""Ask what to set up at the first `hookwatch up` in a terminal, and remember the answers."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import msgspec
from rich.filesize import decimal

from connect.backfill.discovery import list_sessions, projects_folder
from connect.cli.connect import connect_problem
from connect.cli.status import settings_status
from connect.cli.terminal import ask
from connect.launch import hookwatch_command
from connect.settings.locations import all_locations, display_path, user_location
from connect.settings.record import RecordStore
from connect.settings.scripts import PRIVATE_MODE, write_if_changed
from connect.supervisor.instance import running_instance
from shared.hook_handlers import CONNECT_FOLDER
from shared.installation import shell_command
from shared.settings import is_loopback

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shared.settings import Settings

ANSWERS_NAME = "first-run.json"


class FirstRunAnswers(msgspec.Struct, frozen=True, kw_only=True):
    """Stored on the users' disks: fields are only added, with a default."""

    hooks: bool = False
    status_line: bool = False
    telemetry: bool = False
    past_sessions: bool = False


class FirstRun:
    """What a first `hookwatch up` does beside running: nothing unless there are answers."""

    def __init__(
        self, data: Path, answers: FirstRunAnswers | None = None, hints: Sequence[str] = ()
    ) -> None:
        self.hints = hints
        """The commands to run, where no question could be asked."""
        self._answers = answers
        self._path = data / ANSWERS_NAME
        self._lock = Lock()
        self._is_closed = False
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def opens_page(self) -> bool:
        return self._answers is not None

    def set_up(self) -> bool:
        """Connect and import as answered; return False once closed.

        The answers are stored unless connecting fails: then the next `up` asks again.
        """
        answers = self._answers
        if answers is None:
            return True
        if not answers.hooks or self._connect(answers) == 0:
            write_if_changed(self._path, msgspec.json.encode(answers), PRIVATE_MODE)
        if answers.past_sessions:
            self._run("backfill")
        return not self._is_closed

    def close(self) -> None:
        """Interrupt the command that runs, and start no other."""
        with self._lock:
            self._is_closed = True
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait()

    def _connect(self, answers: FirstRunAnswers) -> int | None:
        choices = {"--statusline": answers.status_line, "--telemetry": answers.telemetry}
        options = [option for option, is_chosen in choices.items() if is_chosen]
        return self._run("connect", "--yes", *options)

    def _run(self, *words: str) -> int | None:
        """Return the exit code; None once closed."""
        with self._lock:
            if self._is_closed:
                return None
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                [*hookwatch_command(), *words],
                stdin=subprocess.DEVNULL,
                process_group=0,  # Ctrl-C is for this process: `close` passes it on, once
            )
        return self._process.wait()


def prepare_first_run(settings: Settings, *, may_ask: bool) -> FirstRun:
    """Ask in a terminal, unless it is no first run; raise KeyboardInterrupt at Ctrl-C."""
    if not _is_first_run(settings):
        return FirstRun(settings.data)
    if not may_ask or not sys.stdin.isatty() or not sys.stdout.isatty():
        return FirstRun(settings.data, hints=[*_hints()])
    print("Welcome to Hookwatch. Enter accepts; Ctrl-C changes nothing.")
    try:
        return FirstRun(settings.data, _ask_all())
    except (KeyboardInterrupt, EOFError):
        print("\nNothing was changed.")
        raise KeyboardInterrupt from None


def _is_first_run(settings: Settings) -> bool:
    """Return whether it was never asked here, nothing is connected, and it serves this machine."""
    if (settings.data / ANSWERS_NAME).exists() or not is_loopback(settings.ingest_host):
        return False
    return running_instance(settings.data) is None and not _is_connected(settings)


def _is_connected(settings: Settings) -> bool:
    records = RecordStore(settings.data.absolute() / CONNECT_FOLDER)
    files = [settings_status(location, records) for location in all_locations(Path.cwd())]
    return any(file.events or file.plugins for file in files)


def _hints() -> Iterator[str]:
    hookwatch = shell_command()
    yield "Claude Code is not connected. To connect it, then to import past sessions:"
    yield f"  {hookwatch} connect --statusline --telemetry"
    yield f"  {hookwatch} backfill"


def _ask_all() -> FirstRunAnswers:
    hooks = status_line = telemetry = False
    if (problem := connect_problem()) is not None:
        print(f"Claude Code cannot be connected: {problem}")
    else:
        path = display_path(user_location().path)
        hooks = ask(f"Connect Claude Code? Adds hooks to {path}; `disconnect` removes them")
    if hooks:
        print("Context, cost, cache and limits stay empty without the next two.")
        status_line = _ask_for(
            "--statusline", "Add the status line? It reports context and limits, and keeps yours"
        )
        telemetry = _ask_for(
            "--telemetry", "Turn on telemetry? It reports cost and cache, to Hookwatch alone"
        )
    return FirstRunAnswers(
        hooks=hooks,
        status_line=status_line,
        telemetry=telemetry,
        past_sessions=_ask_for_past_sessions(),
    )


def _ask_for(option: str, question: str) -> bool:
    if (problem := connect_problem(option)) is not None:
        print(f"Skipped {option}: {problem}")
        return False
    return ask(question)


def _ask_for_past_sessions() -> bool:
    sizes: Sequence[int] = ()
    with suppress(OSError):  # there are none yet
        sizes = [it.size for it in list_sessions(projects_folder(), Counter())]
    if not sizes:
        return False
    noun = "session" if len(sizes) == 1 else "sessions"
    return ask(f"Import {len(sizes):,} past {noun} ({decimal(sum(sizes))})?")
