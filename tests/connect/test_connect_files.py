"""Test what connect and disconnect do to real files, and what they refuse to touch."""

from __future__ import annotations

import json
import os
import re
import stat
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from connect.errors import CliError
from connect.settings.backup import back_up_settings
from connect.settings.files import MAX_BYTES, read_file, replace_file
from shared.hook_events import WORTH_HAVING
from shared.hook_handlers import our_handler
from tests.connect.claude import Claude, sh

if TYPE_CHECKING:
    from collections.abc import Iterator

OWN = '{\n\t"model": "opus",\n\t"hooks": {\n\t\t"Stop": [{"hooks": [{"type": "command", "command": "say done"}]}]\n\t},\n\t"x": 1.50\n}\n'  # noqa: E501


def mode(path: Path) -> int:
    """Return a file's permissions."""
    return stat.S_IMODE(path.stat().st_mode)


def names(folder: Path) -> list[str]:
    """Return what is in a folder."""
    return [path.name for path in folder.iterdir()]


def test_a_first_connect_writes_every_event_by_command(claude: Claude) -> None:
    """This is what most people run, on a machine where there is no settings file yet."""
    output = claude.run_connect()
    assert list(claude.read()["hooks"]) == list(WORTH_HAVING)
    assert output.endswith(
        "Connected. 27 events → http://127.0.0.1:4000 (command). "
        "Running sessions pick this up on their next turn.\n"
        "Undo: `hookwatch disconnect`. Check: `hookwatch status`.\n"
    )
    assert mode(claude.settings) == 0o600
    assert mode(claude.connect) == 0o700
    assert mode(claude.connect / "forward.sh") == 0o700


def test_the_installed_commands_work_under_sh(claude: Claude) -> None:
    """They are run with every event; the path here holds a quote and a space."""
    claude.run_connect()
    ran = sh(claude.handler("PreToolUse")["command"], '{"a": 1}')
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    spool = claude.data / "spool"
    assert (spool / "body").read_text() == '{"a": 1}'
    assert (spool / "called").read_text() == f"settings\nhttp://127.0.0.1:4000\n{spool}\n"


def test_a_command_without_its_script_prints_nothing(claude: Claude) -> None:
    """Who deletes the data folder must not get two lines an event in their terminal."""
    claude.run_connect()
    (claude.connect / "forward.sh").unlink()
    ran = sh(claude.handler("PreToolUse")["command"], "{}")
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


def test_by_spool_every_hook_writes_a_file(claude: Claude) -> None:
    output = claude.run_connect("--via", "spool")
    handlers = [claude.handler(event) for event in WORTH_HAVING]
    assert handlers == [handlers[0]] * len(handlers)
    ours = our_handler(handlers[0])
    assert ours is not None
    assert (ours.kind, ours.script) == ("spool", str(claude.connect / "spool.sh"))
    assert mode(claude.connect / "spool.sh") == 0o700
    assert "Power loss may take the last ones." in output
    assert "No changes." in claude.run_connect()
    assert "(spool)" in claude.run("status").out


def test_the_first_run_says_why_hooks_are_sent_as_they_are(claude: Claude) -> None:
    """One line; the next run keeps what was chosen, and has nothing to say about it."""
    assert claude.run_connect().count("hooks run a script that posts (command)") == 1
    assert "hooks run a script" not in claude.run_connect("--with", "MessageDisplay")


def test_by_http_session_start_and_setup_are_commands_still(claude: Claude) -> None:
    """Claude Code passes http hooks for these over in silence."""
    output = claude.run_connect("--via", "http", "--url", "http://localhost:4100/")
    assert claude.handler("Stop") == {
        "type": "http",
        "url": "http://localhost:4100/events",
        "timeout": 3,
        "headers": {"X-Hookwatch-Sender": '{"via":"http"}'},
    }
    assert {claude.handler(event)["type"] for event in ("SessionStart", "Setup")} == {"command"}
    assert "Claude Code prints two lines for every event of an http hook" in output


