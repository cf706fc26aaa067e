"""Stop what `hookwatch up` started: `hookwatch down`."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

from connect.cli.help import HelpFormatter
from connect.errors import CliError
from connect.supervisor.instance import running_instance, wait_for_end
from shared.settings import read_settings

if TYPE_CHECKING:
    import argparse

DESCRIPTION = """\
Stop what `hookwatch up` runs on this data, in a terminal or in the background, and wait for its
end. Hooks store their events on disk until it runs again.

Exit code: 0 stopped, or nothing was running; 2 it cannot be stopped from here."""
EXAMPLES = """\
examples:
  hookwatch down
  hookwatch down && hookwatch up --detach   restart, as after an upgrade"""


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    down = commands.add_parser(
        "down",
        help="stop Hookwatch",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=HelpFormatter,
    )
    down.set_defaults(run=run)


def run(_options: argparse.Namespace) -> int:
    data = read_settings().data
    instance = running_instance(data)
    if instance is None:
        print(f"No `hookwatch up` runs on {data}.")
        return 0
    try:
        os.kill(instance.pid, signal.SIGTERM)
    except OSError as error:
        raise CliError(f"pid {instance.pid} can't be stopped: {error.strerror}.") from None
    wait_for_end(data)
    print("Stopped.")
    return 0
