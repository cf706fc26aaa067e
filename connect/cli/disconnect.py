"""Take the options of `hookwatch disconnect`, show what it would take out, ask, and do it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connect.cli.help import Help
from connect.cli.options import add_how, add_project
from connect.settings import scripts
from connect.settings.change import Change, agreed, carry_out, show
from connect.settings.files import read_file
from connect.settings.places import local_place, shown, user_place
from connect.settings.record import Records
from connect.settings.undo import without_ours
from shared.hook_handlers import CONNECT_FOLDER
from shared.settings import read_settings

if TYPE_CHECKING:
    import argparse

DESCRIPTION = """\
Take out of Claude Code's settings exactly what `hookwatch connect` put in: hooks of any kind and
address, the status line around yours, the variables that still have the value they were given.
What you changed since then stays; if nothing was changed, the file is what it was, byte for byte.
The log and the dashboard are left alone."""
EXAMPLES = """\
examples:
  hookwatch disconnect                      your user settings
  hookwatch disconnect --project ~/shop-api
  hookwatch disconnect --dry-run            show what that would change, and change nothing"""


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `disconnect` to the subcommands."""
    disconnect = commands.add_parser(
        "disconnect",
        help="take exactly those hooks out again",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=Help,
    )
    add_project(disconnect.add_argument_group("where"))
    add_how(disconnect.add_argument_group("how"))
    disconnect.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Disconnect: 0. What cannot be done ends as `Cannot`, with nothing changed."""
    folder = read_settings().data.absolute() / CONNECT_FOLDER
    records = Records(folder)
    place = local_place(options.project) if options.project else user_place()
    file = read_file(place.path)
    text = without_ours(file.text, records.load(place.path))
    if text == file.text:
        print(f"{shown(place.path)} has nothing of Hookwatch in it; nothing was changed.")
        return 0
    change = Change(place, file, text, None)
    show(change)
    if not agreed("Take this out?", dry_run=options.dry_run, yes=options.yes):
        return 0
    backup = carry_out(change, records, folder)
    if not records.any():
        scripts.uninstall(folder)
    print("Disconnected. Open sessions take it up with their next turn.")
    if backup:
        print(f"The settings as they were: {shown(backup)}")
    return 0