def test_a_token_is_never_in_the_settings(claude: Claude) -> None:
    """They are synced, shown, and copied into bug reports."""
    token = "a-token-of-some-length"
    output = claude.run_connect("--telemetry", HOOKWATCH_TOKEN=token)
    assert (claude.connect / "curlrc").read_text() == f'header = "Authorization: Bearer {token}"\n'
    assert mode(claude.connect / "curlrc") == 0o600
    output += claude.run_connect("--via", "http", HOOKWATCH_TOKEN=token)
    handler = claude.handler("Stop")
    assert handler["headers"]["Authorization"] == "Bearer $HOOKWATCH_TOKEN"
    assert handler["allowedEnvVars"] == ["HOOKWATCH_TOKEN"]
    assert "HOOKWATCH_TOKEN in Claude Code's environment" in output
    assert token not in claude.settings.read_text() + output
    assert "No changes." in claude.run_connect()
    assert (claude.connect / "curlrc").exists()
    claude.run_connect(HOOKWATCH_TOKEN="")
    assert "allowedEnvVars" not in claude.handler("Stop")
    assert not (claude.connect / "curlrc").exists()


def test_the_users_own_settings_are_unchanged(claude: Claude) -> None:
    """Order, tabs, `1.50`: users keep this file in git."""
    claude.write(OWN)
    claude.settings.chmod(0o640)
    claude.run_connect()
    after = claude.settings.read_text()
    kept = [line for line in OWN.splitlines() if line in after.splitlines()]
    assert len(kept) == len(OWN.splitlines()) - 1  # to the line of Stop one group was added
    assert mode(claude.settings) == 0o640
    assert claude.read()["hooks"]["Stop"][0] == json.loads(OWN)["hooks"]["Stop"][0]


@pytest.mark.parametrize("before", [None, b"", b"\r\n", b"{}", b"{ }\n", OWN.encode(), b'{"a":1}'])
def test_disconnect_leaves_the_file_that_was(claude: Claude, before: bytes | None) -> None:
    """Byte for byte; a file that was made is removed, and all that was installed."""
    if before is not None:
        claude.write(before)
    claude.run_connect("--statusline", "--telemetry", "--with", "MessageDisplay")
    claude.run_connect("--via", "http")
    ran = claude.run("disconnect", "--yes")
    assert ran.code == 0, ran.err
    assert (claude.settings.read_bytes() if claude.settings.exists() else None) == before
    assert claude.config.exists() == (before is not None)
    assert not claude.connect.exists()
    again = claude.run("disconnect", "--yes")
    assert (again.code, again.out) == (
        0,
        "~/.claude/settings.json is not connected. No changes.\n",
    )


def test_a_second_run_changes_nothing_and_reports_it(claude: Claude) -> None:
    """Also when hooks were added behind ours, and with scripts that are new."""
    claude.write(OWN)
    claude.run_connect()
    text = claude.settings.read_text().replace('"x": 1.50', '"x": 1.50, "later": true')
    claude.write(text)
    before = claude.settings.stat()
    output = claude.run_connect()
    assert output == "~/.claude/settings.json is already connected. No changes.\n"
    after = claude.settings.stat()
    # Not the whole stat: reading the file moves its time of access.
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert claude.settings.read_text() == text
    (claude.connect / "forward.sh").write_text("old")
    assert claude.run_connect().endswith(" Updated the scripts.\n")


def test_a_dry_run_writes_nothing_at_all(claude: Claude) -> None:
    """A careful user previews the change."""
    claude.write(OWN)
    ran = claude.run("connect", "--dry-run")
    assert (ran.code, ran.err) == (0, "")
    assert "\n--- ~/.claude/settings.json\n+++ ~/.claude/settings.json\n@@ " in ran.out
    assert ran.out.endswith("Dry run. Nothing was changed.\n")
    assert claude.settings.read_text() == OWN
    assert not claude.data.exists()
    assert names(claude.config) == ["settings.json"]


def test_nothing_is_written_before_the_user_confirms(claude: Claude) -> None:
    """Without a terminal no user can confirm, so it exits with 2."""
    claude.write(OWN)
    silent = claude.run("connect")
    assert (silent.code, silent.err) == (
        2,
        ("hookwatch connect: no terminal to confirm. Run again with --yes. Nothing was changed.\n"),
    )
    for answer in ("n\n", "\n", ""):
        ran = claude.run("connect", answer=answer)
        assert (ran.code, ran.err) == (2, "hookwatch connect: Nothing was changed.\n")
    assert claude.settings.read_text() == OWN
    assert claude.run("connect", answer="y\n").code == 0
    assert claude.settings.read_text() != OWN


