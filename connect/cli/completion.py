"""Print what makes a shell complete `hookwatch` with Tab: `hookwatch completion bash|zsh|fish`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import shtab

from connect.cli.help import Help

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

SHELLS = ("bash", "zsh", "fish")
DESCRIPTION = """\
Print a script that makes your shell complete hookwatch's commands and options with Tab."""
EXAMPLES = """\
examples:
  eval "$(hookwatch completion bash)"       in ~/.bashrc
  hookwatch completion zsh > ~/.zfunc/_hookwatch
                                            a folder that is in $fpath before compinit runs
  hookwatch completion fish > ~/.config/fish/completions/hookwatch.fish"""


def register(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    front: Callable[[], argparse.ArgumentParser],
) -> None:
    """Add `completion` to the subcommands; `front` makes the parser that is completed."""
    completion = commands.add_parser(
        "completion",
        help="print a script that completes commands in your shell",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=Help,
    )
    completion.add_argument("shell", choices=SHELLS, help="your shell")

    def run(options: argparse.Namespace) -> int:
        print(shtab.complete(front(), shell=options.shell))
        return 0

    completion.set_defaults(run=run)
