"""Hold the PowerShell twin to PowerShell's grammar, and to the contract it shares with sh."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.connect.forwarding import SCRIPT, Forwarder

TWIN = SCRIPT.with_suffix(".ps1")


def test_the_twin_is_powershell() -> None:
    """The suite runs on Linux: a parser is the only check of this script."""
    grammar = pytest.importorskip("tree_sitter_powershell", reason="no PowerShell grammar here")
    tree_sitter = pytest.importorskip("tree_sitter")
    parser = tree_sitter.Parser(tree_sitter.Language(grammar.language()))
    text = TWIN.read_bytes()
    assert not parser.parse(text).root_node.has_error
    assert parser.parse(text.replace(b"try {", b"try ", 1)).root_node.has_error


def test_the_twin_names_the_same_headers_and_environment() -> None:
    """What one of the two sends and the other does not is missing on one system, unseen."""
    pattern = re.compile(
        r"X-[A-Za-z-]+|CLAUDE_[A-Z_]+|AI_AGENT|HOOKWATCH_[A-Z]+|\"(?:event_id|fired_at)\""
    )
    scripts = (SCRIPT, SCRIPT.with_name("sender.sh"))
    ours = {name for file in scripts for name in pattern.findall(file.read_text("utf-8"))}
    assert ours == set(pattern.findall(TWIN.read_text("utf-8")))


def test_the_twin_is_ascii() -> None:
    """Windows PowerShell reads a file without a byte order mark as ANSI."""
    assert TWIN.read_bytes().isascii()


@pytest.mark.skipif(shutil.which("pwsh") is None, reason="there is no PowerShell here")
def test_the_powershell_forwarder_spools_unsent_events(tmp_path: Path) -> None:
    """Where there is a PowerShell, it runs."""
    given = [str(TWIN), "plugin", "http://127.0.0.1:1", str(tmp_path)]
    arguments = ["pwsh", "-NoProfile", "-File", *given]
    done = subprocess.run(arguments, input=b'{"a":1}', capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert len(Forwarder("", tmp_path).waiting()) == 1
