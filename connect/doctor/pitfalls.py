"""Check settings for what is known to silence hooks, or to disturb Claude Code's user.

Each was seen on the real client or is in its documentation; each check names one thing to do.
"""

from __future__ import annotations

import fnmatch
import ipaddress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from connect.doctor.finding import Finding, problem, warning
from connect.doctor.repair import connect_command, reconnect
from connect.settings.status_line import unwrap
from connect.settings.telemetry import ENDPOINT
from shared.hook_events import COMMAND_ONLY, NEVER_REGISTER
from shared.settings import is_loopback

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from connect.doctor.snapshot import HookHandler, Snapshot

HANDLER_TYPES = frozenset({"command", "http", "prompt", "agent", "mcp_tool"})
MAX_TIMEOUT_S = 10
TELEMETRY_CONTENT = (
    "OTEL_LOG_USER_PROMPTS",
    "OTEL_LOG_ASSISTANT_RESPONSES",
    "OTEL_LOG_TOOL_DETAILS",
    "OTEL_LOG_TOOL_CONTENT",
    "OTEL_LOG_RAW_API_BODIES",
)
PROXIES = ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")


# Whole files


def unreadable(snapshot: Snapshot) -> Iterator[Finding]:
    for file in snapshot.files:
        if file.error is not None:
            yield problem(f"{file.error}; Claude Code ignores this file.", "Fix the file.")


def all_disabled(snapshot: Snapshot) -> Iterator[Finding]:
    for file in snapshot.files:
        if file.all_hooks_disabled:
            yield problem(
                f'"disableAllHooks" is on in {file.name}: no hook and no status line runs.',
                "Remove it, or set it to false.",
            )


def managed_only(snapshot: Snapshot) -> Iterator[Finding]:
    """Find an organization that allows its own hooks only."""
    for file, value in snapshot.files_with("allowManagedHooksOnly"):
        user_hooks = [it for it in snapshot.ours if it.file.scope != "managed"]
        is_affected = bool(user_hooks or snapshot.plugin_files)
        if value is True and file.scope == "managed" and is_affected:
            yield problem(
                f'"allowManagedHooksOnly" is on in {file.name}: none of your hooks runs.',
                "Ask your administrator to add Hookwatch's hooks there.",
            )


def plugins_only(snapshot: Snapshot) -> Iterator[Finding]:
    """Find an organization that allows hooks from plugins only."""
    for file, value in snapshot.files_with("strictPluginOnlyCustomization"):
        is_strict = value is True or (isinstance(value, list) and "hooks" in value)
        user_hooks = [it for it in snapshot.ours if it.file.scope != "managed"]
        if is_strict and file.scope == "managed" and user_hooks:
            yield problem(
                f'"strictPluginOnlyCustomization" in {file.name} disables hooks in settings.',
                "Use the plugin: `/plugin install hookwatch`.",
            )


def unknown_type(snapshot: Snapshot) -> Iterator[Finding]:
    """Find a handler of an unknown type, which disables every hook of its file."""
    for file in {it.file.name: it.file for it in snapshot.ours}.values():
        types = {str(it.raw.get("type")) for it in snapshot.handlers if it.file is file}
        if unknown := types - HANDLER_TYPES:
            yield problem(
                f"{file.name} has a hook of type {', '.join(sorted(unknown))}: a Claude Code that "
                "does not know the type silently runs no hook of this file.",
                "Remove that hook, or correct its type.",
            )


# Http hooks


def allowed_urls(snapshot: Snapshot) -> Iterator[Finding]:
    """Find a list of allowed addresses, outside of which http hooks are dropped silently."""
    values = [value for _, value in snapshot.files_with("allowedHttpHookUrls")]
    lists = [value for value in values if isinstance(value, list)]
    allowed = [it for value in lists for it in value if isinstance(it, str)]
    for url in sorted({str(it.raw.get("url")) for it in _http_hooks(snapshot)}):
        if lists and not any(fnmatch.fnmatchcase(url, _as_pattern(it)) for it in allowed):
            yield problem(
                f'"allowedHttpHookUrls" does not contain {url}: Claude Code drops these hooks.',
                f'Add "{url}" to it, or run {_use_command(snapshot)}.',
            )


def allowed_variables(snapshot: Snapshot) -> Iterator[Finding]:
    """Find a list of allowed variables that removes the token from http hooks."""
    values = [value for _, value in snapshot.files_with("httpHookAllowedEnvVars")]
    lists = [value for value in values if isinstance(value, list)]
    allowed = {it for value in lists for it in value if isinstance(it, str)}
    if lists and (missing := sorted(_variables_sent(snapshot) - allowed)):
        yield problem(
            f'"httpHookAllowedEnvVars" does not contain {", ".join(missing)}: '
            "hooks send an empty token.",
            f"Add it there, or run {_use_command(snapshot)}.",
        )


def token_unset(snapshot: Snapshot) -> Iterator[Finding]:
    for name in sorted(_variables_sent(snapshot) - _effective_environment(snapshot).keys()):
        yield warning(
            f"http hooks send the variable {name}, which is not set here.",
            f"Export {name} where you start Claude Code.",
        )


