"""Run `hookwatch`. Exit codes: 0 fine, 1 a problem was found, 2 it cannot be done."""

from __future__ import annotations

import argparse
import os
import sys
from functools import partial
from typing import TYPE_CHECKING, cast

from connect.cli import (
    backfill,
    backup,
    completion,
    connect,
    demo,
    digest,
    disconnect,
    doctor,
    down,
    export,
    open,  # noqa: A004 - a command
    restore,
    service,
    status,
    up,
)
from connect.cli.help import HelpFormatter
from connect.errors import CliError
from connect.launch import version_text
from shared.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

FAILED = 2
INTERRUPTED = 130
DESCRIPTION = """\
Watch Claude Code sessions."""
EXAMPLES = """\
first steps:
  hookwatch up --open       run Hookwatch and open the dashboard; Ctrl-C stops it
  hookwatch connect         add hooks to Claude Code's settings
  hookwatch status          show what is installed, and whether Hookwatch is running
  hookwatch doctor          find out why no events arrive
  hookwatch backfill        import past sessions
  hookwatch open            open the dashboard
  hookwatch export SESSION  write a session as Markdown, HTML, JSON lines or a trace
  hookwatch digest          print what happened in the last day
  hookwatch service         start Hookwatch at login
  hookwatch backup FILE     copy the log; `restore` puts it back
  hookwatch demo            play demo sessions, without Claude Code

Run `hookwatch COMMAND --help` for details. Settings are HOOKWATCH_* variables."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a subcommand and return its exit code."""
    options = parser().parse_args(argv)
    try:
        return cast("int", options.run(options))
    except (CliError, SettingsError) as error:
        print(f"hookwatch {options.command}: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader closed the pipe, as `head` does: Python must not report that at its exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def parser() -> argparse.ArgumentParser:
    hookwatch = argparse.ArgumentParser(
        prog="hookwatch", description=DESCRIPTION, epilog=EXAMPLES, formatter_class=HelpFormatter
    )
    hookwatch.add_argument("--version", action="version", version=f"hookwatch {version_text()}")
    commands = hookwatch.add_subparsers(
        title="commands", required=True, metavar="COMMAND", dest="command"
    )
    for register in REGISTER:
        register(commands)
    return hookwatch


REGISTER = (
    up.register,
    down.register,
    connect.register,
    disconnect.register,
    status.register,
    doctor.register,
    backfill.register,
    open.register,
    export.register,
    digest.register,
    backup.register,
    restore.register,
    service.register,
    demo.register,
    partial(completion.register, hookwatch=parser),
)


if __name__ == "__main__":
    sys.exit(main())
