"""Remove Hookwatch from Claude Code's settings: `hookwatch disconnect`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connect.cli.change_summary import summary_lines
from connect.cli.help import HelpFormatter
from connect.cli.options import add_project, add_write_options
from connect.cli.terminal import confirm_change
from connect.settings import scripts
from connect.settings.change import SettingsChange, write_change
from connect.settings.files import read_file
from connect.settings.installed import InstalledEntries, find_installed
from connect.settings.locations import display_path, local_location, user_location
from connect.settings.record import RecordStore
from connect.settings.undo import remove_ours
from shared.hook_handlers import CONNECT_FOLDER
from shared.settings import read_settings

if TYPE_CHECKING:
    import argparse

DESCRIPTION = """\
Remove exactly what `hookwatch connect` added: hooks of any kind and address, the wrapper around
your status line, and the variables that still have the value it set. Later changes of yours stay;
without any, the file is byte for byte what it was. The log and the dashboard are not touched."""
EXAMPLES = """\
examples:
  hookwatch disconnect                      your user settings
  hookwatch disconnect --project ~/shop-api
  hookwatch disconnect --dry-run            show the change with its diff, write nothing"""


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    disconnect = commands.add_parser(
        "disconnect",
        help="remove Hookwatch's hooks",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=HelpFormatter,
    )
    add_project(disconnect.add_argument_group("where"))
    add_write_options(disconnect.add_argument_group("how"))
    disconnect.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    folder = read_settings().data.absolute() / CONNECT_FOLDER
    records = RecordStore(folder)
    location = local_location(options.project) if options.project else user_location()
    file = read_file(location.path)
    record = records.load(location.path)
    text = remove_ours(file.text, record)
    if text == file.text:
        print(f"{display_path(location.path)} is not connected. No changes.")
        return 0
    change = SettingsChange(location, file, text, None)
    print(f"Changes to {display_path(location.path)}:")
    print("\n".join(summary_lines(find_installed(file.text, record), InstalledEntries())))
    if not confirm_change("Remove this?", change, options):
        return 0
    backup = write_change(change, records, folder)
    if records.is_empty():
        scripts.uninstall(folder)
    print("Disconnected. Running sessions pick this up on their next turn.")
    if backup:
        print(f"Backup: {display_path(backup)}")
    return 0