def sandbox(snapshot: Snapshot) -> Iterator[Finding]:
    for file, value in snapshot.files_with("sandbox"):
        is_enabled = isinstance(value, dict) and value.get("enabled") is True
        if is_enabled and _http_hooks(snapshot):
            yield warning(
                f"The sandbox is on in {file.name}: its proxy may block http hooks.",
                f"Run {_use_command(snapshot)}.",
            )


def proxy(snapshot: Snapshot) -> Iterator[Finding]:
    """Find a proxy that receives the http hooks meant for this machine."""
    environment = _effective_environment(snapshot)
    proxies = [name for name in PROXIES if environment.get(name)]
    no_proxy = environment.get("NO_PROXY") or environment.get("no_proxy") or ""
    exempt = {part.strip().partition(":")[0] for part in no_proxy.split(",")}
    for host in sorted({_host(it.url) for it in _http_hooks(snapshot)}):
        if proxies and not {host, "*"} & exempt:
            yield problem(
                f"{proxies[0]} is set and NO_PROXY does not contain {host}: "
                "http hooks go to the proxy.",
                f"Add {host} to NO_PROXY, or run {_use_command(snapshot)}.",
            )


def private_name(snapshot: Snapshot) -> Iterator[Finding]:
    """Find a host name with a private address; as an IP address, Claude Code allows it."""
    for host in sorted({_host(it.url) for it in _http_hooks(snapshot)}):
        if _is_ip_address(host) or host == "localhost":
            continue
        private = [it for it in snapshot.resolve(host) if _is_private(it)]
        if private:
            yield problem(
                f"{host} is {private[0]}, a private address: Claude Code blocks http hooks to it.",
                f"Use {private[0]} instead of the name (--url), or run {_use_command(snapshot)}.",
            )


def unsupported_http(snapshot: Snapshot) -> Iterator[Finding]:
    """Find http hooks for events that support command hooks only."""
    unsupported = {it.event for it in _http_hooks(snapshot) if it.event in COMMAND_ONLY}
    by_command = {it.event for it in snapshot.ours if it.kind in {"command", "spool"}}
    if missing := sorted(unsupported - by_command):
        yield problem(
            f"Claude Code does not support http hooks for {' and '.join(missing)}.",
            f"Run {connect_command(it.file for it in _http_hooks(snapshot))} "
            "to use a command for those.",
        )


def http_while_down(snapshot: Snapshot) -> Iterator[Finding]:
    if _http_hooks(snapshot) and snapshot.ingestd.status is None:
        yield problem(
            "ingestd is down: with http hooks, Claude Code prints two lines for every event.",
            f"Start ingestd, or run {_use_command(snapshot)}, which prints nothing.",
        )


def http_unheld(snapshot: Snapshot) -> Iterator[Finding]:
    """Find http hooks to a port that closes while ingestd restarts."""
    held = snapshot.service.held_port if snapshot.service else None
    ports = {urlsplit(it.url or "").port for it in _http_hooks(snapshot) if _is_local(it.url)}
    if ports - {held}:
        yield warning(
            "No service holds the port of http hooks: Claude Code prints errors for them, and "
            "loses their events, whenever ingestd restarts.",
            f"Run `hookwatch service install` on Linux, or {_use_command(snapshot)}.",
        )


# What our hooks must not do


def harmful_events(snapshot: Snapshot) -> Iterator[Finding]:
    events = {it.event for it in snapshot.ours}
    if NEVER_REGISTER in events:
        yield problem(
            f"Our hook for {NEVER_REGISTER} keeps Claude Code from creating worktrees.",
            "Remove it.",
        )
    if "PreModelSwitch" in events:
        yield warning(
            "Our hook for PreModelSwitch can delay or block model switches.",
            "Remove it. PostModelSwitch reports the same.",
        )


def blocks_on_failure(snapshot: Snapshot) -> Iterator[Finding]:
    blocking = sorted({it.event for it in snapshot.ours if it.raw.get("onFailure") == "block"})
    if blocking:
        yield problem(
            f'"onFailure" is "block" on our hooks for {", ".join(blocking)}: '
            "while Hookwatch is down, Claude Code is blocked.",
            'Remove "onFailure" from them.',
        )


def timeouts(snapshot: Snapshot) -> Iterator[Finding]:
    """Find hooks with which a hung daemon blocks every event for up to ten minutes."""
    slow = [it for it in snapshot.ours if not _is_short(it.raw.get("timeout"))]
    if slow:
        events = sorted({it.event for it in slow})
        yield warning(
            f"Our hooks for {', '.join(events)} have no timeout, or one over {MAX_TIMEOUT_S} s.",
            f'Set "timeout": 5, or run {connect_command(it.file for it in slow)} again.',
        )


# Duplicates


