"""Test the plugin's files: what they promise each other, and what its scripts do under real sh."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from shared import __version__
from shared.hook_events import WORTH_HAVING
from shared.hook_handlers import COMMAND_TIMEOUT_S
from shared.reader import Reader
from shared.spool import folder_for
from tests.running import ROOT, SAMPLES, Hookwatch, hookwatch, wait_for

PLUGIN = ROOT / "connect" / "plugin"
SHELLS = [["dash"], ["bash", "--posix"], ["busybox", "sh"]]
STOP = (SAMPLES / "examples" / "Stop.json").read_bytes()


def read(path: str) -> Any:
    """Return a JSON file of the repository."""
    return json.loads((ROOT / path).read_text("utf-8"))


def hooks() -> dict[str, Any]:
    """Return the plugin's hooks."""
    found: dict[str, Any] = read("connect/plugin/hooks/hooks.json")["hooks"]
    return found


@pytest.fixture(params=SHELLS, ids=lambda shell: shell[0])
def shell(request: pytest.FixtureRequest) -> list[str]:
    """Give each shell that people have for `sh`."""
    found: list[str] = request.param
    if shutil.which(found[0]) is None:
        pytest.skip(f"{found[0]} is not installed")
    return found


def test_the_plugin_asks_for_the_events_that_connect_asks_for() -> None:
    """Two lists would differ within a month, and one way of installing would miss events."""
    assert tuple(hooks()) == WORTH_HAVING


def test_every_hook_of_the_plugin_is_the_same_silent_command() -> None:
    """A word of output, or a code that is not 0, stands in the user's session."""
    handlers = list(hooks().values())
    assert handlers == [handlers[0]] * len(handlers)
    ((group,),) = [handlers[0]]
    (handler,) = group["hooks"]
    assert set(group) == {"hooks"}
    assert (handler["type"], handler["timeout"]) == ("command", COMMAND_TIMEOUT_S)
    assert handler["command"].startswith("trap 'exit 0' 0; ")
    assert handler["command"].endswith(">/dev/null 2>&1")


def test_the_marketplace_leads_to_the_plugin_of_this_version() -> None:
    """A version that stands still keeps everybody's copy as it is."""
    (entry,) = read(".claude-plugin/marketplace.json")["plugins"]
    manifest = read("connect/plugin/.claude-plugin/plugin.json")
    assert (ROOT / entry["source"]).resolve() == PLUGIN
    assert entry["name"] == manifest["name"] == "hookwatch"
    assert manifest["version"] == __version__
    assert manifest["userConfig"]["token"]["sensitive"] is True


