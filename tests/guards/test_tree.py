"""Hold what is committed free of what belongs to one machine."""

import re
import subprocess

import pytest

from tests.running import ROOT


def tracked() -> list[str]:
    """Return the files git tracks; skip where the tree is no checkout."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    return [name for name in listed.stdout.decode().split("\0") if name]


def test_lock_files_name_no_registry() -> None:
    """The user chooses where to install from; a host in a lock file would decide for them."""
    locks = [name for name in tracked() if re.search(r"(lock\.json|requirements.*\.txt)$", name)]
    assert len(locks) == 3
    for name in locks:
        text = (ROOT / name).read_text("utf-8")
        assert not re.search(r'"resolved"|--index-url|--find-links|file:', text), name


def test_no_tracked_file_is_large() -> None:
    """Every clone contains it for ever."""
    for name in tracked():
        assert (ROOT / name).stat().st_size < 1_000_000, name


def test_python_dependencies_are_pinned_with_hashes() -> None:
    """A dependency that changed under its version must not install."""
    for name in ("requirements.txt", "requirements-dev.txt"):
        for entry in re.split(r"\n(?=\S)", (ROOT / name).read_text("utf-8").strip()):
            assert "==" in entry, entry
            assert "--hash=sha256:" in entry, entry
