"""Check settings for what is known to silence hooks, or to make them a nuisance.

Each was seen on the real client or is in its documentation; each check names the one thing to do.
"""

from __future__ import annotations

import fnmatch
import ipaddress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from connect.doctor.finding import Finding, problem, warning
from connect.doctor.repair import again, connect
from connect.settings.status_line import unwrapped
from shared.hook_events import COMMAND_ONLY, NEVER_REGISTER
from shared.settings import is_loopback

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from connect.doctor.snapshot import Handler, Scene

KINDS = frozenset({"command", "http", "prompt", "agent", "mcp_tool"})
LONG_S = 10
ONCE = "Keep one of them: `hookwatch disconnect`, or `/plugin uninstall hookwatch`."
CONTENT = (
    "OTEL_LOG_USER_PROMPTS",
    "OTEL_LOG_ASSISTANT_RESPONSES",
    "OTEL_LOG_TOOL_DETAILS",
    "OTEL_LOG_TOOL_CONTENT",
    "OTEL_LOG_RAW_API_BODIES",
)
ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
PROXIES = ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")


# Whole files


def unreadable(scene: Scene) -> Iterator[Finding]:
    """Find a file that is not JSON: Claude Code passes over it, with all its hooks."""
    for file in scene.files:
        if file.trouble is not None:
            yield problem(f"{file.trouble}; Claude Code ignores this file.", "Mend it there.")


def all_disabled(scene: Scene) -> Iterator[Finding]:
    """Find the switch that turns off all hooks, and the status line too."""
    for file, value in scene.having("disableAllHooks"):
        if value is True:
            yield problem(
                f'"disableAllHooks" is on in {file.name}: no hook and no status line runs.',
                "Take it out, or set it to false.",
            )


def managed_only(scene: Scene) -> Iterator[Finding]:
    """Find an organisation that allows its own hooks alone."""
    for file, value in scene.having("allowManagedHooksOnly"):
        mine = [it for it in scene.ours if it.file.scope != "managed"]
        if value is True and file.scope == "managed" and (mine or scene.plugins):
            yield problem(
                f'"allowManagedHooksOnly" is on in {file.name}: none of yours runs.',
                "Ask whoever manages it to put Hookwatch's hooks there.",
            )


def plugins_only(scene: Scene) -> Iterator[Finding]:
    """Find an organisation that allows hooks by plugins alone."""
    for file, value in scene.having("strictPluginOnlyCustomization"):
        held = value is True or (isinstance(value, list) and "hooks" in value)
        if (
            held
            and file.scope == "managed"
            and [it for it in scene.ours if it.file.scope != "managed"]
        ):
            yield problem(
                f'"strictPluginOnlyCustomization" in {file.name} turns off hooks in settings.',
                "Use the plugin: `/plugin install hookwatch`.",
            )


def unknown_kind(scene: Scene) -> Iterator[Finding]:
    """Find a handler of an unknown type, which makes every hook of its file dead."""
    for file in {it.file.name: it.file for it in scene.ours}.values():
        odd = {str(it.raw.get("type")) for it in scene.handlers if it.file is file} - KINDS
        if odd:
            yield problem(
                f"{file.name} has a hook of type {', '.join(sorted(odd))}: a Claude Code that does "
                "not know it runs no hook of this file, and says nothing.",
                "Take that hook out, or correct its type.",
            )


# What hooks by http meet


def allowed_urls(scene: Scene) -> Iterator[Finding]:
    """Find a list of allowed addresses, which drops every other http hook in silence."""
    lists = [value for _, value in scene.having("allowedHttpHookUrls") if isinstance(value, list)]
    allowed = [it for value in lists for it in value if isinstance(it, str)]
    for url in sorted({str(it.raw.get("url")) for it in _by_http(scene)}):
        if lists and not any(fnmatch.fnmatchcase(url, _as_pattern(it)) for it in allowed):
            yield problem(
                f'"allowedHttpHookUrls" does not have {url}: Claude Code drops these hooks.',
                f'Add "{url}" to it, or run {_by_command(scene)}.',
            )


def allowed_variables(scene: Scene) -> Iterator[Finding]:
    """Find a list of allowed variables that takes the token out of http hooks."""
    lists = [it for _, it in scene.having("httpHookAllowedEnvVars") if isinstance(it, list)]
    allowed = {it for value in lists for it in value if isinstance(it, str)}
    needed = {name for it in _by_http(scene) for name in _strings(it.raw.get("allowedEnvVars"))}
    if lists and (missing := sorted(needed - allowed)):
        yield problem(
            f'"httpHookAllowedEnvVars" has no {", ".join(missing)}: the token is sent empty.',
            f"Add it there, or run {_by_command(scene)}.",
        )


