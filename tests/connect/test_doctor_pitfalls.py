"""Hold each trap to its finding: a settings file that has it, and the exact words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from connect.doctor import hooks
from connect.doctor import pitfalls as traps
from connect.doctor.checks import CHECKS
from connect.doctor.finding import Finding
from connect.doctor.snapshot import Answer, Scene, handlers_of, read_place
from connect.settings.places import Place
from connect.settings.status_line import Tap, wrapped
from shared.hook_events import WORTH_HAVING
from shared.hook_handlers import command_handler, http_handler
from shared.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connect.doctor.finding import Check

URL = "http://127.0.0.1:4000"
FORWARD = command_handler(Path("/data/connect/forward.sh"), URL, Path("/data/spool"))
HTTP = http_handler(URL, with_token=False)
HTTP_TOKEN = http_handler(URL, with_token=True)
LAN = http_handler("http://ingest.lan:4000", with_token=False)
TAP = wrapped(Tap(Path("/nowhere/statusline.sh"), URL, Path("/data/status"), None))
TELEMETRY = {"CLAUDE_CODE_ENABLE_TELEMETRY": "1"}
PLUGIN = {"hookwatch@hookwatch": True}
ADDRESSES = {"ingest.lan": ["10.1.2.3"], "ingest.example": ["8.8.8.8"]}


def with_hooks(handler: dict[str, Any], *events: str, **beside: Any) -> dict[str, Any]:
    """Return settings with a handler for some events, every one worth having if none is named."""
    groups = {event: [{"hooks": [handler]}] for event in events or WORTH_HAVING}
    return {"hooks": groups, **beside}


def scene_of(
    folder: Path,
    files: Mapping[str, dict[str, Any] | str],
    environment: Mapping[str, str] | None = None,
    ingestd: Answer | None = None,
) -> Scene:
    """Write settings files, by scope, and look at them."""
    seen = []
    for scope, value in files.items():
        path = folder / f"{scope}.json"
        path.write_text(value if isinstance(value, str) else json.dumps(value), "utf-8")
        seen.append(read_place(Place(scope, path)))
    found = [msgspec.structs.replace(file, name=file.scope) for file in seen if file is not None]
    return Scene(
        settings=Settings(data=folder / "data"),
        environment=environment or {},
        files=found,
        handlers=[it for file in found for it in handlers_of(file, URL)],
        ingestd=ingestd or Answer(url=URL, status=200),
        queryd=Answer(url="http://127.0.0.1:4001"),
        resolve=lambda name: ADDRESSES[name],
    )


def mixed(*handlers: dict[str, Any]) -> dict[str, Any]:
    """Return settings with several handlers for one event."""
    return {"hooks": {"Stop": [{"hooks": list(handlers)}]}}


PROBLEMS: list[tuple[Check, dict[str, Any], dict[str, str], str, str]] = [
    (traps.all_disabled, {"user": {"disableAllHooks": True}}, {},
     '"disableAllHooks" is on in user: no hook and no status line runs.',
     "Take it out, or set it to false."),
    (traps.managed_only, {"user": with_hooks(FORWARD), "managed": {"allowManagedHooksOnly": True}},
     {}, '"allowManagedHooksOnly" is on in managed: none of yours runs.',
     "Ask whoever manages it to put Hookwatch's hooks there."),
    (traps.managed_only,
     {"user": {"enabledPlugins": PLUGIN}, "managed": {"allowManagedHooksOnly": True}},
     {}, '"allowManagedHooksOnly" is on in managed: none of yours runs.',
     "Ask whoever manages it to put Hookwatch's hooks there."),
    (traps.plugins_only,
     {"user": with_hooks(FORWARD), "managed": {"strictPluginOnlyCustomization": ["hooks"]}}, {},
     '"strictPluginOnlyCustomization" in managed turns off hooks in settings.',
     "Use the plugin: `/plugin install hookwatch`."),
    (traps.unknown_kind, {"user": mixed(FORWARD, {"type": "webhook"})}, {},
     ("user has a hook of type webhook: a Claude Code that does not know it runs no hook of this "
      "file, and says nothing."), "Take that hook out, or correct its type."),
    (traps.allowed_urls, {"user": with_hooks(HTTP), "managed": {"allowedHttpHookUrls": []}}, {},
     f'"allowedHttpHookUrls" does not have {URL}/events: Claude Code drops these hooks.',
     f'Add "{URL}/events" to it, or run `hookwatch connect --via command`.'),
    (traps.allowed_variables,
     {"user": with_hooks(HTTP_TOKEN), "local": {"httpHookAllowedEnvVars": ["OTHER"]}}, {},
     '"httpHookAllowedEnvVars" has no HOOKWATCH_TOKEN: the token is sent empty.',
     "Add it there, or run `hookwatch connect --via command`."),
    (traps.proxy, {"user": with_hooks(HTTP)}, {"HTTP_PROXY": "http://proxy:3128"},
     "HTTP_PROXY is set and NO_PROXY has no 127.0.0.1: hooks by http go to the proxy.",
     "Add 127.0.0.1 to NO_PROXY, or run `hookwatch connect --via command`."),
    (traps.proxy, {"user": with_hooks(HTTP, env={"https_proxy": "x"})}, {"NO_PROXY": "corp"},
     "https_proxy is set and NO_PROXY has no 127.0.0.1: hooks by http go to the proxy.",
     "Add 127.0.0.1 to NO_PROXY, or run `hookwatch connect --via command`."),
    (traps.private_name, {"user": with_hooks(LAN)}, {},
     "ingest.lan is 10.1.2.3, a private address: Claude Code blocks http hooks to it.",
     "Use 10.1.2.3 for the name (--url), or run `hookwatch connect --via command`."),
    (traps.passed_over, {"user": with_hooks(HTTP)}, {},
     "Claude Code takes no http hook for SessionStart and Setup.",
     "Run `hookwatch connect`, which makes those a command."),
    (traps.harmful, {"user": with_hooks(FORWARD, "WorktreeCreate")}, {},
     "A hook of ours is registered for WorktreeCreate: Claude Code can make no worktree.",
     "Take it out."),
    (traps.on_failure, {"user": with_hooks({**FORWARD, "onFailure": "block"}, "PreToolUse")}, {},
     ('"onFailure" is "block" on our hooks of PreToolUse: with Hookwatch down, Claude Code stands '
      "still."), 'Take "onFailure" out of them.'),
    (hooks.only_some, {"user": with_hooks({**FORWARD, "if": "Bash(git *)"}, "Stop")}, {},
     "An `if` stands beside our hooks of Stop, and most events never meet it.",
     "Take the `if` out of those handlers."),
    (hooks.installed, {"user": {}}, {}, "No hook leads here.",
     "Run `hookwatch connect`, or install the plugin."),
]  # fmt: skip
WARNINGS: list[tuple[Check, dict[str, Any], dict[str, str], str, str]] = [
    (traps.sandbox, {"user": with_hooks(HTTP), "local": {"sandbox": {"enabled": True}}}, {},
     "The sandbox is on in local: its proxy may refuse hooks by http.",
     "Run `hookwatch connect --via command`."),
    (traps.token_unset, {"user": with_hooks(HTTP_TOKEN)}, {},
     "Hooks by http send the variable HOOKWATCH_TOKEN, which is not set here.",
     "Export HOOKWATCH_TOKEN where Claude Code is started."),
    (traps.harmful, {"user": with_hooks(FORWARD, "PreModelSwitch")}, {},
     "A hook of ours is registered for PreModelSwitch: one that is late blocks the switch.",
     "Take it out; PostModelSwitch tells the same."),
    (traps.timeouts, {"user": with_hooks({**FORWARD, "timeout": 600}, "Stop", "SessionEnd")}, {},
     "Our hooks of SessionEnd, Stop have no timeout, or one of over 10 s.",
     'Give them "timeout": 5, or run `hookwatch connect` again.'),
    (traps.twice, {"user": with_hooks(FORWARD, enabledPlugins=PLUGIN)}, {},
     "Hooks are in user and in the plugin: each event is sent twice.",
     "Keep one of them: `hookwatch disconnect`, or `/plugin uninstall hookwatch`."),
    (traps.twice, {"user": mixed(FORWARD), "local": mixed(HTTP)}, {},
     "Stop: sent by http and by command.",
     "Run `hookwatch disconnect` for one of them; --project DIR is a project's."),
    (traps.twice, {"local": mixed(FORWARD, HTTP)}, {}, "Stop: sent by http and by command.",
     "Run `hookwatch connect --project DIR`: it leaves one way."),
    (hooks.address, {"user": mixed(FORWARD, LAN)}, {},
     f"Hooks lead to http://ingest.lan:4000, and ingestd is looked for at {URL}.",
     (f"If they should lead there, run `hookwatch connect --url {URL}`; "
      "else set HOOKWATCH_INGEST_HOST and _PORT for this command.")),
    (hooks.installed, {"local": with_hooks(FORWARD, *WORTH_HAVING[1:])}, {},
     f"local sends {len(WORTH_HAVING) - 1} events here, and not {WORTH_HAVING[0]}.",
     "Run `hookwatch connect --project DIR` again."),
    (traps.two_places, {"user": mixed(FORWARD, LAN)}, {},
     f"Hooks lead to 2 addresses: {URL}, http://ingest.lan:4000.",
     "Run `hookwatch connect --url URL` with the right one."),
    (traps.two_places,
     {"user": mixed(FORWARD, command_handler(Path("/other/forward.sh"), URL, Path("/data/spool")))},
     {}, "Hooks lead to 2 scripts: /data/connect/forward.sh, /other/forward.sh.",
     "Run `hookwatch connect`: then all run this installation's."),
    (traps.telemetry, {"user": {"env": {**TELEMETRY, "OTEL_EXPORTER_OTLP_ENDPOINT": "http://x"}}},
     {}, f"Telemetry goes to http://x by user, and not to {URL}.",
     ("That may be on purpose. To have it here, take OTEL_EXPORTER_OTLP_ENDPOINT out, and run "
      f"`hookwatch connect --telemetry --url {URL}`.")),
    (traps.telemetry, {"user": {"env": {**TELEMETRY, "OTEL_LOG_USER_PROMPTS": "1"}}}, {},
     "OTEL_LOG_USER_PROMPTS in user: prompts or tool input are in the telemetry.",
     "Take it out unless you want that; hooks bring the same, with secrets taken out."),
    (traps.status_line, {"user": {"statusLine": {"type": "command", "command": TAP}}}, {},
     "The status line's script /nowhere/statusline.sh is missing: yours is shown, none is sent.",
     "Run `hookwatch connect` again."),
    (hooks.only_some,
     {"user": {"hooks": {"PreToolUse": [{"matcher": "Bash", "hooks": [FORWARD]}]}}}, {},
     "A matcher lets only some events of these through: PreToolUse.",
     "Run `hookwatch connect` again: it takes the matcher out."),
    (hooks.installed, {"user": with_hooks(FORWARD, *WORTH_HAVING[:-2])}, {},
     (f"user sends {len(WORTH_HAVING) - 2} events here, and not "
      f"{', '.join(WORTH_HAVING[-2:])}."), "Run `hookwatch connect` again."),
]  # fmt: skip


def _name(value: Any) -> str:
    return str(value.__name__) if callable(value) else ""


@pytest.mark.parametrize(
    ("check", "files", "environment", "message", "advice"), PROBLEMS, ids=_name
)
def test_a_trap_that_silences_is_a_problem(
    tmp_path: Path,
    check: Check,
    files: dict[str, Any],
    environment: dict[str, str],
    message: str,
    advice: str,
) -> None:
    """Each of these costs somebody an afternoon of nothing arriving."""
    found = list(check(scene_of(tmp_path, files, environment)))
    assert found == [Finding("problem", message, advice)]


@pytest.mark.parametrize(
    ("check", "files", "environment", "message", "advice"), WARNINGS, ids=_name
)
def test_what_is_not_as_it_should_be_is_a_warning(
    tmp_path: Path,
    check: Check,
    files: dict[str, Any],
    environment: dict[str, str],
    message: str,
    advice: str,
) -> None:
    """It works today, and will be somebody's question tomorrow."""
    found = list(check(scene_of(tmp_path, files, environment)))
    assert found == [Finding("warning", message, advice)]


