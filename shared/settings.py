"""Read the settings: `HOOKWATCH_*` variables of the environment.

In: an environment. Out: `Settings`, or `SettingsError` with one line that contains the variable.
"""

import difflib
import ipaddress
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
import platformdirs

from shared.errors import SettingsError

PREFIX: Final = "HOOKWATCH_"
Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]


class Retention(msgspec.Struct, frozen=True, kw_only=True):
    """Hold how long, and up to which size, events are kept; 0 is no limit."""

    days: int = 0
    gb: float = 0
    payload_days: int = 0

    @property
    def is_on(self) -> bool:
        return bool(self.days or self.gb or self.payload_days)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Hold all settings; a field `x_y` is the variable `HOOKWATCH_X_Y`, empty means unset."""

    data: Path = Path(platformdirs.user_data_dir("hookwatch", appauthor=False))
    ingest_host: str = "127.0.0.1"
    ingest_port: Port = 4000
    query_host: str = "127.0.0.1"
    query_port: Port = 4001
    query_processes: Annotated[int, msgspec.Meta(ge=1, le=2)] = 2
    token: Annotated[str, msgspec.Meta(min_length=16, pattern=r"^[A-Za-z0-9._~-]*$")] | None = None
    token_file: Path | None = None
    allowed_hosts: tuple[str, ...] = ()
    allowed_origins: tuple[str, ...] = ()
    synchronous: Literal["FULL", "NORMAL"] = "FULL"
    busy_ms: Annotated[int, msgspec.Meta(ge=0, le=60_000)] = 1_000
    retention_days: Annotated[int, msgspec.Meta(ge=0)] = 0
    retention_gb: Annotated[float, msgspec.Meta(ge=0, le=1_000_000)] = 0
    retention_payload_days: Annotated[int, msgspec.Meta(ge=0)] = 0
    unsaved_events: Annotated[int, msgspec.Meta(ge=0)] = 10_000
    unsaved_bytes: Annotated[int, msgspec.Meta(ge=0)] = 64 * 1024 * 1024
    body_bytes: Annotated[int, msgspec.Meta(ge=1)] = 32 * 1024 * 1024
    redact: bool = True
    redact_patterns: Path | None = None
    registry: bool = True
    claude_folders: tuple[Path, ...] = ()
    prices: Path | None = None

    @property
    def log_path(self) -> Path:
        return self.data / "events.db"

    @property
    def retention(self) -> Retention:
        return Retention(
            days=self.retention_days, gb=self.retention_gb, payload_days=self.retention_payload_days
        )

    @property
    def spool(self) -> Path:
        """Return the folder of events that forwarders could not send."""
        return self.data / "spool"

    @property
    def views_path(self) -> Path:
        return self.data / "views.db"

    @property
    def search_path(self) -> Path:
        return self.data / "search.db"


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings; raise SettingsError for the first invalid variable."""
    given = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in environment.items()
        if name.startswith(PREFIX) and value
    }
    for field in given:
        _refuse_unknown(field)
    if "token_file" in given:
        given["token"] = _token_in_file(given)
    try:
        settings = msgspec.convert(
            {field: _parts(field, text) for field, text in given.items()},
            Settings,
            strict=False,
            dec_hook=lambda kind, text: kind(text),
        )
    except msgspec.ValidationError as error:
        reason, _, path = str(error).partition(" - at `$.")
        field = path.rstrip("`")
        from_file = field == "token" and "token_file" in given
        raise SettingsError(f"{variable('token_file' if from_file else field)}: {reason}") from None
    _refuse_contradictions(settings)
    return settings


def variable(field: str) -> str:
    """Return the name of the environment variable that sets a field."""
    return PREFIX + field.upper()


def require_token(host: str, token: str | None) -> None:
    """Refuse to serve anything but this machine without a token; raise SettingsError."""
    if token is None and not is_loopback(host):
        raise SettingsError(
            f"{host} can be reached from other machines: set {variable('token')} "
            "(at least 16 characters), or bind to 127.0.0.1"
        )


def is_loopback(host: str) -> bool:
    """Return whether only this machine can connect to a server bound to `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _refuse_unknown(field: str) -> None:
    """Refuse a misspelt variable: a token that is silently ignored would be worse."""
    known = Settings.__struct_fields__
    if field not in known:
        near = difflib.get_close_matches(field, known, n=1)
        hint = f"; did you mean {variable(near[0])}?" if near else ""
        raise SettingsError(f"{variable(field)}: unknown setting{hint}")


def _token_in_file(given: Mapping[str, str]) -> str:
    name, path = variable("token_file"), given["token_file"]
    if "token" in given:
        raise SettingsError(f"{name}: {variable('token')} is set too; unset one of them")
    try:
        token = Path(path).read_text("utf-8").strip()
    except OSError as error:
        raise SettingsError(f"{name}: {path}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{name}: {path} is not UTF-8") from None
    if not token:
        raise SettingsError(f"{name}: {path} is empty")
    return token


def _refuse_contradictions(settings: Settings) -> None:
    days, payload_days = settings.retention_days, settings.retention_payload_days
    if 0 < days <= payload_days:
        raise SettingsError(
            f"{variable('retention_payload_days')}: {payload_days} days have no effect, for events "
            f"are deleted after {days} ({variable('retention_days')}); set fewer days, or 0"
        )


def _parts(field: str, text: str) -> str | list[str]:
    """Split settings that are lists at commas."""
    if field in {"allowed_hosts", "allowed_origins", "claude_folders"}:
        return [part.strip() for part in text.split(",") if part.strip()]
    return text