def token_unset(scene: Scene) -> Iterator[Finding]:
    """Find a variable that http hooks send and that is not set."""
    told = dict(pair for _, env in scene.having("env") for pair in _texts(env).items())
    needed = {name for it in _by_http(scene) for name in _strings(it.raw.get("allowedEnvVars"))}
    for name in sorted(needed - scene.environment.keys() - told.keys()):
        yield warning(
            f"Hooks by http send the variable {name}, which is not set here.",
            f"Export {name} where Claude Code is started.",
        )


def sandbox(scene: Scene) -> Iterator[Finding]:
    """Find the sandbox, whose proxy http hooks go through."""
    for file, value in scene.having("sandbox"):
        if _by_http(scene) and isinstance(value, dict) and value.get("enabled") is True:
            yield warning(
                f"The sandbox is on in {file.name}: its proxy may refuse hooks by http.",
                f"Run {_by_command(scene)}.",
            )


def proxy(scene: Scene) -> Iterator[Finding]:
    """Find a proxy that gets the http hooks for this machine."""
    told = dict(pair for _, env in scene.having("env") for pair in _texts(env).items())
    environment = {**scene.environment, **told}
    set_here = [name for name in PROXIES if environment.get(name)]
    around = environment.get("NO_PROXY") or environment.get("no_proxy") or ""
    free = {part.strip().partition(":")[0] for part in around.split(",")}
    for host in sorted({_host(it.url) for it in _by_http(scene)}):
        if set_here and not {host, "*"} & free:
            yield problem(
                f"{set_here[0]} is set and NO_PROXY has no {host}: hooks by http go to the proxy.",
                f"Add {host} to NO_PROXY, or run {_by_command(scene)}.",
            )


def private_name(scene: Scene) -> Iterator[Finding]:
    """Find the name of a private address: as a number it is not refused."""
    for host in sorted({_host(it.url) for it in _by_http(scene)}):
        if _is_number(host) or host == "localhost":
            continue
        private = [it for it in scene.resolve(host) if _is_private(it)]
        if private:
            yield problem(
                f"{host} is {private[0]}, a private address: Claude Code blocks http hooks to it.",
                f"Use {private[0]} for the name (--url), or run {_by_command(scene)}.",
            )


def passed_over(scene: Scene) -> Iterator[Finding]:
    """Find http hooks for events that skip those in silence."""
    lost = sorted({it.event for it in _by_http(scene) if it.event in COMMAND_ONLY})
    by_command = {it.event for it in scene.ours if it.kind == "command"}
    if missing := [event for event in lost if event not in by_command]:
        yield problem(
            f"Claude Code takes no http hook for {' and '.join(missing)}.",
            f"Run {connect(it.file for it in _by_http(scene))}, which makes those a command.",
        )


def daemon_down(scene: Scene) -> Iterator[Finding]:
    """Find http hooks without a daemon: Claude Code shows that they fail."""
    if _by_http(scene) and scene.ingestd.status is None:
        yield problem(
            "Hooks go by http and ingestd is down: Claude Code shows two lines for every event.",
            f"Start ingestd, or run {_by_command(scene)}, which is silent.",
        )


# What a hook of ours must not be


def harmful(scene: Scene) -> Iterator[Finding]:
    """Find hooks that keep Claude Code from what it was about to do."""
    events = {it.event for it in scene.ours}
    if NEVER_REGISTER in events:
        yield problem(
            f"A hook of ours is registered for {NEVER_REGISTER}: Claude Code can make no worktree.",
            "Take it out.",
        )
    if "PreModelSwitch" in events:
        yield warning(
            "A hook of ours is registered for PreModelSwitch: one that is late blocks the switch.",
            "Take it out; PostModelSwitch tells the same.",
        )


def on_failure(scene: Scene) -> Iterator[Finding]:
    """Find hooks that stop all work while the daemon is down."""
    if blocking := sorted({it.event for it in scene.ours if it.raw.get("onFailure") == "block"}):
        yield problem(
            f'"onFailure" is "block" on our hooks of {", ".join(blocking)}: '
            "with Hookwatch down, Claude Code stands still.",
            'Take "onFailure" out of them.',
        )


def timeouts(scene: Scene) -> Iterator[Finding]:
    """Find hooks by which a hung daemon holds every event up for ten minutes."""
    slow = [it for it in scene.ours if not _is_short(it.raw.get("timeout"))]
    if slow:
        events = sorted({it.event for it in slow})
        yield warning(
            f"Our hooks of {', '.join(events)} have no timeout, or one of over {LONG_S} s.",
            f'Give them "timeout": 5, or run {connect(it.file for it in slow)} again.',
        )


