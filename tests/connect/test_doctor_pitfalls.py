"""Hold each trap to its finding: a settings file that has it, and the exact words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from connect.doctor import hooks, pitfalls
from connect.doctor.checks import CHECKS
from connect.doctor.finding import Finding
from connect.doctor.snapshot import HealthAnswer, Snapshot, handlers_in
from connect.service.manager import InstalledService
from connect.settings.installed import parse_settings
from connect.settings.locations import SettingsLocation
from connect.settings.status_line import WrappedStatusLine, wrap
from shared.hook_events import WORTH_HAVING
from shared.hook_handlers import command_handler, http_handler
from shared.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connect.doctor.finding import Check

URL = "http://127.0.0.1:4000"
FORWARD = command_handler(Path("/data/connect/forward.sh"), URL, Path("/data/spool"))
HTTP = http_handler(URL, with_token=False)
ANOTHER_PORT = http_handler("http://localhost:4100", with_token=False)
HTTP_TOKEN = http_handler(URL, with_token=True)
LAN = http_handler("http://ingest.lan:4000", with_token=False)
TAP = wrap(WrappedStatusLine(Path("/nowhere/statusline.sh"), URL, Path("/data/status"), None))
TELEMETRY = {"CLAUDE_CODE_ENABLE_TELEMETRY": "1"}
PLUGIN = {"hookwatch@hookwatch": True}
ADDRESSES = {"ingest.lan": ["10.1.2.3"], "ingest.example": ["8.8.8.8"]}


def with_hooks(handler: dict[str, Any], *events: str, **beside: Any) -> dict[str, Any]:
    """Return settings with a handler for some events, every one worth having if none is named."""
    groups = {event: [{"hooks": [handler]}] for event in events or WORTH_HAVING}
    return {"hooks": groups, **beside}


def snapshot_of(
    folder: Path,
    files: Mapping[str, dict[str, Any] | str],
    environment: Mapping[str, str] | None = None,
    ingestd: HealthAnswer | None = None,
) -> Snapshot:
    """Write settings files, by scope, and look at them."""
    seen = []
    for scope, value in files.items():
        path = folder / f"{scope}.json"
        path.write_text(value if isinstance(value, str) else json.dumps(value), "utf-8")
        seen.append(parse_settings(SettingsLocation(scope, path)))
    found = [msgspec.structs.replace(file, name=file.scope) for file in seen if file is not None]
    return Snapshot(
        settings=Settings(data=folder / "data"),
        environment=environment or {},
        files=found,
        handlers=[it for file in found for it in handlers_in(file, URL)],
        ingestd=ingestd or HealthAnswer(url=URL, status=200),
        queryd=HealthAnswer(url="http://127.0.0.1:4001"),
        resolve=lambda name: ADDRESSES[name],
        service=InstalledService([], "", held_port=4000),
    )


def mixed(*handlers: dict[str, Any]) -> dict[str, Any]:
    """Return settings with several handlers for one event."""
    return {"hooks": {"Stop": [{"hooks": list(handlers)}]}}


PROBLEMS: list[tuple[Check, dict[str, Any], dict[str, str], str, str]] = [
    (pitfalls.all_disabled, {"user": {"disableAllHooks": True}}, {},
     '"disableAllHooks" is on in user: no hook and no status line runs.',
     "Remove it, or set it to false."),
    (pitfalls.managed_only,
     {"user": with_hooks(FORWARD), "managed": {"allowManagedHooksOnly": True}}, {},
     '"allowManagedHooksOnly" is on in managed: none of your hooks runs.',
     "Ask your administrator to add Hookwatch's hooks there."),
    (pitfalls.managed_only,
     {"user": {"enabledPlugins": PLUGIN}, "managed": {"allowManagedHooksOnly": True}},
     {}, '"allowManagedHooksOnly" is on in managed: none of your hooks runs.',
     "Ask your administrator to add Hookwatch's hooks there."),
    (pitfalls.plugins_only,
     {"user": with_hooks(FORWARD), "managed": {"strictPluginOnlyCustomization": ["hooks"]}}, {},
     '"strictPluginOnlyCustomization" in managed disables hooks in settings.',
     "Use the plugin: `/plugin install hookwatch`."),
    (pitfalls.unknown_type, {"user": mixed(FORWARD, {"type": "webhook"})}, {},
     ("user has a hook of type webhook: a Claude Code that does not know the type silently runs no "
      "hook of this file."), "Remove that hook, or correct its type."),
    (pitfalls.allowed_urls, {"user": with_hooks(HTTP), "managed": {"allowedHttpHookUrls": []}}, {},
     f'"allowedHttpHookUrls" does not contain {URL}/events: Claude Code drops these hooks.',
     f'Add "{URL}/events" to it, or run `hookwatch connect --via command`.'),
    (pitfalls.allowed_variables,
     {"user": with_hooks(HTTP_TOKEN), "local": {"httpHookAllowedEnvVars": ["OTHER"]}}, {},
     '"httpHookAllowedEnvVars" does not contain HOOKWATCH_TOKEN: hooks send an empty token.',
     "Add it there, or run `hookwatch connect --via command`."),
    (pitfalls.proxy, {"user": with_hooks(HTTP)}, {"HTTP_PROXY": "http://proxy:3128"},
     "HTTP_PROXY is set and NO_PROXY does not contain 127.0.0.1: http hooks go to the proxy.",
     "Add 127.0.0.1 to NO_PROXY, or run `hookwatch connect --via command`."),
    (pitfalls.proxy, {"user": with_hooks(HTTP, env={"https_proxy": "x"})}, {"NO_PROXY": "corp"},
     "https_proxy is set and NO_PROXY does not contain 127.0.0.1: http hooks go to the proxy.",
     "Add 127.0.0.1 to NO_PROXY, or run `hookwatch connect --via command`."),
    (pitfalls.private_name, {"user": with_hooks(LAN)}, {},
     "ingest.lan is 10.1.2.3, a private address: Claude Code blocks http hooks to it.",
     "Use 10.1.2.3 instead of the name (--url), or run `hookwatch connect --via command`."),
    (pitfalls.unsupported_http, {"user": with_hooks(HTTP)}, {},
     "Claude Code does not support http hooks for SessionStart and Setup.",
     "Run `hookwatch connect` to use a command for those."),
    (pitfalls.harmful_events, {"user": with_hooks(FORWARD, "WorktreeCreate")}, {},
     "Our hook for WorktreeCreate keeps Claude Code from creating worktrees.",
     "Remove it."),
    (pitfalls.blocks_on_failure,
     {"user": with_hooks({**FORWARD, "onFailure": "block"}, "PreToolUse")}, {},
     ('"onFailure" is "block" on our hooks for PreToolUse: while Hookwatch is down, Claude Code is '
      "blocked."), 'Remove "onFailure" from them.'),
    (hooks.filtered, {"user": with_hooks({**FORWARD, "if": "Bash(git *)"}, "Stop")}, {},
     "An `if` on our hooks for Stop suppresses most events.",
     "Remove the `if` from those handlers."),
    (hooks.installed, {"user": {}}, {}, "Claude Code is not connected.",
     "Run `hookwatch connect`, or install the plugin."),
]  # fmt: skip
WARNINGS: list[tuple[Check, dict[str, Any], dict[str, str], str, str]] = [
    (pitfalls.http_unheld, {"user": with_hooks(ANOTHER_PORT)}, {},
     ("No service holds the port of http hooks: Claude Code prints errors for them, and loses "
      "their events, whenever ingestd restarts."),
     "Run `hookwatch service install` on Linux, or `hookwatch connect --via command`."),
    (pitfalls.sandbox, {"user": with_hooks(HTTP), "local": {"sandbox": {"enabled": True}}}, {},
     "The sandbox is on in local: its proxy may block http hooks.",
     "Run `hookwatch connect --via command`."),
    (pitfalls.token_unset, {"user": with_hooks(HTTP_TOKEN)}, {},
     "http hooks send the variable HOOKWATCH_TOKEN, which is not set here.",
     "Export HOOKWATCH_TOKEN where you start Claude Code."),
    (pitfalls.harmful_events, {"user": with_hooks(FORWARD, "PreModelSwitch")}, {},
     "Our hook for PreModelSwitch can delay or block model switches.",
     "Remove it. PostModelSwitch reports the same."),
    (pitfalls.timeouts, {"user": with_hooks({**FORWARD, "timeout": 600}, "Stop", "SessionEnd")}, {},
     "Our hooks for SessionEnd, Stop have no timeout, or one over 10 s.",
     'Set "timeout": 5, or run `hookwatch connect` again.'),
    (pitfalls.duplicate_hooks, {"user": with_hooks(FORWARD, enabledPlugins=PLUGIN)}, {},
     "Hooks are in user and in the plugin, so every event has two hooks.",
     "Keep one: run `hookwatch disconnect`, or `/plugin uninstall hookwatch`."),
    (pitfalls.duplicate_hooks, {"user": mixed(FORWARD), "local": mixed(HTTP)}, {},
     "Both http and command hooks are installed for Stop.",
     "Run `hookwatch disconnect` for one of the files (--project DIR for a project's)."),
    (pitfalls.duplicate_hooks, {"local": mixed(FORWARD, HTTP)}, {},
     "Both http and command hooks are installed for Stop.",
     "Run `hookwatch connect --project DIR` to keep one of them."),
    (hooks.address, {"user": mixed(FORWARD, LAN)}, {},
     f"Hooks send to http://ingest.lan:4000, but ingestd is expected at {URL}.",
     (f"To send there, run `hookwatch connect --url {URL}`. "
      "Otherwise set HOOKWATCH_INGEST_HOST and _PORT for this command.")),
    (hooks.installed, {"local": with_hooks(FORWARD, *WORTH_HAVING[1:])}, {},
     f"local sends {len(WORTH_HAVING) - 1} events, but not {WORTH_HAVING[0]}.",
     "Run `hookwatch connect --project DIR` again."),
    (pitfalls.two_installations, {"user": mixed(FORWARD, LAN)}, {},
     f"Hooks use 2 addresses: {URL}, http://ingest.lan:4000.",
     "Run `hookwatch connect --url URL` with the right one."),
    (pitfalls.two_installations,
     {"user": mixed(FORWARD, command_handler(Path("/other/forward.sh"), URL, Path("/data/spool")))},
     {}, "Hooks use 2 scripts: /data/connect/forward.sh, /other/forward.sh.",
     "Run `hookwatch connect` to use this installation's."),
    (pitfalls.telemetry, {"user": {"env": {**TELEMETRY, "OTEL_EXPORTER_OTLP_ENDPOINT": "http://x"}}},
     {}, f"user sends telemetry to http://x, not to {URL}.",
     ("This may be intended. To send it here, remove OTEL_EXPORTER_OTLP_ENDPOINT and run "
      f"`hookwatch connect --telemetry --url {URL}`.")),
    (pitfalls.telemetry, {"user": {"env": {**TELEMETRY, "OTEL_LOG_USER_PROMPTS": "1"}}}, {},
     "OTEL_LOG_USER_PROMPTS in user: telemetry contains prompts or tool input.",
     "Remove it unless you want that. Hooks send the same, with secrets redacted."),
    (pitfalls.status_line, {"user": {"statusLine": {"type": "command", "command": TAP}}}, {},
     ("The status line script /nowhere/statusline.sh is missing: your own is shown, and nothing is "
      "recorded."),
     "Run `hookwatch connect` again."),
    (hooks.filtered,
     {"user": {"hooks": {"PreToolUse": [{"matcher": "Bash", "hooks": [FORWARD]}]}}}, {},
     "A matcher suppresses some events of PreToolUse.",
     "Run `hookwatch connect` again to remove the matcher."),
    (hooks.installed, {"user": with_hooks(FORWARD, *WORTH_HAVING[:-2])}, {},
     (f"user sends {len(WORTH_HAVING) - 2} events, but not "
      f"{', '.join(WORTH_HAVING[-2:])}."), "Run `hookwatch connect` again."),
]  # fmt: skip


def _name(value: Any) -> str:
    return str(value.__name__) if callable(value) else ""


@pytest.mark.parametrize(
    ("check", "files", "environment", "message", "advice"), PROBLEMS, ids=_name
)
def test_a_pitfall_that_silences_hooks_is_a_problem(
    tmp_path: Path,
    check: Check,
    files: dict[str, Any],
    environment: dict[str, str],
    message: str,
    advice: str,
) -> None:
    """With each of these no events arrive, for no visible reason."""
    found = list(check(snapshot_of(tmp_path, files, environment)))
    assert found == [Finding("problem", message, advice)]


@pytest.mark.parametrize(
    ("check", "files", "environment", "message", "advice"), WARNINGS, ids=_name
)
def test_a_pitfall_that_only_disturbs_is_a_warning(
    tmp_path: Path,
    check: Check,
    files: dict[str, Any],
    environment: dict[str, str],
    message: str,
    advice: str,
) -> None:
    """It works, and will confuse users later."""
    found = list(check(snapshot_of(tmp_path, files, environment)))
    assert found == [Finding("warning", message, advice)]


def test_settings_that_are_no_json_are_a_problem_with_their_line(tmp_path: Path) -> None:
    """Claude Code reports nothing, and runs none of its hooks."""
    (found,) = pitfalls.unreadable(snapshot_of(tmp_path, {"user": '{\n  "hooks": {},,\n}'}))
    assert found.level == "problem"
    assert "user.json:2:" in found.message
    assert found.message.endswith("; Claude Code ignores this file.")


def test_a_status_line_wrapped_in_itself_is_a_warning(tmp_path: Path) -> None:
    """Each layer would send the same."""
    script = tmp_path / "statusline.sh"
    script.touch()
    inner = wrap(WrappedStatusLine(script, URL, tmp_path, "echo mine"))
    outer = wrap(WrappedStatusLine(script, URL, tmp_path, inner))
    for command, levels in ((inner, []), (outer, ["warning"])):
        files = {"user": {"statusLine": {"type": "command", "command": command}}}
        assert [it.level for it in pitfalls.status_line(snapshot_of(tmp_path, files))] == levels


def test_http_hooks_without_a_daemon_are_a_problem(tmp_path: Path) -> None:
    """Their failures stand in the user's terminal, two lines an event."""
    down = HealthAnswer(url=URL, error="refused")
    levels = [
        [
            it.level
            for it in pitfalls.http_while_down(snapshot_of(tmp_path, {"user": files}, {}, answer))
        ]
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
def test_harmless_settings_have_no_findings(
    tmp_path: Path, files: dict[str, Any], environment: dict[str, str]
) -> None:
    """A doctor that cries wolf is not asked again."""
    snapshot = snapshot_of(tmp_path, files, environment)
    checks = (*CHECKS["settings"].values(), hooks.filtered)
    assert [found for check in checks for found in check(snapshot)] == []


def test_an_address_by_another_name_of_this_machine_is_the_same(tmp_path: Path) -> None:
    """`localhost` is what many people write."""
    for url, count in (("http://localhost:4000", 0), ("http://localhost:4100", 1)):
        files = {"user": mixed(http_handler(url, with_token=False))}
        assert len(list(hooks.address(snapshot_of(tmp_path, files)))) == count


def test_every_pitfall_has_a_row() -> None:
    """A check that was never seen to fail may never fail."""
    tested = {check for check, *_ in (*PROBLEMS, *WARNINGS)}
    tested |= {pitfalls.unreadable, pitfalls.http_while_down}
    assert set(CHECKS["settings"].values()) <= tested
