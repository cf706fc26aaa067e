"""Test that measurements replace their sections of the document, and nothing else."""

import re
from pathlib import Path

import pytest

import bench.document
from bench.__main__ import FIGURES, main, parser
from bench.document import NoSectionError, command_of, sections, write_section
from bench.figures import table
from bench.goals import HEADING
from bench.page import NoBrowserError

PAGE = """# Figures

Written by hand.

<!-- bench hooks -->
old
<!-- end -->

Between.

<!-- bench page -->
kept
<!-- end -->
After.
"""
ROWS = [("a hook: http", "p50 1.7 ms"), (r"a \1 pattern", "2")]


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "figures.md"
    path.write_text(PAGE, "utf-8")
    return path


def test_a_measurement_replaces_its_section_alone(document: Path) -> None:
    write_section("hooks", "python -m bench hooks", ROWS, document)
    text = document.read_text("utf-8")
    before, section, after = re.split(
        r"<!-- bench hooks -->\n|(?<=\n)<!-- end -->\n", text, maxsplit=2
    )
    assert (before, after) == (PAGE.partition("<!--")[0], PAGE.partition("<!-- end -->\n")[2])
    first, _, rest = section.partition("\n\n")
    assert re.fullmatch(
        r"Measured on \d{4}-\d\d-\d\d: `python -m bench hooks`,"
        r" \d+ cores, \w+ on \w+, Python 3\.[\d.]+, SQLite 3\.[\d.]+\.",
        first,
    )
    assert rest == table(ROWS) + "\n"


def test_writing_again_leaves_one_section(document: Path) -> None:
    """Figures that pile up would be read as of today."""
    for rows in (ROWS, ROWS[:1]):
        write_section("hooks", "python -m bench hooks", rows, document)
    assert list(sections(document.read_text("utf-8"))) == ["hooks", "page"]
    assert "pattern" not in document.read_text("utf-8")


def test_a_measurement_without_a_section_is_refused(document: Path) -> None:
    with pytest.raises(NoSectionError, match="`otlp`"):
        write_section("otlp", "python -m bench otlp", ROWS, document)
    assert document.read_text("utf-8") == PAGE


def test_the_command_has_its_options_but_no_path() -> None:
    """The document is public; a path belongs to the machine."""
    options = parser().parse_args(["answers", "--log", "/home/me/events.db", "--write"])
    assert command_of(options) == (
        ".venv/bin/python -m bench answers --seconds 300.0 --clients 1 --per-second 200 --log LOG"
    )
    work = parser().parse_args(["work", "/home/me/events.db", "/home/me/more/events.db"])
    assert command_of(work) == ".venv/bin/python -m bench work --requests 20 LOG LOG"
    page = parser().parse_args(["page", "/", "/events"])
    assert command_of(page).endswith("bench page --seconds 60.0 --per-second 500 / /events")


def test_figures_measures_and_writes_every_section_of_the_default_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A measurement that fails keeps the figures it had, and the others go on."""
    document = tmp_path / "figures.md"
    document.write_text(
        "".join(f"<!-- bench {name} -->\nold\n<!-- end -->\n" for name in FIGURES), "utf-8"
    )
    monkeypatch.setattr(bench.document, "DOCUMENT", document)
    for name in ("quick", "hooks", "otlp", "redaction", "check", "recovery", "backfill", "install"):
        monkeypatch.setattr(f"bench.__main__.measure_{name}", lambda *_, **__: ROWS)
    monkeypatch.setattr(
        "bench.__main__.measure_goals", lambda: [(*row, "", "", "") for row in ROWS]
    )
    monkeypatch.setattr("bench.__main__._page", _no_browser)
    assert main(["figures"]) == 2
    written = sections(document.read_text("utf-8"))
    assert written.pop("page") == "old\n"
    goals = table([(*row, "", "", "") for row in ROWS], HEADING)
    assert goals in written.pop("goals")
    assert all(table(ROWS) in section for section in written.values())


def _no_browser(_: object) -> None:
    raise NoBrowserError("no Chromium")
