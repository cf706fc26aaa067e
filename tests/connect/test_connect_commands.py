"""Test the read-only commands: status, open, completion, version, help; and the launcher."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import webbrowser
from typing import TYPE_CHECKING

import pytest

from connect.__main__ import parser
from queryd.health.installed_hooks import InstalledHook, InstalledHooks
from shared import __version__
from shared.hook_events import COMMAND_ONLY, WORTH_HAVING
from shared.hook_handlers import SENDER, SENDER_HEADER
from shared.settings import Settings
from tests.running import ROOT, Hookwatch, free_ports, hookwatch, wait_for

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable
    from pathlib import Path

    from tests.connect.claude import Claude

TOKEN = "a-token-of-some-length"
COMMANDS = (
    "connect",
    "disconnect",
    "status",
    "open",
    "export",
    "digest",
    "backup",
    "restore",
    "demo",
    "completion",
)


def silent() -> dict[str, str]:
    """Return settings with ports that are closed."""
    ports = free_ports(2)
    return {"HOOKWATCH_INGEST_PORT": str(ports[0]), "HOOKWATCH_QUERY_PORT": str(ports[1])}


def test_status_shows_what_is_installed_where_and_exits_with_1_without_any(claude: Claude) -> None:
    """It is the first thing to read at when no event arrives."""
    ports = silent()
    ran = claude.run("status", **ports)
    assert (ran.code, ran.err) == (1, "")
    assert ran.out.startswith(f"hookwatch {__version__}: not connected\n\n  user     ~/.claude/")
    assert f"ingestd  http://127.0.0.1:{ports['HOOKWATCH_INGEST_PORT']}  not running\n" in ran.out
    claude.run_connect("--statusline", "--telemetry", "--with", "Elicitation")
    project = claude.home / "shop"
    project.mkdir()
    claude.run_connect("--project", "shop", "--via", "http")
    ran = claude.run("status", **ports)
    assert ran.code == 0
    assert (
        "  user     ~/.claude/settings.json\n"
        "           27 of 27 events → http://127.0.0.1:4000 (command)\n"
        "           optional: Elicitation\n"
        "           status line\n"
        "           telemetry → http://127.0.0.1:4000\n"
    ) in ran.out


def test_status_for_scripts_names_every_place(claude: Claude, both: Hookwatch) -> None:
    """Doctor's little brother is asked by scripts and by the plugin."""
    claude.run_connect("--via", "http")
    text = claude.settings.read_text().replace('"Stop": [', '"Stopped": [')
    claude.write(text.replace("{", '{"enabledPlugins": {"hookwatch@here": true, "x@y": true},', 1))
    ours = {name: it for name, it in both.environment.items() if name != "CLAUDE_CONFIG_DIR"}
    around = {**ours, "HOOKWATCH_DATA": str(claude.data)}
    ran = claude.run("status", "--json", **around)
    found = json.loads(ran.out)
    assert (ran.code, found["connected"], found["version"]) == (0, True, __version__)
    user = found["places"][0]
    assert (user["scope"], user["path"], user["state"]) == (
        "user",
        "~/.claude/settings.json",
        "read",
    )
    assert (user["via"], user["urls"]) == (["command", "http"], ["http://127.0.0.1:4000"])
    assert (user["missing"], user["plugins"]) == (["Stop"], ["hookwatch@here"])
    assert [it["state"] for it in found["places"]] == ["read", "absent", "absent"]
    daemons = [(it["name"], it["answers"], it["pid"], it["version"]) for it in found["daemons"]]
    assert daemons == [
        ("ingestd", True, both.ingestd.pid, __version__),
        ("queryd", True, both.queryd.pid, __version__),
    ]
    assert found["up"] is None