def test_a_backup_is_kept_and_only_the_newest_ten(claude: Claude) -> None:
    """It holds keys, so no other user may read it; and only we delete old ones."""
    claude.write(OWN)
    output = claude.run_connect()
    found = re.search(r"Backup: ~/(\S+)\n", output)
    assert found is not None
    backup = claude.home / found[1]
    assert (backup.read_text(), mode(backup)) == (OWN, 0o600)
    for port in range(12):
        claude.run_connect("--url", f"http://127.0.0.1:{5000 + port}")
    kept = sorted(claude.config.glob("settings.json.hookwatch-*.bak"))
    assert len(kept) == 10
    assert backup not in kept


def test_a_project_gets_its_personal_settings_and_no_backup_to_commit(claude: Claude) -> None:
    """`settings.json` of a project is everybody's."""
    project = claude.home / "shop"
    project.mkdir()
    file = project / ".claude" / "settings.local.json"
    output = claude.run_connect("--project", "shop")
    assert "your personal settings for this project. Do not commit the file" in output
    assert names(project / ".claude") == ["settings.local.json"]
    claude.run_connect("--project", "shop", "--via", "http")
    assert names(file.parent) == ["settings.local.json"]
    assert claude.run("disconnect", "--yes", "--project", "shop").code == 0
    assert not file.parent.exists()


def test_a_claude_folder_elsewhere_is_honoured(claude: Claude) -> None:
    """Claude Code itself goes by CLAUDE_CONFIG_DIR."""
    claude.run_connect(CLAUDE_CONFIG_DIR=str(claude.home / "cc"))
    assert (claude.home / "cc" / "settings.json").exists()
    assert not claude.config.exists()


def test_a_link_is_written_through(claude: Claude) -> None:
    """Dotfiles live in a repository, and the link must stay one."""
    target = claude.home / "dotfiles" / "claude.json"
    target.parent.mkdir()
    target.write_text(OWN)
    claude.config.mkdir()
    claude.settings.symlink_to(target)
    claude.run_connect()
    assert claude.settings.is_symlink()
    assert "forward.sh" in target.read_text()
    assert names(target.parent) == ["claude.json"]
    assert claude.run("disconnect", "--yes").code == 0
    assert claude.settings.is_symlink()
    assert target.read_text() == OWN


def test_a_file_that_was_changed_meanwhile_is_not_overwritten(claude: Claude) -> None:
    """Claude Code writes it too, whenever the user allows a tool."""
    claude.write(OWN)
    file = read_file(claude.settings)
    claude.write("{}")
    with pytest.raises(CliError, match="was changed by another program"):
        replace_file(file, "{}\n")
    assert claude.settings.read_text() == "{}"
    claude.settings.unlink()
    with pytest.raises(CliError, match="was changed by another program"):
        replace_file(file, "{}\n")
    assert names(claude.config) == []


