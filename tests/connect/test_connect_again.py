"""Test a further `hookwatch connect`: what it does not name it keeps, or puts right."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from connect.settings.status_line import unwrap, wrap
from connect.settings.telemetry import variables
from shared.hook_events import COMMAND_ONLY, WORTH_HAVING

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
    claude.connects(*ALL)
    before = claude.settings.read_bytes()
    assert claude.connects() == SAME
    assert claude.connects(*ALL) == SAME
    (claude.connect / "statusline.sh").unlink()
    assert claude.connects().endswith(" Updated the scripts.\n")
    assert claude.settings.read_bytes() == before


@pytest.mark.parametrize(
    ("words", "gone"),
    [
        (["--no-statusline"], {"statusLine"}),
        (["--no-telemetry"], {"env"}),
        (["--without", "MessageDisplay"], {"MessageDisplay"}),
        (["--without", "FileChanged", "--no-statusline"], {"FileChanged", "statusLine"}),
        (["--without", "Elicitation"], set()),
        (["--no-telemetry-tools"], set()),
    ],
)
def test_only_what_is_named_is_taken_away(claude: Claude, words: list[str], gone: set[str]) -> None:
    """And all else stands as it stood."""
    claude.connects(*ALL)
    before = claude.read()
    claude.connects(*words)
    hooks = {event: it for event, it in before["hooks"].items() if event not in gone}
    kept = {key: it for key, it in before.items() if key not in gone}
    assert claude.read() == {**kept, "hooks": hooks}


def test_the_content_of_telemetry_is_kept_and_taken_out_by_name(claude: Claude) -> None:
    """Who once said yes to prompts is not asked again, and can say no."""
    claude.connects("--telemetry-prompts")
    claude.connects("--telemetry", "--via", "http")
    assert claude.read()["env"] == variables(
        "http://127.0.0.1:4000", prompts=True, tool_details=False
    )
    claude.connects("--no-telemetry-prompts")
    assert claude.read()["env"] == variables(
        "http://127.0.0.1:4000", prompts=False, tool_details=False
    )
    claude.connects("--no-telemetry")
    claude.connects("--telemetry")
    assert "OTEL_LOG_USER_PROMPTS" not in claude.read()["env"]


def test_another_address_or_way_changes_that_alone(claude: Claude) -> None:
    """All that leads to the old one leads to the new one, and nothing moves."""
    claude.connects(*ALL)
    old = claude.settings.read_text()
    claude.connects("--url", "http://127.0.0.1:4200")
    assert claude.settings.read_text() == old.replace(":4100", ":4200")
    claude.connects("--via", "command", "--url", URL)
    after = claude.read()
    assert {claude.handler(event)["type"] for event in after["hooks"]} == {"command"}
    assert list(after["hooks"]) == list(json.loads(old)["hooks"])
    claude.connects("--with", "FileChanged=c")
    assert [group["matcher"] for group in claude.read()["hooks"]["FileChanged"]] == ["c"]


def test_exactly_what_is_missing_is_put_back(claude: Claude) -> None:
    """Where somebody has written behind our hooks, these stay where they are."""
    claude.connects("--telemetry")
    settings = claude.read()
    mine = {"hooks": [{"type": "command", "command": "say done"}]}
    settings["hooks"]["Stop"].append(mine)
    settings |= {"model": "opus"}
    whole = json.dumps(settings, indent=2)
    del settings["hooks"]["PreToolUse"], settings["env"]["OTEL_METRICS_EXPORTER"]
    settings["hooks"]["Stop"][0]["hooks"][0]["timeout"] = 600
    claude.write(json.dumps(settings, indent=2))
    claude.connects()
    assert claude.read() == json.loads(whole)
    assert list(claude.read()) == ["hooks", "env", "model"]
    assert claude.read()["hooks"]["Stop"][1] == mine
    assert claude.connects() == SAME


def test_mixed_kinds_become_the_most_common_one_with_a_note(claude: Claude) -> None:
    """Half of the hooks were edited by hand, or are of another time."""
    claude.connects("--via", "http", "--with", "MessageDisplay")
    by_http = claude.read()
    claude.connects("--via", "command")
    by_command = claude.read()["hooks"]
    by_http["hooks"] |= {event: by_command[event] for event in ("Stop", "PreToolUse")}
    claude.write(json.dumps(by_http))
    said = claude.connects()
    count = len(WORTH_HAVING) + 1 - len(COMMAND_ONLY)
    assert "Note: hooks used " in said
    assert f"http ({count - 2}×)" in said
    assert "command (2×)" in said
    assert "all use http now. Use --via to choose.\n" in said
    assert claude.handler("Stop")["type"] == "http"


def test_mixed_addresses_become_the_most_common_one_with_a_note(
    claude: Claude,
) -> None:
    """Events that go to two places are whole in none."""
    claude.connects("--url", URL, "--statusline")
    text = claude.settings.read_text()
    claude.write(text.replace(URL, "http://127.0.0.1:4300", 1))
    said = claude.connects()
    assert "http://127.0.0.1:4300 (1×)" in said
    assert f"all send to {URL} now. Use --url to choose.\n" in said
    assert claude.settings.read_text() == text
    same = claude.connects(HOOKWATCH_INGEST_PORT="4500")
    here = "http://127.0.0.1:4500"
    line = f"Note: hooks still send to {URL}; ingestd is at {here} here. Use --url to choose.\n"
    assert same == SAME + line


def test_telemetry_that_was_led_elsewhere_since_is_left_as_it_is(claude: Claude) -> None:
    """It is no longer ours, and a repair of the hooks must not stop at it."""
    claude.connects("--telemetry")
    key = '"OTEL_EXPORTER_OTLP_ENDPOINT": "http'
    text = claude.settings.read_text().replace(key, f"{key}s://otel.example")
    claude.write(text)
    said = claude.connects()
    assert said.startswith(
        f"{SAME}Note: telemetry is unchanged: it is already sent elsewhere, by OTEL_"
    )
    assert claude.settings.read_text() == text
    assert claude.run("connect", "--yes", "--telemetry").code == 2
    claude.connects("--no-telemetry")
    assert list(claude.read()["env"]) == ["OTEL_EXPORTER_OTLP_ENDPOINT"]


def test_run_by_claude_code_itself_its_telemetry_is_not_taken_for_another(claude: Claude) -> None:
    """It hands the variables of its settings to what it runs."""
    claude.connects("--telemetry")
    claude.connects("--telemetry", "--url", URL, **claude.read()["env"])
    assert claude.read()["env"]["OTEL_EXPORTER_OTLP_ENDPOINT"] == URL


def test_a_status_line_with_two_wrappers_gets_one(claude: Claude) -> None:
    """Each layer would send the same; theirs comes out whole."""
    claude.write('{"statusLine": {"type": "command", "command": "echo hi"}}')
    claude.connects("--statusline")
    settings = claude.read()
    tap = unwrap(settings["statusLine"]["command"])
    assert tap is not None
    twice = {
        **settings,
        "statusLine": {
            "type": "command",
            "command": wrap(type(tap)(tap.script, tap.url, tap.state_folder, wrap(tap))),
        },
    }
    claude.write(json.dumps(twice))
    claude.connects()
    assert claude.read() == settings
    claude.write(json.dumps(twice))
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
    """Which of them was meant nobody knows."""
    ran = claude.run("connect", "--yes", *words)
    assert (ran.code, line in ran.err) == (2, True)
    assert not claude.config.exists()
