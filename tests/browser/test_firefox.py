"""Show every view in Firefox too: its workers, its streams and its styles are not Chromium's."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests.browser.places import asking, fill
from tests.running import ROOT, Hookwatch

FIREFOX: Final = shutil.which("firefox-esr") or shutil.which("firefox")
SCRIPT: Final = ROOT / "tests" / "browser" / "firefox.mjs"
VIEWS: Final = {
    "/": "Publish it",
    "/events": "PermissionRequest",
    "/tools": "Bash",
    "/timeline": "Publish it",
    "/usage": "Cost over time",
    "/health": "Receiving events",
    "/settings": "Time zone",
}
"""A text that each view shows once its data are there."""


@pytest.mark.skipif(FIREFOX is None, reason="no Firefox is installed (apt-get install firefox-esr)")
def test_every_view_works_in_firefox(shared_daemons: Hookwatch, tmp_path: Path) -> None:
    """Half of the readers of a self-hosted page use it, and no other test does."""
    fill(shared_daemons)
    smoke = {
        "firefox": FIREFOX,
        "profiles": str(tmp_path),
        "home": f"http://127.0.0.1:{shared_daemons.queryd.port}",
        "events": f"http://127.0.0.1:{shared_daemons.ingestd.port}/events",
        "views": VIEWS,
        "ask": asking("new-session", "make release"),
        "session": {"path": "/sessions/new-session", "text": "make release"},
        "palette": {"typed": "timeline", "path": "/timeline"},
    }
    done = subprocess.run(
        ["node", SCRIPT, json.dumps(smoke)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