@pytest.mark.parametrize(
    ("text", "connected", "output"),
    [
        ('{"disableAllHooks": true, "enabledPlugins": {"hookwatch@a": true}}', 1, "is on: no hook"),
        ('{"enabledPlugins": {"hookwatch@a": true}}', 0, "plugin   hookwatch@a (~/.claude/"),
        ('{"enabledPlugins": {"hookwatch@a": false}}', 1, "plugin   not enabled"),
        ('{"a": 1,}', 1, "~/.claude/settings.json:1:8: trailing comma before }"),
    ],
)
def test_status_shows_why_it_is_not_connected(
    claude: Claude, text: str, connected: int, output: str
) -> None:
    """Each of these looks connected to who only looks at the hooks, or the other way round."""
    claude.write(text)
    ran = claude.run("status", **silent())
    assert (ran.code, output in ran.out) == (connected, True)


def test_status_hides_the_users_own_settings(claude: Claude) -> None:
    """What status says is pasted into bug reports."""
    claude.write(
        '{"env": {"KEY": "hunter2"}, "statusLine": {"type": "command", "command": "hunter2"}}'
    )
    claude.run_connect("--statusline")
    for words in (["status"], ["status", "--json"]):
        assert "hunter2" not in claude.run(*words, **silent()).out


@pytest.fixture(autouse=True)
def _no_known_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Python read for browsers anew: it does so once a process, whatever BROWSER is later."""
    monkeypatch.setattr(webbrowser, "_tryorder", None)
    monkeypatch.setattr(webbrowser, "_browsers", {})


def noting_browser(claude: Claude) -> tuple[Path, Path]:
    """Return a browser that notes its arguments, and where."""
    seen = claude.home / "seen"
    browser = claude.home / "browser"
    browser.write_text(f"#!/bin/sh\nprintf %s \"$*\" >'{seen}'\n")
    browser.chmod(0o755)
    return browser, seen


def test_open_opens_the_dashboard(claude: Claude, both: Hookwatch) -> None:
    """Also where a token is set here and none there: then there is nothing to sign in to."""
    browser, seen = noting_browser(claude)
    around = {**both.environment, "HOOKWATCH_DATA": str(claude.data), "BROWSER": str(browser)}
    address = f"http://127.0.0.1:{both.queryd.port}/"
    for more in ({}, {"HOOKWATCH_TOKEN": TOKEN}):
        ran = claude.run("open", **around, **more)
        assert (ran.code, ran.out, seen.read_text()) == (0, f"Opened {address}\n", address)
        seen.unlink()


def test_digest_prints_what_happened_as_markdown(claude: Claude, both: Hookwatch) -> None:
    """To paste into a chat, without a browser."""
    around = {**both.environment, "HOOKWATCH_DATA": str(claude.data)}
    for session, project in (("a", "shop"), ("b", "blog")):
        body = {
            "session_id": session,
            "cwd": f"/home/dev/{project}",
            "hook_event_name": "UserPromptSubmit",
            "prompt": "Fix it",
            "session_title": f"Fix {project}",
        }
        both.ingestd.post(body)
    wait_for(lambda: both.queryd.get("/api/digest").json()["total"]["prompts"] == 2)
    ran = claude.run("digest", "--since", "2h", "--project", "shop", **around)
    assert (ran.code, "## Fix shop (shop)" in ran.out, "blog" in ran.out) == (0, True, False)
    ran = claude.run("digest", "--since", "90d", **around)
    assert ran.code == 2
    assert "at most 31 days" in ran.err
    ran = claude.run("digest", **silent())
    assert ran.code == 2
    assert "can't reach" in ran.err


def test_open_signs_the_browser_in_without_giving_it_the_token(
    claude: Claude, tmp_path: Path
) -> None:
    """Every user of the machine can read a browser's arguments, and a history is long."""
    browser, seen = noting_browser(claude)
    with hookwatch(tmp_path / "data", "queryd", HOOKWATCH_TOKEN=TOKEN) as running:
        around = {**running.environment, "HOOKWATCH_DATA": str(claude.data)}
        base = f"http://127.0.0.1:{running.queryd.port}/"
        ran = claude.run("open", **around, BROWSER=str(browser))
        assert (ran.code, ran.out) == (0, f"Opened {base}\n")
        opened = seen.read_text()
        assert opened.startswith(f"{base}?code=")
        assert TOKEN not in opened
        page = opened.removeprefix(base.removesuffix("/"))
        answer = running.queryd.get(page)
        assert (answer.status, answer.headers["location"]) == (303, "/")
        cookie = answer.headers["set-cookie"].partition(";")[0]
        assert running.queryd.get("/api/filters", Cookie=cookie).status == 200
        assert running.queryd.get(page).status == 401
        # Only who has the token is given a code.
        assert running.queryd.ask("POST", "/api/sign-in-codes").status == 401
        ran = claude.run("open", **{**around, "PATH": "/nowhere"})
        assert f"No browser found. Open {base}?code=" in ran.out
        assert TOKEN not in ran.out
        ran = claude.run("open", **{**around, "HOOKWATCH_TOKEN": "another-token-of-length"})
        assert ran.code == 2
        assert ran.err == (
            f"hookwatch open: the dashboard at {base[:-1]} refuses requests (HTTP 401). "
            "Set HOOKWATCH_TOKEN to its token.\n"
        )


