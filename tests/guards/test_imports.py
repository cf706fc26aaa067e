"""Hold the folders to what each may import."""

import ast
import sys
from pathlib import Path

import pytest

from tests.running import ROOT

OURS = {"shared", "ingestd", "queryd", "connect", "bench", "tests"}
MAY_IMPORT = {
    "shared": {"msgspec", "apsw", "platformdirs"},
    "ingestd": {
        *("shared", "msgspec", "uvicorn", "ahocorasick_rs", "google", "opentelemetry", "re2"),
    },
    "queryd": {"shared", "msgspec", "litestar", "watchfiles", "uvicorn", "apsw", "rich"},
    "connect": {"shared", "msgspec", "rich", "shtab"},
}
MAY_IMPORT_APSW = {
    "queryd/store/store.py",
    "shared/backup.py",
    "shared/checkpoints.py",
    "shared/damage.py",
    "shared/durability.py",
    "shared/opening.py",
    "ingestd/log/check.py",
    "ingestd/log/pages.py",
    "shared/reader.py",
    "shared/restore.py",
    "ingestd/log/retention.py",
    "ingestd/log/replacement.py",
    "shared/schema.py",
    "ingestd/log/dedup.py",
    "shared/wiping.py",
    "ingestd/log/writer.py",
}


def imported_by(file: Path) -> set[str]:
    """Return the top-level packages a file imports, its own standard library aside."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: imports are absolute, so that one grep finds them"
            names.add((node.module or "").partition(".")[0])
    return names - set(sys.stdlib_module_names)


@pytest.mark.parametrize("folder", sorted(MAY_IMPORT))
def test_a_folder_imports_what_the_table_grants(folder: str) -> None:
    """The daemons must never need each other; the next developer must not have to find out why."""
    for file in (ROOT / folder).rglob("*.py"):
        granted = MAY_IMPORT[folder] | {folder}
        assert imported_by(file) <= granted, file.relative_to(ROOT)


def test_sql_is_spoken_in_the_log_alone() -> None:
    """Handlers without SQL are why the log can change its tables in one place."""
    speaking = {
        str(file.relative_to(ROOT))
        for folder in MAY_IMPORT
        for file in (ROOT / folder).rglob("*.py")
        if "apsw" in imported_by(file)
    }
    assert speaking == MAY_IMPORT_APSW


def test_no_test_reads_outside_the_project() -> None:
    """A clone is all that anybody has: what a test needs of elsewhere is copied into it."""
    for file in (ROOT / "tests").rglob("*.py"):
        assert ".." + "/shared" not in file.read_text("utf-8"), file.relative_to(ROOT)
