"""Read the command line of `python -m connect` and run the subcommand it names.

Each subcommand brings its own `register(commands)`, which adds its parser and names the function to
run; that function takes the parsed options and returns the exit code.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, cast

from connect.demo import command as demo

if TYPE_CHECKING:
    from collections.abc import Sequence

REGISTER = (demo.register,)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the named subcommand and return its exit code."""
    options = parser().parse_args(argv)
    return cast("int", options.run(options))


def parser() -> argparse.ArgumentParser:
    """Build the parser of all subcommands."""
    front = argparse.ArgumentParser(
        prog="python -m connect", description="Connect Claude Code to Hookwatch."
    )
    commands = front.add_subparsers(required=True, metavar="COMMAND")
    for register in REGISTER:
        register(commands)
    return front


if __name__ == "__main__":
    sys.exit(main())