NOT_CHANGED = "Nothing was changed.\n"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('{\n  // mine\n  "a": 1\n}', ":2:3: a comment is not JSON. "),
        ('{"a": 1,}', ":1:8: trailing comma before }. "),
        ('\ufeff{"a": 1}', ":1:1: a byte order mark is not JSON. "),
        ('{"a": 1,\r\n "a": 2}', ':2:2: the key "a" occurs more than once. '),
        ('{"x": {"b": 1, "b": 2}}', ':1:16: the key "b" occurs more than once. '),
        ('{"a": 1', ":1:8: the text ends, expected a comma or }. "),
        (b'{"a": "\xff"}', ":1:8: not UTF-8. "),
        (b'{\n "\xc3\xa9": "\xff"}', ":2:8: not UTF-8. "),
        ("[]", ":1:1: settings must be an object. "),
        ("\nnull", ":2:1: settings must be an object. "),
        ('{"hooks": []}', ':1:11: "hooks" must be an object. '),
        ('{"hooks": {"Stop": {}}}', ':1:20: "Stop" must be a list of groups. '),
        ('{"hooks": {"Stop": [7]}}', ':1:21: a group of "Stop" must be an object. '),
        ('{"hooks": {"Stop": [{}]}}', ':1:21: a group of "Stop" has no "hooks". '),
        (
            '{"hooks": {"Stop": [{"hooks": 1}]}}',
            ':1:31: "hooks" in a group of "Stop" must be a list. ',
        ),
        ('{"hooks": {"X": [{"hooks": [""]}]}}', ':1:29: a hook of "X" must be an object. '),
        ('{"env": 1}', ':1:9: "env" must be an object. '),
        ('{"statusLine": "x"}', ':1:16: "statusLine" must be an object. '),
        ('{"statusLine": {}}', ':1:16: "statusLine" has no "command". '),
        ('{"statusLine": {"command": 1}}', ':1:28: "command" of "statusLine" must be a string. '),
        (" " * (MAX_BYTES + 1), " is too large for settings. "),
    ],
)
def test_settings_of_a_wrong_type_are_refused(claude: Claude, text: str | bytes, line: str) -> None:
    """The error is one line with the place, and nothing is written."""
    claude.write(text)
    before = claude.settings.read_bytes()
    ran = claude.run("connect", "--yes", "--statusline", "--telemetry")
    output = f"hookwatch connect: ~/.claude/settings.json{line}{NOT_CHANGED}"
    assert (ran.code, ran.out, ran.err) == (2, "", output)
    assert claude.settings.read_bytes() == before
    assert not claude.data.exists()
    assert names(claude.config) == ["settings.json"]


def test_a_folder_or_a_pipe_in_its_place_is_refused(claude: Claude) -> None:
    """Reading a pipe never ends."""
    claude.config.mkdir()
    os.mkfifo(claude.settings)
    ran = claude.run("connect", "--yes")
    line = "hookwatch connect: ~/.claude/settings.json is not a file. Nothing was changed.\n"
    assert (ran.code, ran.err) == (2, line)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--project", "gone"], "hookwatch connect: no folder gone\n"),
        (
            ["--project", ".", "--statusline"],
            (
                "hookwatch connect: the status line applies to all projects: "
                "use it without --project.\n"
            ),
        ),
        (["--with", "Stop"], "Stop is not one of MessageDisplay, Elicitation, "),
        (["--with", "FileChanged"], "name the files: 'FileChanged=.env|package.json'\n"),
        (["--with", "Elicitation=x"], "Elicitation takes no matcher\n"),
        (["--url", "127.0.0.1:4000"], "must be like http://127.0.0.1:4000\n"),
        (
            ["--url", "http://me:pw@h"],
            "must not contain a password, ? or #; set HOOKWATCH_TOKEN to send a token\n",
        ),
        (["--via", "post"], "invalid choice: 'post' (choose from "),
    ],
)
def test_options_that_make_no_sense_are_refused(
    claude: Claude, words: list[str], line: str
) -> None:
    """The error is one line with a suggestion."""
    ran = claude.run("connect", "--yes", *words)
    assert ran.code == 2
    assert line in ran.err
    assert not claude.config.exists()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Give a folder that another user may reach."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def test_an_unwritable_folder_is_reported_in_one_line(open_folder: Path) -> None:
    """And no half of a file is left in it."""
    settings = open_folder / "settings.json"
    settings.write_text(OWN)
    settings.chmod(0o644)
    open_folder.chmod(0o555)
    file = read_file(settings)
    with unprivileged():
        with pytest.raises(CliError) as refused:
            replace_file(file, "{}")
        assert str(refused.value) == (
            f"{settings} cannot be written: Permission denied. Nothing was changed."
        )
        with pytest.raises(CliError) as refused:
            back_up_settings(file, open_folder, "settings.json")
        assert str(refused.value) == (
            f"cannot write a backup to {open_folder}: Permission denied. Nothing was changed."
        )
    assert names(open_folder) == ["settings.json"]
    assert settings.read_text() == OWN


