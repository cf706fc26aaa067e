"""Run both daemons: `hookwatch up`."""

from __future__ import annotations

import argparse
import os
import sys
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING

import msgspec

from connect.cli.first_run import FirstRun, prepare_first_run
from connect.cli.help import HelpFormatter
from connect.cli.open import open_dashboard
from connect.errors import CliError
from connect.http import dashboard_url, ingest_url
from connect.supervisor.background import OPTION as IN_BACKGROUND
from connect.supervisor.background import STARTED, launch, report_and_detach, wait_for_report
from connect.supervisor.instance import RunningInstance, hold_lock
from connect.supervisor.output import LOG_NAME, write_to_file, write_to_terminal
from connect.supervisor.supervisor import supervise
from shared.files import make_folder
from shared.settings import read_settings, variable

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.settings import Settings

DESCRIPTION = """\
Run ingestd and queryd, and start either again when it ends: at once the first time, then after
0.5 s, 1 s, 2 s and so on up to 30 s. A restart refuses no connection. Ctrl-C stops both.

The first time in a terminal it asks whether to connect Claude Code and to import past sessions,
then opens the dashboard.

Exit code: 0 stopped by Ctrl-C, SIGTERM or `hookwatch down`, or running in the background; 1 in the
background, but a daemon keeps ending; 2 cannot start: a taken port, a bad setting, or already
running on this data."""
EXAMPLES = """\
examples:
  hookwatch up --open                       open the dashboard as well
  hookwatch up --port 8080                  serve the dashboard at http://127.0.0.1:8080
  hookwatch up --detach                     run in the background; `hookwatch down` stops it
  hookwatch up --detach --json | jq .query_url"""
FAILING = 1


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    up = commands.add_parser(
        "up",
        help="run Hookwatch",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=HelpFormatter,
    )
    up.add_argument("--open", action="store_true", help="open the dashboard in a browser")
    up.add_argument(
        "--port",
        type=_port,
        help=f"port of the dashboard (default: {variable('query_port')}, or 4001)",
    )
    mode = up.add_mutually_exclusive_group()
    mode.add_argument(
        "--detach", action="store_true", help=f"run in the background, log to DATA/{LOG_NAME}"
    )
    mode.add_argument(IN_BACKGROUND, action="store_true", help=argparse.SUPPRESS)
    up.add_argument("--no-input", action="store_true", help="ask nothing")
    up.add_argument("--json", action="store_true", help="with --detach: print JSON, ask nothing")
    up.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    if options.port is not None:
        os.environ[variable("query_port")] = str(options.port)
    if options.json and (options.open or not options.detach):
        raise CliError("--json needs --detach, without --open.")
    settings = read_settings()
    if options.in_background:
        _run_in_background(settings)
        return 0
    if options.json:
        first_run = FirstRun(settings.data)
    else:
        first_run = prepare_first_run(settings, may_ask=not options.no_input)
    make_folder(settings.data)
    if options.detach:
        return _detach(settings, first_run, options)
    _run_in_foreground(settings, first_run, open_page=options.open)
    return 0


def _detach(settings: Settings, first_run: FirstRun, options: argparse.Namespace) -> int:
    code = _start_in_background(settings, is_json=options.json)
    if code != 0:
        return code
    for line in first_run.hints:
        print(line)
    with closing(first_run):
        if first_run.set_up() and (options.open or first_run.opens_page):
            open_dashboard()
    return 0


def _run_in_foreground(settings: Settings, first_run: FirstRun, *, open_page: bool) -> None:
    write = write_to_terminal()

    def set_up() -> None:
        if first_run.set_up() and (open_page or first_run.opens_page):
            _open_or_explain(write)

    def on_start(problem: str | None) -> None:
        if problem is None:
            write("hookwatch", f"the dashboard is at {dashboard_url()}/ (Ctrl-C stops it)")
            for line in first_run.hints:
                write("hookwatch", line)
            threading.Thread(target=set_up, daemon=True).start()

    with hold_lock(settings.data, _instance()), closing(first_run):
        supervise(settings, write=write, on_start=on_start)


def _open_or_explain(write: Callable[[str, str], None]) -> None:
    try:
        open_dashboard()
    except CliError as error:
        write("hookwatch", str(error))


def _start_in_background(settings: Settings, *, is_json: bool) -> int:
    """Start this command again in a session of its own, and wait until it reports its start."""
    child = launch(os.environ)
    report = wait_for_report(child)
    if not report:
        return child.wait()  # it explained itself on stderr
    log = settings.data / LOG_NAME
    if report != STARTED:
        print(f"hookwatch up: {report}, and is started again. See {log}.", file=sys.stderr)
        return FAILING
    if is_json:
        instance = msgspec.structs.replace(_instance(str(log)), pid=child.pid)
        print(msgspec.json.format(msgspec.json.encode(instance)).decode())
    else:
        print(f"Hookwatch runs in the background (pid {child.pid}): {dashboard_url()}/")
        print(f"Log: {log}. `hookwatch down` stops it.", flush=True)
    return 0


def _run_in_background(settings: Settings) -> None:
    os.umask(0o077)  # of the log, and of the one that is renamed
    make_folder(settings.data)
    log = settings.data / LOG_NAME
    with hold_lock(settings.data, _instance(str(log))):
        write = write_to_file(log)
        write("hookwatch", f"started at {time.strftime('%Y-%m-%d %H:%M:%S')}")
        supervise(settings, write=write, on_start=report_and_detach)


def _instance(log: str | None = None) -> RunningInstance:
    return RunningInstance(
        pid=os.getpid(), ingest_url=ingest_url(), query_url=dashboard_url(), log=log
    )


def _port(text: str) -> int:
    port = int(text)
    if not 1 <= port <= 65_535:
        raise argparse.ArgumentTypeError("must be from 1 to 65535")
    return port
