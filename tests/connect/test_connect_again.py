"""Test a further `hookwatch connect`: what it does not name it keeps, or puts right."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from connect.settings.status_line import unwrap, wrap
from connect.settings.telemetry import variables
from shared.hook_events import COMMAND_ONLY, WORTH_HAVING
from shared.hook_handlers import our_handler, quoted

if TYPE_CHECKING:
    from tests.connect.claude import Claude

URL = "http://127.0.0.1:4100"
ALL = (
    *("--via", "http", "--url", URL, "--statusline", "--telemetry", "--telemetry-prompts"),
    *("--with", "MessageDisplay", "--with", "FileChanged=a|b"),
)
SAME = "~/.claude/settings.json is already connected. No changes.\n"


def test_a_run_that_names_nothing_changes_nothing(claude: Claude) -> None:
    """Everybody who runs it again to repair something has forgotten what they asked for."""
    claude.write('{"statusLine": {"type": "command", "command": "echo hi"}, "x": 1.50}')
    claude.run_connect(*ALL)
    before = claude.settings.read_bytes()
    assert claude.run_connect() == SAME
    assert claude.run_connect(*ALL) == SAME
    (claude.connect / "statusline.sh").unlink()
    assert claude.run_connect().endswith(" Updated the scripts.\n")
    assert claude.settings.read_bytes() == before


def test_hooks_of_version_0_1_are_replaced(claude: Claude) -> None:
    """Beside them, each event would be sent twice; and they would be taken for a user's own."""
    script, spool = quoted(str(claude.connect / "forward.sh")), quoted(str(claude.data / "spool"))
    command = f"[ -r {script} ] && sh {script} settings '{URL}' {spool} >/dev/null 2>&1 || :"
    handler = {"type": "command", "command": command, "timeout": 5}
    claude.write(json.dumps({"hooks": {"Stop": [{"hooks": [handler]}]}}))
    claude.run_connect()
    assert len(claude.read()["hooks"]["Stop"]) == 1
    ours = our_handler(claude.handler("Stop"))
    assert ours is not None
    assert (ours.url, ours.script) == (URL, str(claude.connect / "forward.sh"))
    assert claude.handler("Stop")["command"] != command


@pytest.mark.parametrize(
    ("words", "removed"),
    [
        (["--no-statusline"], {"statusLine"}),
        (["--no-telemetry"], {"env"}),
        (["--without", "MessageDisplay"], {"MessageDisplay"}),
        (["--without", "FileChanged", "--no-statusline"], {"FileChanged", "statusLine"}),
        (["--without", "Elicitation"], set()),
        (["--no-telemetry-tools"], set()),
    ],
)
def test_only_the_named_parts_are_removed(
    claude: Claude, words: list[str], removed: set[str]
) -> None:
    """And all else stands as it stood."""
    claude.run_connect(*ALL)
    before = claude.read()
    claude.run_connect(*words)
    hooks = {event: it for event, it in before["hooks"].items() if event not in removed}
    kept = {key: it for key, it in before.items() if key not in removed}
    assert claude.read() == {**kept, "hooks": hooks}


def test_the_content_of_telemetry_is_kept_and_taken_out_by_name(claude: Claude) -> None:
    """Consent to prompts is kept, and can be withdrawn."""
    claude.run_connect("--telemetry-prompts")
    claude.run_connect("--telemetry", "--via", "http")
    assert claude.read()["env"] == variables(
        "http://127.0.0.1:4000", prompts=True, tool_details=False
    )
    claude.run_connect("--no-telemetry-prompts")
    assert claude.read()["env"] == variables(
        "http://127.0.0.1:4000", prompts=False, tool_details=False
    )
    claude.run_connect("--no-telemetry")
    claude.run_connect("--telemetry")
    assert "OTEL_LOG_USER_PROMPTS" not in claude.read()["env"]


def test_another_address_or_way_changes_that_alone(claude: Claude) -> None:
    """All that leads to the old one leads to the new one, and nothing moves."""
    claude.run_connect(*ALL)
    old = claude.settings.read_text()
    claude.run_connect("--url", "http://127.0.0.1:4200")
    assert claude.settings.read_text() == old.replace(":4100", ":4200")
    claude.run_connect("--via", "command", "--url", URL)
    after = claude.read()
    assert {claude.handler(event)["type"] for event in after["hooks"]} == {"command"}
    assert list(after["hooks"]) == list(json.loads(old)["hooks"])
    claude.run_connect("--with", "FileChanged=c")
    assert [group["matcher"] for group in claude.read()["hooks"]["FileChanged"]] == ["c"]


