"""Hold the README to the tree: its map, its settings, its commands."""

import re

import msgspec
import pytest

from shared.settings import Settings, variable
from tests.running import ROOT

README = (ROOT / "README.md").read_text("utf-8")


def table(heading: str) -> list[list[str]]:
    """Return the cells of the first table below a heading."""
    section = README.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines[2:]]


MAPS = ("Follow one event", "Follow it into the views")


@pytest.mark.parametrize("heading", MAPS)
def test_the_map_names_files_that_are_there(heading: str) -> None:
    """A newcomer follows it file by file; a wrong turn costs trust in all of it."""
    stops = table(heading)
    assert [int(stop) for stop, _, _ in stops] == list(range(1, len(stops) + 1))
    for _, path, _ in stops:
        assert (ROOT / path).is_file(), path


def test_every_setting_is_in_the_table_with_its_default() -> None:
    """A setting must be documented to be found; a default is a decision."""
    rows = {name: default for name, default, _ in table("Settings")}
    fields = {variable(field.name): field.default for field in msgspec.structs.fields(Settings)}
    assert list(rows) == list(fields)
    for name, default in fields.items():
        if name != "HOOKWATCH_DATA":
            shown = {None: "none", (): "none", True: "true"}.get(default, str(default))
            assert rows[name] == shown, name


def test_every_make_command_is_in_the_table() -> None:
    """And none that does not exist."""
    targets = re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    commands = [row[0] for row in table("Commands")]
    named = [name.removeprefix("make ") for name in commands if name.startswith("make ")]
    assert sorted(named) == sorted([*targets, "clean"] if "clean" not in targets else targets)


def test_the_folders_table_names_every_folder() -> None:
    """It is the first thing anyone opens the project with."""
    named = {row[0].rstrip("/") for row in table("Where things are")}
    there = {path.parent.name for path in ROOT.glob("*/__init__.py")} | {"web"}
    assert named == there