def fired(command: str, root: Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Fire the plugin's hook as Claude Code does."""
    return subprocess.run(
        ["/bin/sh", "-c", command],
        input=STOP,
        env={"PATH": os.environ["PATH"], "CLAUDE_PLUGIN_ROOT": str(root), **environment},
        capture_output=True,
        check=False,
    )


def command() -> str:
    """Return the command of every hook of the plugin."""
    command: str = hooks()["Stop"][0]["hooks"][0]["command"]
    return command


@pytest.mark.parametrize("named_by", ["options", "settings"])
def test_a_hook_of_the_plugin_is_stored_as_one(tmp_path: Path, named_by: str) -> None:
    """Wherever Claude Code copies the plugin to: it knows its place by its own name alone."""
    root = tmp_path / "a plugin's $copy"
    shutil.copytree(PLUGIN, root)
    token = "a-token-of-length"
    with hookwatch(tmp_path / "data", "ingestd", HOOKWATCH_TOKEN=token) as running:
        if named_by == "options":
            url = f"http://127.0.0.1:{running.ingestd.port}/"
            options = {"CLAUDE_PLUGIN_OPTION_SERVER_URL": url, "CLAUDE_PLUGIN_OPTION_TOKEN": token}
        else:
            options = running.environment
        done = fired(command(), root, HOME=str(tmp_path), **options)
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
        with closing(Reader(running.log_path)) as log:
            (event,) = log.after(0)
    assert json.loads(bytes(event.sender or b""))["via"] == "plugin"


def test_with_ingestd_down_the_plugins_hook_writes_to_ingestds_spool(tmp_path: Path) -> None:
    """The plugin's copy knows nothing of the checkout: both must come to the same folder."""
    home = {"HOME": str(tmp_path), "HOOKWATCH_INGEST_PORT": "1"}
    done = fired(command(), PLUGIN, **home)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    asked = "from shared.settings import read_settings; print(read_settings().data, end='')"
    python = [str(ROOT / ".venv" / "bin" / "python"), "-c", asked]
    data = subprocess.run(python, env=home, cwd=ROOT, capture_output=True, check=True).stdout
    assert len(list((tmp_path / os.fsdecode(data) / "spool").glob("*.event"))) == 1


def test_a_deleted_plugin_prints_nothing(tmp_path: Path) -> None:
    """Claude Code moves it with every update, while sessions run."""
    done = fired(command(), tmp_path / "gone")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@pytest.mark.parametrize(
    ("environment", "url", "dashboard", "data"),
    [
        ({}, "http://127.0.0.1:4000", "http://127.0.0.1:4001", "/h/.local/share/hookwatch"),
        ({"HOOKWATCH_INGEST_PORT": "5000", "HOOKWATCH_QUERY_PORT": "5001", "HOOKWATCH_DATA": "/d"},
         "http://127.0.0.1:5000", "http://127.0.0.1:5001", "/d"),
        ({"HOOKWATCH_INGEST_HOST": "0.0.0.0", "HOOKWATCH_QUERY_HOST": "::1",
          "XDG_DATA_HOME": "/x"}, "http://127.0.0.1:4000", "http://[::1]:4001", "/x/hookwatch"),
        ({"CLAUDE_PLUGIN_OPTION_SERVER_URL": "http://10.1.2.3:4000/"},
         "http://10.1.2.3:4000", "http://10.1.2.3:4001", "/h/.local/share/hookwatch"),
        ({"CLAUDE_PLUGIN_OPTION_SERVER_URL": "https://watch.example"},
         "https://watch.example", "https://watch.example:4001", "/h/.local/share/hookwatch"),
    ],
)  # fmt: skip
def test_places_are_those_the_daemons_have(
    shell: list[str], environment: dict[str, str], url: str, dashboard: str, data: str
) -> None:
    """Set once, in the environment, and both sides follow."""
    arguments = '"$url" "$dashboard" "$data" "$spool"'
    script = f'. "{PLUGIN}/scripts/places.sh"; printf "%s\\n" {arguments}'
    done = subprocess.run(
        [*shell, "-c", script],
        env={"HOME": "/h", "PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    spool = str(folder_for(Path(data), url))
    assert done.stdout.splitlines() == [url, dashboard, data, spool]


def state(shell: list[str], **environment: str) -> str:
    """Return the command's output; it must succeed, or Claude Code shows an error."""
    done = subprocess.run(
        [*shell, str(PLUGIN / "scripts" / "state.sh")],
        env={"HOME": "/nowhere", "PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_the_command_shows_what_runs_and_what_waits(
    shell: list[str], ingest_only: Hookwatch
) -> None:
    """A user without a checkout has nothing else."""
    spool = ingest_only.data / "spool"
    spool.mkdir(exist_ok=True)
    (spool / ".half").touch()
    port, query = ingest_only.ingestd.port, ingest_only.queryd.port
    assert state(shell, **ingest_only.environment).splitlines() == [
        f"ingestd: running at http://127.0.0.1:{port}",
        "Events waiting on disk for ingestd: 0",
        (
            f"queryd: not running at http://127.0.0.1:{query}. "
            "Start it with `hookwatch up`, or `make start` in a checkout"
        ),
    ]


def test_the_command_opens_the_dashboard_where_there_is_a_browser(
    shell: list[str], both: Hookwatch, tmp_path: Path
) -> None:
    """And prints the address in any case."""
    opened, tools = tmp_path / "opened", tmp_path / "bin"
    tools.mkdir()
    (tools / "xdg-open").write_text(
        f'#!/bin/sh\necho "$1" >"{opened}.new" && mv "{opened}.new" "{opened}"\n'
    )
    (tools / "xdg-open").chmod(0o700)
    path = f"{tools}:{os.environ['PATH']}"
    both.environment |= {"DISPLAY": "", "WAYLAND_DISPLAY": ""}
    url = f"http://127.0.0.1:{both.queryd.port}/"
    output = state(shell, **{**both.environment, "PATH": path})
    assert output.splitlines()[-1] == f"Dashboard: {url}"
    output = state(shell, **{**both.environment, "PATH": path, "DISPLAY": ":0"})
    assert output.splitlines()[-1] == f"Dashboard: {url} (opened in the browser)"

    assert wait_for(lambda: opened.exists() and opened.read_text()) == f"{url}\n"


def test_the_command_reports_a_missing_token(shell: list[str], tmp_path: Path) -> None:
    """It runs, and yet nothing arrives."""
    token = "a-token-of-length"
    with hookwatch(tmp_path, "ingestd", HOOKWATCH_TOKEN=token) as running:
        without = {**running.environment, "HOOKWATCH_TOKEN": ""}
        assert "but it needs a token" in state(shell, **without).splitlines()[0]
        given = {**without, "CLAUDE_PLUGIN_OPTION_TOKEN": token}
        assert "ingestd: running" in state(shell, **given).splitlines()[0]