def test_settings_that_are_no_json_are_a_problem_with_their_line(tmp_path: Path) -> None:
    """Claude Code says nothing of it, and runs none of its hooks."""
    (found,) = traps.unreadable(scene_of(tmp_path, {"user": '{\n  "hooks": {},,\n}'}))
    assert found.level == "problem"
    assert "user.json:2:" in found.message
    assert found.message.endswith("; Claude Code ignores this file.")


def test_a_status_line_wrapped_in_itself_is_told(tmp_path: Path) -> None:
    """Each layer would send the same."""
    script = tmp_path / "statusline.sh"
    script.touch()
    inner = wrapped(Tap(script, URL, tmp_path, "echo mine"))
    outer = wrapped(Tap(script, URL, tmp_path, inner))
    for command, levels in ((inner, []), (outer, ["warning"])):
        files = {"user": {"statusLine": {"type": "command", "command": command}}}
        assert [it.level for it in traps.status_line(scene_of(tmp_path, files))] == levels


def test_http_hooks_without_a_daemon_are_a_problem(tmp_path: Path) -> None:
    """Their failures stand in the user's terminal, two lines an event."""
    down = Answer(url=URL, error="refused")
    levels = [
        [it.level for it in traps.daemon_down(scene_of(tmp_path, {"user": files}, {}, answer))]
        for files, answer in (
            (with_hooks(HTTP), down),
            (with_hooks(HTTP), None),
            (with_hooks(FORWARD), down),
        )
    ]
    assert levels == [["problem"], [], []]


