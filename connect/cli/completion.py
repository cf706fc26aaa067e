"""Print a shell completion script: `hookwatch completion bash|zsh|fish`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import shtab

from connect.cli.help import HelpFormatter

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

SHELLS = ("bash", "zsh", "fish")
DESCRIPTION = """\
Print a script that completes hookwatch's commands and options with Tab."""
EXAMPLES = """\
examples:
  eval "$(hookwatch completion bash)"       in ~/.bashrc
  hookwatch completion zsh > ~/.zfunc/_hookwatch
                                            a folder in $fpath before compinit runs
  hookwatch completion fish > ~/.config/fish/completions/hookwatch.fish"""


def register(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    hookwatch: Callable[[], argparse.ArgumentParser],
) -> None:
    """Add `completion`; `hookwatch` makes the parser to complete."""
    completion = commands.add_parser(
        "completion",
        help="print a shell completion script",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=HelpFormatter,
    )
    completion.add_argument("shell", choices=SHELLS, help="your shell")

    def run(options: argparse.Namespace) -> int:
        print(shtab.complete(hookwatch(), shell=options.shell))
        return 0

    completion.set_defaults(run=run)
