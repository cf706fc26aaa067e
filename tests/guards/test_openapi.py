"""Hold the committed API document to the routes it describes."""

import json
import subprocess
import sys

from tests.running import ROOT


def test_the_committed_document_is_what_queryd_serves() -> None:
    """The page's types are made of it: a stale one lets the page and the API diverge."""
    printed = subprocess.run(
        [sys.executable, "-m", "queryd", "openapi"], cwd=ROOT, capture_output=True, check=True
    ).stdout
    committed = (ROOT / "web" / "src" / "api" / "openapi.json").read_text("utf-8")
    assert json.loads(committed) == json.loads(printed), "run `make openapi`"
