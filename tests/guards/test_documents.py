"""Hold the documents to the tree: paths, settings, commands, folders, routes."""

import json
import re
import shlex
from datetime import date
from pathlib import Path

import msgspec
import pytest

from bench.__main__ import FIGURES, parser
from bench.document import section_of, sections
from shared.settings import Settings, variable
from tests.running import ROOT

DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])


def table(document: str, heading: str) -> list[list[str]]:
    """Return the cells of the first table below a heading."""
    text = (ROOT / document).read_text("utf-8")
    section = text.partition(f"# {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines[2:]]


MAPS = ("From a hook to the page", "From the log to the views")


@pytest.mark.parametrize("heading", MAPS)
def test_the_map_names_files_that_are_there(heading: str) -> None:
    """A newcomer follows it file by file; a wrong turn costs trust in all of it."""
    stops = table("docs/architecture.md", heading)
    assert [int(stop) for stop, _, _ in stops] == list(range(1, len(stops) + 1))
    for _, path, _ in stops:
        assert (ROOT / path).is_file(), path


def test_every_setting_is_in_the_table_with_its_default() -> None:
    """A setting must be documented to be found; a default is a decision."""
    rows = {name: default for name, default, _ in table("docs/settings.md", "Settings")}
    fields = {variable(field.name): field.default for field in msgspec.structs.fields(Settings)}
    assert list(rows) == list(fields)
    for name, default in fields.items():
        if name != "HOOKWATCH_DATA":
            shown = {None: "none", (): "none", True: "true"}.get(default, str(default))
            assert rows[name] == shown, name


def test_every_make_command_is_in_the_table() -> None:
    """And none that does not exist."""
    targets = re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    commands = [row[0] for row in table("CONTRIBUTING.md", "Commands")]
    named = [name.removeprefix("make ") for name in commands if name.startswith("make ")]
    assert sorted(named) == sorted([*targets, "clean"] if "clean" not in targets else targets)


def test_the_folders_table_names_every_folder() -> None:
    """It is the first thing anyone opens the project with."""
    named = {row[0].rstrip("/") for row in table("docs/architecture.md", "The folders")}
    there = {path.parent.name for path in ROOT.glob("*/__init__.py")} | {"web"}
    assert named == there


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_path_that_a_document_names_is_there(document: Path) -> None:
    """A reader who follows a dead path trusts none of the others."""
    text = document.read_text("utf-8")
    named = re.findall(
        r"`((?:\.ci|bench|bin|connect|ingestd|queryd|shared|tests|web)/[\w./-]+)`", text
    )
    linked = [document.parent / it for it in re.findall(r"\]\(([\w./-]+)\)", text)]
    missing = [path for path in [*(ROOT / it for it in named), *linked] if not path.exists()]
    assert missing == []


def test_every_route_that_the_documents_name_is_served() -> None:
    """And every route is documented."""
    schema = json.loads((ROOT / "web/src/api/openapi.json").read_text("utf-8"))
    text = (ROOT / "docs/api.md").read_text("utf-8")
    named = set(re.findall(r"`(?:GET |POST )?(/(?:api/|stream)[\w/{}-]*)`", text))
    served = {re.sub(r"\{\w+\}", "{}", path) for path in schema["paths"]}
    assert {re.sub(r"\{\w+\}", "{}", path) for path in named} == served


def test_every_table_that_bench_writes_has_a_day_and_a_command_that_is_there() -> None:
    """A figure without its day or its command cannot be compared with another one."""
    written = sections((ROOT / "docs/figures.md").read_text("utf-8"))
    assert set(FIGURES) <= set(written)
    for name, section in written.items():
        found = re.match(r"Measured on (\S+): `\.venv/bin/python -m bench (.+?)`, \d+ ", section)
        assert found is not None, name
        date.fromisoformat(found[1])
        options = parser().parse_args([*shlex.split(found[2]), "--write"])
        assert section_of(options) == name


def test_the_readme_fits_a_few_screens() -> None:
    """It is read by people who have not decided yet."""
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 150