@pytest.mark.parametrize(
    ("files", "environment"),
    [
        ({}, {}),
        ({"user": with_hooks(FORWARD)}, {"HTTP_PROXY": "http://proxy"}),
        ({"user": with_hooks(HTTP, "Stop")}, {"HTTP_PROXY": "x", "NO_PROXY": "127.0.0.1,corp"}),
        ({"user": with_hooks(HTTP, "Stop"), "local": {"allowedHttpHookUrls": [f"{URL}/*"]}}, {}),
        ({"user": with_hooks(HTTP_TOKEN, "Stop")}, {"HOOKWATCH_TOKEN": "x"}),
        ({"user": with_hooks(http_handler("http://ingest.example", with_token=False), "Stop")}, {}),
        ({"user": {"hooks": {"FileChanged": [{"matcher": ".env", "hooks": [FORWARD]}]}}}, {}),
        ({"user": {"enabledPlugins": PLUGIN, "disableAllHooks": False}}, {}),
        ({"user": {"enabledPlugins": {"hookwatch@hookwatch": False}}}, {}),
        # Nothing of it is ours: what others register is theirs.
        ({"user": with_hooks({"type": "command", "command": "make"}, "WorktreeCreate")}, {}),
        ({"user": mixed({"type": "webhook"}, {"type": "command", "command": "x"})}, {}),
        ({"user": {"env": {"OTEL_LOG_USER_PROMPTS": "1"}, "statusLine": {"command": "x"}}}, {}),
        ({"user": {"hooks": {"Stop": "x", "Setup": [{"hooks": {}}, 3]}, "env": []}}, {}),
    ],
)  # fmt: skip
def test_what_is_no_trap_is_passed_over_in_silence(
    tmp_path: Path, files: dict[str, Any], environment: dict[str, str]
) -> None:
    """A doctor that cries wolf is not asked again."""
    scene = scene_of(tmp_path, files, environment)
    checks = (*CHECKS["settings"], hooks.only_some)
    assert [found for check in checks for found in check(scene)] == []


def test_an_address_by_another_name_of_this_machine_is_the_same(tmp_path: Path) -> None:
    """`localhost` is what many people write."""
    for url, count in (("http://localhost:4000", 0), ("http://localhost:4100", 1)):
        files = {"user": mixed(http_handler(url, with_token=False))}
        assert len(list(hooks.address(scene_of(tmp_path, files)))) == count


def test_every_trap_has_its_row() -> None:
    """A check nobody saw find anything may find nothing."""
    tested = {check for check, *_ in (*PROBLEMS, *WARNINGS)}
    tested |= {traps.unreadable, traps.daemon_down}
    assert set(CHECKS["settings"]) <= tested