def duplicate_hooks(snapshot: Snapshot) -> Iterator[Finding]:
    """Find two hooks for one event: each costs its own process."""
    if snapshot.ours and snapshot.plugin_files:
        files = ", ".join(sorted({it.file.name for it in snapshot.ours}))
        yield warning(
            f"Hooks are in {files} and in the plugin, so every event has two hooks.",
            "Keep one: run `hookwatch disconnect`, or `/plugin uninstall hookwatch`.",
        )
    http = {it.event for it in snapshot.ours if it.kind == "http"}
    command = {it.event for it in snapshot.ours if it.kind in {"command", "spool"}}
    if both := sorted(http & command):
        affected = {it.file.name: it.file for it in snapshot.ours if it.event in both}
        yield warning(
            f"Both http and command hooks are installed for {', '.join(both)}.",
            f"Run {connect_command(affected.values())} to keep one of them."
            if len(affected) == 1
            else "Run `hookwatch disconnect` for one of the files (--project DIR for a project's).",
        )


def two_installations(snapshot: Snapshot) -> Iterator[Finding]:
    files = [it.file for it in snapshot.ours]
    for noun, values, advice in (
        (
            "addresses",
            {it.url for it in snapshot.ours},
            f"Run {connect_command(files, '--url URL')} with the right one.",
        ),
        (
            "scripts",
            {it.script for it in snapshot.ours if it.script is not None},
            f"Run {connect_command(files)} to use this installation's.",
        ),
    ):
        if len(values) > 1:
            named = ", ".join(sorted(map(str, values)))
            yield warning(f"Hooks use {len(values)} {noun}: {named}.", advice)


# Status line, telemetry


def status_line(snapshot: Snapshot) -> Iterator[Finding]:
    for file, value in snapshot.files_with("statusLine"):
        command = value.get("command") if isinstance(value, dict) else None
        ours = unwrap(command) if isinstance(command, str) else None
        if ours is None:
            continue
        if ours.user_command is not None and unwrap(ours.user_command) is not None:
            yield warning(
                f"The status line in {file.name} is wrapped more than once.",
                f"Run {connect_command([file])} again to wrap it once.",
            )
        if not Path(ours.script).is_file():
            yield warning(
                f"The status line script {ours.script} is missing: "
                "your own is shown, and nothing is recorded.",
                reconnect([file]),
            )


def telemetry(snapshot: Snapshot) -> Iterator[Finding]:
    """Find telemetry that is sent elsewhere, or contains prompts."""
    ingestd_url = snapshot.ingestd.url
    for file, env in snapshot.files_with("env"):
        variables = _string_values(env)
        if variables.get("CLAUDE_CODE_ENABLE_TELEMETRY") not in {"1", "true"}:
            continue
        endpoint = variables.get(ENDPOINT)
        if endpoint is not None and endpoint.rstrip("/") != ingestd_url:
            yield warning(
                f"{file.name} sends telemetry to {endpoint}, not to {ingestd_url}.",
                f"This may be intended. To send it here, remove {ENDPOINT} and run "
                f"{connect_command([file], '--telemetry', '--url', ingestd_url)}.",
            )
        content = [it for it in TELEMETRY_CONTENT if _is_on(variables.get(it))]
        if content:
            yield warning(
                f"{', '.join(content)} in {file.name}: telemetry contains prompts or tool input.",
                "Remove it unless you want that. Hooks send the same, with secrets redacted.",
            )


def _http_hooks(snapshot: Snapshot) -> Sequence[HookHandler]:
    return [it for it in snapshot.ours if it.kind == "http"]


def _variables_sent(snapshot: Snapshot) -> set[str]:
    return {name for it in _http_hooks(snapshot) for name in _strings(it.raw.get("allowedEnvVars"))}


def _effective_environment(snapshot: Snapshot) -> dict[str, str]:
    """Return the environment that Claude Code's hooks get: this one, and that of the settings."""
    environment = dict(snapshot.environment)
    for _, env in snapshot.files_with("env"):
        environment |= _string_values(env)
    return environment


def _use_command(snapshot: Snapshot) -> str:
    return connect_command((it.file for it in _http_hooks(snapshot)), "--via command")


def _as_pattern(allowed: str) -> str:
    """Convert an entry of the list to fnmatch: in it, only `*` is special."""
    return allowed.replace("[", "[[]").replace("?", "[?]")


def _strings(value: object) -> list[str]:
    return [it for it in value if isinstance(it, str)] if isinstance(value, list) else []


def _string_values(value: object) -> dict[str, str]:
    items = value.items() if isinstance(value, dict) else ()
    return {name: it for name, it in items if isinstance(it, str)}


def _host(url: str | None) -> str:
    return urlsplit(url or "").hostname or ""


def _is_local(url: str | None) -> bool:
    return is_loopback(_host(url))


def _is_ip_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_private(address: str) -> bool:
    return not is_loopback(address) and not ipaddress.ip_address(address).is_global


def _is_on(value: str | None) -> bool:
    return value not in {None, "", "0", "false"}


def _is_short(timeout: Any) -> bool:  # noqa: ANN401 - any JSON
    return isinstance(timeout, int | float) and 0 < timeout <= MAX_TIMEOUT_S
