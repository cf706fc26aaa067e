"""Read the command line of `hookwatch` and run the subcommand it names.

Each subcommand brings its own `register(commands)`, which adds its parser and names the function to
run; that function takes the parsed options and returns the exit code: 0 fine, 1 something was found
wrong, 2 it cannot be done.
"""

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
    disconnect,
    doctor,
    open,  # noqa: A004 - a command
    restore,
    status,
)
from connect.cli.help import Help
from connect.errors import Cannot
from shared import __version__
from shared.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

CANNOT = 2
INTERRUPTED = 130
DESCRIPTION = """\
Connect Claude Code to Hookwatch, and look after the connection."""
EXAMPLES = """\
first steps:
  hookwatch connect         show what is added to Claude Code's settings, and add it
  hookwatch status          tell what is installed where, and whether Hookwatch answers
  hookwatch doctor          find out why no events arrive, and what to do about it
  hookwatch backfill        store the sessions that were on disk before the hooks were
  hookwatch open            open the dashboard
  hookwatch backup FILE     copy the log while everything runs; `restore` puts it back
  hookwatch demo            see it move without Claude Code

`hookwatch COMMAND --help` tells more, with examples. Settings are HOOKWATCH_* variables."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the named subcommand and return its exit code."""
    options = parser().parse_args(argv)
    try:
        return cast("int", options.run(options))
    except (Cannot, SettingsError) as error:
        print(f"hookwatch {options.command}: {error}", file=sys.stderr)
        return CANNOT
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Who read our output has seen enough; Python must not complain of it at its exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def parser() -> argparse.ArgumentParser:
    """Build the parser of all subcommands."""
    front = argparse.ArgumentParser(
        prog="hookwatch", description=DESCRIPTION, epilog=EXAMPLES, formatter_class=Help
    )
    front.add_argument("--version", action="version", version=f"hookwatch {__version__}")
    commands = front.add_subparsers(
        title="commands", required=True, metavar="COMMAND", dest="command"
    )
    for register in REGISTER:
        register(commands)
    return front


REGISTER = (
    connect.register,
    disconnect.register,
    status.register,
    doctor.register,
    backfill.register,
    open.register,
    backup.register,
    restore.register,
    demo.register,
    partial(completion.register, front=parser),
)


if __name__ == "__main__":
    sys.exit(main())