def test_open_reports_a_dashboard_that_issues_no_code(
    claude: Claude, ingest_only: Hookwatch
) -> None:
    """One of an earlier version has no such route."""
    port = str(ingest_only.ingestd.port)
    ran = claude.run("open", HOOKWATCH_QUERY_PORT=port, HOOKWATCH_TOKEN=TOKEN)
    assert (ran.code, ran.out) == (2, "")
    assert "issues no sign-in code (HTTP 404)" in ran.err


def test_open_prints_the_address_where_there_is_no_browser(claude: Claude, both: Hookwatch) -> None:
    """Over ssh one copies it."""
    around = {**both.environment, "HOOKWATCH_DATA": str(claude.data), "PATH": "/nowhere"}
    address = f"http://127.0.0.1:{both.queryd.port}/"
    ran = claude.run("open", **around)
    assert (ran.code, ran.out) == (0, f"No browser found. Open {address}\n")
    assert claude.run("open", "--print", **around).out == f"{address}\n"


@pytest.mark.parametrize("token", [{}, {"HOOKWATCH_TOKEN": TOKEN}])
def test_open_reports_a_dashboard_that_is_not_running(
    claude: Claude, token: dict[str, str]
) -> None:
    """A browser's own error page explains nothing."""
    ports = silent()
    ran = claude.run("open", **ports, **token)
    base = f"http://127.0.0.1:{ports['HOOKWATCH_QUERY_PORT']}"
    line = f"hookwatch open: can't reach the dashboard at {base}. Start it with `make start`.\n"
    assert (ran.code, ran.out, ran.err) == (2, "", line)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_completion_names_every_command_and_is_no_syntax_error(
    claude: Claude, shell: str
) -> None:
    """It is read with every new shell: an error in it would greet its user each time."""
    ran = claude.run("completion", shell)
    assert (ran.code, ran.err) == (0, "")
    for command in COMMANDS:
        assert command in ran.out
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed; only the names were checked")
    done = subprocess.run([shell, "-n"], input=ran.out, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_bash_completes_commands_and_options(claude: Claude) -> None:
    """The script is other people's; that it does this here is ours."""
    if shutil.which("bash") is None:
        pytest.skip("bash is not here")
    script = claude.run("completion", "bash").out
    named = re.search(r"-F (\w+) hookwatch", script)
    assert named is not None
    for words, at, expected in (("dis", 1, "disconnect"), ("connect --stat", 2, "--statusline")):
        typed = f"COMP_WORDS=(hookwatch {words}); COMP_CWORD={at}"
        line = f"{script}\n{typed}; {named[1]}; echo ${{COMPREPLY[@]}}"
        done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False)
        assert done.stdout.split() == [expected]


