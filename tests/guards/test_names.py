"""Keep names plain: no word of the old dialect, in Python or TypeScript; no class name twice."""

import ast
import json
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import ROOT

WORDS = frozenset({
    *("alike", "apart", "arranger", "beat", "began", "begin", "beginning", "begins", "begun"),
    *("bone", "course", "courses", "draft", "drafts", "errand", "errands", "gone", "hands"),
    *("hear", "heard", "hears", "joiner", "likeness", "nobody", "notices", "pulse"),
    *("slots", "somebody", "soonest", "suspect", "suspects", "tell", "telling", "tells", "told"),
    *("twice", "whoever"),
})  # fmt: skip
PHRASES = ("in_force",)
TYPES = frozenset({"session_gone"})
"""Types of events that are stored in logs: they keep their names."""
CLASSES = frozenset(
    {"Cannot", "Draft", "Found", "Kept", "Made", "Said", "Step", "Told", "Twice", "Wanted"}
)
"""A class is named by a noun."""

PACKAGES = sorted(
    str(path.parent.relative_to(ROOT))
    for pattern in ("*/__init__.py", "tests/*/__init__.py")
    for path in ROOT.glob(pattern)
)


@pytest.mark.parametrize("package", PACKAGES)
def test_names_contain_no_word_of_the_dialect(package: str) -> None:
    """A stranger must not have to learn a word from us."""
    found = [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for path in modules(package)
        for name, line in definitions(path)
        if is_dialect(name)
    ]
    assert found == []


def test_names_of_the_page_contain_no_word_of_the_dialect() -> None:
    """One name goes from SQL to the page, so both sides use the same words."""
    paths = [path for path in (ROOT / "web/src").rglob("*.ts*") if path.name != "schema.ts"]
    found = [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for path, line, name in typescript_definitions(sorted(paths))
        if is_dialect(name)
    ]
    assert found == []


def test_no_two_classes_share_a_name() -> None:
    """Private and nested classes, and those of test modules, may."""
    places = defaultdict(list)
    for path in (path for package in PACKAGES for path in modules(package)):
        if not path.name.startswith("test_"):
            for node in parsed(path).body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    places[node.name].append(str(path.relative_to(ROOT)))
    assert {name: paths for name, paths in places.items() if len(paths) > 1} == {}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("was_told", True),
        ("ToldAgain", True),
        ("_BEGUN_MS", True),
        ("limits_in_force", True),
        ("Step", True),
        ("stellar_courser", False),
        ("step", False),
        ("SESSION_GONE", False),
        ("is_gone", True),
        ("__slots__", False),
    ],
)
def test_dialect_is_found_as_whole_words(name: str, *, expected: bool) -> None:
    """A check that was never seen to fail may never fail."""
    assert is_dialect(name) == expected


def is_dialect(name: str) -> bool:
    if name.startswith("__") or name.lower() in TYPES:
        return False
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)
    joined = "_".join(words).lower()
    return (
        name in CLASSES
        or not WORDS.isdisjoint(joined.split("_"))
        or any(f"_{phrase}_" in f"_{joined}_" for phrase in PHRASES)
    )


def modules(package: str) -> list[Path]:
    """Return the modules of a package; those of `tests` without its packages."""
    folder = ROOT / package
    return sorted(folder.glob("*.py") if package == "tests" else folder.rglob("*.py"))


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), filename=str(path))


def definitions(path: Path) -> Iterator[tuple[str, int]]:
    """Yield the names that a module defines, with their lines; uses may be of other libraries."""
    for part in path.relative_to(ROOT).with_suffix("").parts:
        yield part, 1
    for node in ast.walk(parsed(path)):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name, node.lineno
            case ast.ClassDef(name=name):
                yield name, node.lineno
            case ast.arg(arg=name):
                yield name, node.lineno
            case ast.Name(id=name, ctx=ast.Store()):
                yield name, node.lineno
            case ast.Attribute(attr=name, ctx=ast.Store()):
                yield name, node.lineno
            case ast.alias(asname=str(name)):
                yield name, node.lineno


def typescript_definitions(paths: list[Path]) -> Iterator[tuple[Path, int, str]]:
    """Yield the names that files define, by the compiler's own parser, and the files' own names."""
    script = ROOT / "tests/guards/typescript_names.mjs"
    printed = subprocess.check_output(["node", script, *paths], timeout=60)
    for path in paths:
        yield path, 1, path.stem
    for path, line, name in json.loads(printed):
        yield Path(path), line, name