@contextmanager
def unprivileged() -> Iterator[None]:
    """Do without root's rights until the block ends: root may write anywhere."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_without_a_data_folder_the_settings_are_unchanged(claude: Claude) -> None:
    """Hooks that lead to no script would be worse than none."""
    claude.data.write_text("a file")
    ran = claude.run("connect", "--yes")
    line = f"hookwatch connect: {claude.connect}: Not a directory. Nothing was changed.\n"
    assert (ran.code, ran.err) == (2, line)
    assert not claude.config.exists()


def test_the_telemetry_of_others_is_not_led_away(claude: Claude) -> None:
    """A company that collects it would miss it without a word."""
    env = {"OTEL_EXPORTER_OTLP_ENDPOINT": "https://otel.example", "OTEL_LOGS_EXPORTER": "otlp"}
    claude.write(json.dumps({"env": env}, indent=2))
    ran = claude.run("connect", "--yes", "--telemetry", OTEL_METRICS_EXPORTER="prometheus")
    assert (ran.code, ran.err) == (
        2,
        (
            "hookwatch connect: telemetry is already sent elsewhere: OTEL_EXPORTER_OTLP_ENDPOINT "
            "(~/.claude/settings.json:3:36), OTEL_METRICS_EXPORTER (your environment). "
            "Remove that first, or connect without --telemetry. Nothing was changed.\n"
        ),
    )


def test_telemetry_excludes_prompts_by_default(claude: Claude) -> None:
    """Prompts are private by default."""
    claude.write('{"env": {"OTEL_LOGS_EXPORTER": "otlp", "A": "1"}}')
    claude.run_connect("--telemetry")
    plain = {
        "OTEL_LOGS_EXPORTER": "otlp",
        "A": "1",
        "CLAUDE_CODE_ENABLE_TELEMETRY": "1",
        "OTEL_METRICS_EXPORTER": "otlp",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/json",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4000",
    }
    assert claude.read()["env"] == plain
    claude.run_connect("--telemetry-prompts")
    claude.run_connect("--telemetry-tools")
    asked = {"OTEL_LOG_USER_PROMPTS": "1", "OTEL_LOG_TOOL_DETAILS": "1"}
    assert claude.read()["env"] == plain | asked
    text = claude.settings.read_text().replace(
        '"OTEL_LOG_USER_PROMPTS": "1"', '"OTEL_LOG_USER_PROMPTS": "0"'
    )
    claude.write(text)
    assert claude.run("disconnect", "--yes").code == 0
    left = {"OTEL_LOGS_EXPORTER": "otlp", "A": "1", "OTEL_LOG_USER_PROMPTS": "0"}
    assert claude.read() == {"env": left}


def test_disabled_and_duplicate_hooks_are_reported(claude: Claude) -> None:
    """Disabled or duplicate hooks explain later surprises."""
    mine = {"type": "command", "command": "curl -d @- http://127.0.0.1:4000/events"}
    claude.write(json.dumps({"disableAllHooks": True, "hooks": {"Stop": [{"hooks": [mine]}]}}))
    output = claude.run_connect()
    assert 'Note: "disableAllHooks" is on in this file' in output
    assert "Note: other hooks in this file also send to 127.0.0.1:4000 (1)." in output


def test_disconnect_refuses_invalid_settings(claude: Claude) -> None:
    """A comment that the user added since must not cost them the file."""
    claude.run_connect()
    claude.write(b"// mine\n" + claude.settings.read_bytes())
    before = claude.settings.read_bytes()
    ran = claude.run("disconnect", "--yes")
    line = "hookwatch disconnect: ~/.claude/settings.json:1:1: a comment is not JSON. "
    assert (ran.code, ran.err) == (2, line + NOT_CHANGED)
    assert claude.settings.read_bytes() == before
    assert (claude.connect / "forward.sh").exists()


def test_the_scripts_stay_until_the_last_connection_is_removed(claude: Claude) -> None:
    """A project goes on reporting when the user settings no longer do."""
    (claude.home / "shop").mkdir()
    claude.run_connect()
    claude.run_connect("--project", "shop")
    assert claude.run("disconnect", "--yes").code == 0
    assert (claude.connect / "forward.sh").exists()
    assert claude.run("disconnect", "--yes", "--project", "shop").code == 0
    assert not claude.connect.exists()