def test_the_launcher_runs_from_any_folder_and_through_links(tmp_path: Path) -> None:
    """The current project may have a `shared` and a `connect` of its own."""
    if not (ROOT / ".venv" / "bin" / "python").exists():
        pytest.skip("this checkout has no .venv")
    for name in ("shared", "connect"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit('not ours')")
    (tmp_path / "a link").symlink_to(ROOT / "bin" / "hookwatch")
    (tmp_path / "link of a link").symlink_to("a link")
    done = subprocess.run(
        [str(tmp_path / "link of a link"), "--version"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, f"hookwatch {__version__}\n", "")


def test_before_setup_the_launcher_prints_what_to_do(tmp_path: Path) -> None:
    """A checkout does not work before `make setup`, and should report it."""
    (tmp_path / "bin").mkdir()
    shutil.copy(ROOT / "bin" / "hookwatch", tmp_path / "bin")
    done = subprocess.run(
        [str(tmp_path / "bin" / "hookwatch")], capture_output=True, text=True, check=False
    )
    line = f"hookwatch: {tmp_path} is not set up yet: run `make setup` there\n"
    assert (done.returncode, done.stderr) == (2, line)


def helps(command: argparse.ArgumentParser | None = None) -> Iterable[tuple[str, str]]:
    """Return the help text of every command, and of those below it."""
    command = command or parser()
    yield command.prog.removeprefix("hookwatch").strip(), command.format_help()
    for action in command._actions:  # noqa: SLF001
        if action.dest in {"command", "action"}:
            assert isinstance(action.choices, dict)
            for below in action.choices.values():
                yield from helps(below)


def test_help_texts_name_hookwatch_and_fit_a_terminal() -> None:
    """They are the manual."""
    for name, text in helps():
        assert text.startswith(f"usage: hookwatch {name}".rstrip() + " ")
        assert max(map(len, text.splitlines())) <= 100, name
        assert "python -m" not in text
    assert {name for name, _ in helps()} >= set(COMMANDS)


def test_every_command_has_examples_that_it_understands() -> None:
    """An example is what is copied, so a renamed option must not stay in one."""
    for name, text in helps():
        if name == "":
            continue
        found = re.findall(
            r"^  .*?\bhookwatch (.*)", text.partition("\nexamples:\n")[2], re.MULTILINE
        )
        assert found, name
        for example in found:
            line = re.split(r"  | \| | > | && |\)", example)[0]
            assert parser().parse_args(shlex.split(line)).run, example


def test_every_option_of_connect_shows_its_default() -> None:
    """Users should not have to try."""
    text = " ".join(dict(helps())["connect"].split())
    for option in re.findall(r" (--[a-z-]+)[ ,]", text.partition("where:")[2].partition("how:")[0]):
        assert "(default:" in text.partition(f"{option} ")[2]


@pytest.mark.parametrize("via", ["command", "http", "spool"])
def test_health_shows_what_connect_wrote(claude: Claude, via: str) -> None:
    """Else the dashboard would advise to install what is installed."""
    settings = Settings(data=claude.data, ingest_port=4123)
    read = InstalledHooks(settings, {"CLAUDE_CONFIG_DIR": str(claude.config)}).read
    claude.run_connect("--via", via, "--url", "http://127.0.0.1:4123", "--with", "FileChanged=a|b")
    is_http = via == "http"
    kinds = {
        event: "command" if is_http and event in COMMAND_ONLY else via for event in WORTH_HAVING
    }
    found = read()
    assert [*found.hooks] == [
        *(InstalledHook(event, kind, some=False) for event, kind in kinds.items()),  # type: ignore[arg-type]
        InstalledHook("FileChanged", via, some=True),  # type: ignore[arg-type]
    ]
    assert (found.missing, found.warnings) == ([], [])
    claude.run_connect("--via", via, "--url", "http://127.0.0.1:5000")
    assert read().hooks == []


def test_ingestd_accepts_our_http_hooks(ingest_only: Hookwatch) -> None:
    """The header that marks it as ours contains the way it came."""
    body = {"session_id": "s", "hook_event_name": "Stop", "cwd": "/p"}
    answer = ingest_only.ingestd.post(body, **{SENDER_HEADER: SENDER})
    assert (answer.status, answer.body) == (200, b"")