def test_only_missing_entries_are_added(claude: Claude) -> None:
    """Our hooks keep their place before a user's later ones."""
    claude.run_connect("--telemetry")
    settings = claude.read()
    mine = {"hooks": [{"type": "command", "command": "say done"}]}
    settings["hooks"]["Stop"].append(mine)
    settings |= {"model": "opus"}
    whole = json.dumps(settings, indent=2)
    del settings["hooks"]["PreToolUse"], settings["env"]["OTEL_METRICS_EXPORTER"]
    settings["hooks"]["Stop"][0]["hooks"][0]["timeout"] = 600
    claude.write(json.dumps(settings, indent=2))
    claude.run_connect()
    assert claude.read() == json.loads(whole)
    assert list(claude.read()) == ["hooks", "env", "model"]
    assert claude.read()["hooks"]["Stop"][1] == mine
    assert claude.run_connect() == SAME


def test_mixed_kinds_become_the_most_common_one_with_a_note(claude: Claude) -> None:
    """Half of the hooks were edited by hand, or are of another time."""
    claude.run_connect("--via", "http", "--with", "MessageDisplay")
    by_http = claude.read()
    claude.run_connect("--via", "command")
    by_command = claude.read()["hooks"]
    by_http["hooks"] |= {event: by_command[event] for event in ("Stop", "PreToolUse")}
    claude.write(json.dumps(by_http))
    output = claude.run_connect()
    count = len(WORTH_HAVING) + 1 - len(COMMAND_ONLY)
    assert "Note: hooks used " in output
    assert f"http ({count - 2}×)" in output
    assert "command (2×)" in output
    assert "all use http now. Use --via to choose.\n" in output
    assert claude.handler("Stop")["type"] == "http"


def test_mixed_addresses_become_the_most_common_one_with_a_note(
    claude: Claude,
) -> None:
    """Events that go to two places are whole in none."""
    claude.run_connect("--url", URL, "--statusline")
    text = claude.settings.read_text()
    claude.write(text.replace(URL, "http://127.0.0.1:4300", 1))
    output = claude.run_connect()
    assert "http://127.0.0.1:4300 (1×)" in output
    assert f"all send to {URL} now. Use --url to choose.\n" in output
    assert claude.settings.read_text() == text
    same = claude.run_connect(HOOKWATCH_INGEST_PORT="4500")
    here = "http://127.0.0.1:4500"
    line = f"Note: hooks still send to {URL}; ingestd is at {here} here. Use --url to choose.\n"
    assert same == SAME + line


def test_telemetry_redirected_since_is_unchanged(claude: Claude) -> None:
    """It is no longer ours, and a repair of the hooks must not stop at it."""
    claude.run_connect("--telemetry")
    key = '"OTEL_EXPORTER_OTLP_ENDPOINT": "http'
    text = claude.settings.read_text().replace(key, f"{key}s://otel.example")
    claude.write(text)
    output = claude.run_connect()
    assert output.startswith(
        f"{SAME}Note: telemetry is unchanged: it is already sent elsewhere, by OTEL_"
    )
    assert claude.settings.read_text() == text
    assert claude.run("connect", "--yes", "--telemetry").code == 2
    claude.run_connect("--no-telemetry")
    assert list(claude.read()["env"]) == ["OTEL_EXPORTER_OTLP_ENDPOINT"]


def test_connect_run_by_claude_code_recognizes_its_own_telemetry(claude: Claude) -> None:
    """It hands the variables of its settings to what it runs."""
    claude.run_connect("--telemetry")
    claude.run_connect("--telemetry", "--url", URL, **claude.read()["env"])
    assert claude.read()["env"]["OTEL_EXPORTER_OTLP_ENDPOINT"] == URL


def test_a_status_line_with_two_wrappers_gets_one(claude: Claude) -> None:
    """Each layer would send the same; theirs comes out whole."""
    claude.write('{"statusLine": {"type": "command", "command": "echo hi"}}')
    claude.run_connect("--statusline")
    settings = claude.read()
    tap = unwrap(settings["statusLine"]["command"])
    assert tap is not None
    wrapped_again = {
        **settings,
        "statusLine": {
            "type": "command",
            "command": wrap(type(tap)(tap.script, tap.url, tap.state_folder, wrap(tap))),
        },
    }
    claude.write(json.dumps(wrapped_again))
    claude.run_connect()
    assert claude.read() == settings
    claude.write(json.dumps(wrapped_again))
    assert claude.run("disconnect", "--yes").code == 0
    assert claude.read() == {"statusLine": {"type": "command", "command": "echo hi"}}


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (
            ["--with", "Elicitation", "--without", "Elicitation"],
            "Elicitation is in both --with and --without",
        ),
        (
            ["--no-telemetry", "--telemetry-tools"],
            "--no-telemetry excludes",
        ),
        (["--without", "Stop"], "Stop is not one of MessageDisplay, Elicitation, "),
    ],
)
def test_options_that_contradict_each_other_are_refused(
    claude: Claude, words: list[str], line: str
) -> None:
    """It is ambiguous which of them was meant."""
    ran = claude.run("connect", "--yes", *words)
    assert (ran.code, line in ran.err) == (2, True)
    assert not claude.config.exists()
