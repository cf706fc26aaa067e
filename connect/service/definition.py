"""What the service runs: two daemons, their addresses, commands and settings."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import platformdirs

from connect.errors import CliError
from connect.service.program import stable_command
from shared.claude_folder import VARIABLE as CLAUDE_FOLDER
from shared.settings import Settings, require_token, variable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TOKEN_FILE = "service-token"  # noqa: S105 - a name, no secret
PATHS = ("data", "token_file", "redact_patterns", "prices")


class DaemonDefinition(msgspec.Struct, frozen=True):
    name: str
    address: str
    """An IP address."""
    port: int
    command: Sequence[str]


class ServiceDefinition(msgspec.Struct, frozen=True):
    daemons: Sequence[DaemonDefinition]
    environment: Mapping[str, str]
    token: str | None
    """What to write into `HOOKWATCH_TOKEN_FILE`; None when no file is needed or there is one."""


def define_service(settings: Settings, environment: Mapping[str, str]) -> ServiceDefinition:
    """Return the service that runs with these settings; raise CliError or SettingsError."""
    command = stable_command(environment)
    daemons = []
    for name, host, port in (
        ("ingestd", settings.ingest_host, settings.ingest_port),
        ("queryd", settings.query_host, settings.query_port),
    ):
        require_token(host, settings.token)
        daemons.append(DaemonDefinition(name, _address(host), port, [*command, name]))
    is_in_file = settings.token_file is not None
    return ServiceDefinition(
        daemons, _environment(settings, environment), None if is_in_file else settings.token
    )


def token_path() -> Path:
    """Return where the service's token is, wherever the data are."""
    return platformdirs.user_config_path("hookwatch", appauthor=False).absolute() / TOKEN_FILE


def _environment(settings: Settings, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that are set here, and the data folder: shells set others than login.

    Paths are absolute, and the token is in a file: every user can read a unit.
    """
    known = [variable(field) for field in Settings.__struct_fields__]
    given = {name: environment[name] for name in known if environment.get(name)}
    given[variable("data")] = str(settings.data)
    for name in (variable(field) for field in PATHS):
        if name in given:
            given[name] = os.path.abspath(given[name])  # noqa: PTH100 - links stay as they are
    if given.pop(variable("token"), None) and settings.token_file is None:
        given[variable("token_file")] = str(token_path())
    if folders := given.get(variable("claude_folders")):
        paths = [Path(part.strip()).expanduser().absolute() for part in folders.split(",")]
        given[variable("claude_folders")] = ",".join(map(str, paths))
    if folder := environment.get(CLAUDE_FOLDER):
        given[CLAUDE_FOLDER] = str(Path(folder).expanduser().absolute())
    for name, value in given.items():
        if not value.isprintable():
            raise CliError(f"{name}: {value!r} cannot be written into the service's files")
    return given


def _address(host: str) -> str:
    """Return a host's first IP address: service managers resolve no names."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise CliError(f"{host}: {error.strerror or error}") from None
    return str(found[0][4][0])