# The same thing twice


def twice(scene: Scene) -> Iterator[Finding]:
    """Find two hooks for one event: each costs its own process."""
    if scene.ours and scene.plugins:
        where = ", ".join(sorted({it.file.name for it in scene.ours}))
        yield warning(f"Hooks are in {where} and in the plugin: each event is sent twice.", ONCE)
    ways = {
        kind: {it.event for it in scene.ours if it.kind == kind} for kind in ("http", "command")
    }
    if both := sorted(ways["http"] & ways["command"]):
        files = {it.file.name: it.file for it in scene.ours if it.event in both}
        yield warning(
            f"{', '.join(both)}: sent by http and by command.",
            f"Run {connect(files.values())}: it leaves one way."
            if len(files) == 1
            else "Run `hookwatch disconnect` for one of them; --project DIR is a project's.",
        )


def two_places(scene: Scene) -> Iterator[Finding]:
    """Find two addresses, or two copies of the script: two installations."""
    run = connect(it.file for it in scene.ours)
    url = connect((it.file for it in scene.ours), "--url URL")
    for what, found, advice in (
        ("addresses", {it.url for it in scene.ours}, f"Run {url} with the right one."),
        (
            "scripts",
            {it.script for it in scene.ours if it.script is not None},
            f"Run {run}: then all run this installation's.",
        ),
    ):
        if len(found) > 1:
            yield warning(
                f"Hooks lead to {len(found)} {what}: {', '.join(sorted(map(str, found)))}.", advice
            )


# The status line, telemetry


def status_line(scene: Scene) -> Iterator[Finding]:
    """Find a tap around a tap, or one whose script is gone."""
    for file, value in scene.having("statusLine"):
        command = value.get("command") if isinstance(value, dict) else None
        tap = unwrapped(command) if isinstance(command, str) else None
        if tap is None:
            continue
        if tap.own is not None and unwrapped(tap.own) is not None:
            yield warning(
                f"The status line in {file.name} is wrapped twice.",
                f"{again([file])[:-1]}: it wraps yours once.",
            )
        if not Path(tap.script).is_file():
            yield warning(
                f"The status line's script {tap.script} is missing: yours is shown, none is sent.",
                again([file]),
            )


def telemetry(scene: Scene) -> Iterator[Finding]:
    """Find telemetry that goes elsewhere, or has prompts in it."""
    for file, env in scene.having("env"):
        given = _texts(env)
        if given.get("CLAUDE_CODE_ENABLE_TELEMETRY") not in {"1", "true"}:
            continue
        endpoint = given.get(ENDPOINT)
        if endpoint is not None and endpoint.rstrip("/") != scene.ingestd.url:
            yield warning(
                f"Telemetry goes to {endpoint} by {file.name}, and not to {scene.ingestd.url}.",
                f"That may be on purpose. To have it here, take {ENDPOINT} out, and run "
                f"{connect([file], '--telemetry', '--url', scene.ingestd.url)}.",
            )
        if content := [it for it in CONTENT if given.get(it) not in {None, "", "0", "false"}]:
            yield warning(
                f"{', '.join(content)} in {file.name}: prompts or tool input are in the telemetry.",
                "Take it out unless you want that; hooks bring the same, with secrets taken out.",
            )


def _by_http(scene: Scene) -> Sequence[Handler]:
    return [it for it in scene.ours if it.kind == "http"]


def _by_command(scene: Scene) -> str:
    return connect((it.file for it in _by_http(scene)), "--via command")


def _as_pattern(allowed: str) -> str:
    """Return a list's entry as fnmatch takes it: `*` is the only sign with a meaning."""
    return allowed.replace("[", "[[]").replace("?", "[?]")


def _strings(value: object) -> list[str]:
    return [it for it in value if isinstance(it, str)] if isinstance(value, list) else []


def _texts(value: object) -> dict[str, str]:
    return (
        {name: it for name, it in value.items() if isinstance(it, str)}
        if isinstance(value, dict)
        else {}
    )


def _host(url: str | None) -> str:
    return urlsplit(url or "").hostname or ""


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_private(address: str) -> bool:
    return not is_loopback(address) and not ipaddress.ip_address(address).is_global


def _is_short(timeout: Any) -> bool:  # noqa: ANN401 - any JSON
    return isinstance(timeout, int | float) and 0 < timeout <= LONG_S
