"""Test that every setting is read, and that whatever cannot be meant is refused by its name."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from shared.errors import SettingsError
from shared.settings import Retention, Settings, is_loopback, read_settings, require_token, variable

TOKEN = "0123456789abcdef"
EXAMPLES: dict[str, tuple[str, object]] = {
    "data": ("/tmp/here", Path("/tmp/here")),
    "ingest_host": ("::1", "::1"),
    "ingest_port": ("1", 1),
    "query_host": ("localhost", "localhost"),
    "query_port": ("65535", 65535),
    "query_processes": ("1", 1),
    "token": (TOKEN, TOKEN),
    "allowed_hosts": ("a.example, b.example,", ("a.example", "b.example")),
    "allowed_origins": ("https://a.example", ("https://a.example",)),
    "synchronous": ("NORMAL", "NORMAL"),
    "busy_ms": ("0", 0),
    "retention_days": ("30", 30),
    "retention_gb": ("0.5", 0.5),
    "retention_payload_days": ("7", 7),
    "unsaved_events": ("5", 5),
    "unsaved_bytes": ("6", 6),
    "body_bytes": ("7", 7),
    "redact": ("false", False),
    "redact_patterns": ("/tmp/patterns", Path("/tmp/patterns")),
    "prices": ("/tmp/prices.json", Path("/tmp/prices.json")),
    "registry": ("false", False),
    "claude_folders": ("/a/claude, ~/b", (Path("/a/claude"), Path("~/b"))),
}


def test_every_setting_has_an_example_here() -> None:
    """A new setting without one would be a setting without a test."""
    assert {*EXAMPLES, "token_file"} == set(Settings.__struct_fields__)


@pytest.mark.parametrize("field", EXAMPLES)
def test_every_setting_is_read_from_its_variable(field: str) -> None:
    """And changes nothing else."""
    text, value = EXAMPLES[field]
    assert value != getattr(Settings(), field)
    settings = read_settings({variable(field): text, "PATH": "/bin", "HOOK": "x"})
    assert settings == msgspec.structs.replace(Settings(), **{field: value})


@pytest.mark.parametrize("field", EXAMPLES)
def test_an_empty_variable_counts_as_unset(field: str) -> None:
    """A `.env` file has lines without a value."""
    assert read_settings({variable(field): ""}) == Settings()


def test_the_defaults_are_the_ones_the_contract_names() -> None:
    """Each of them is a decision: only this machine, nothing lost, nothing leaked."""
    found: dict[str, Any] = msgspec.structs.asdict(Settings())
    folder = found.pop("data")
    assert folder.name == "hookwatch"
    assert Settings().log_path == folder / "events.db"
    assert found == {
        "ingest_host": "127.0.0.1",
        "ingest_port": 4000,
        "query_host": "127.0.0.1",
        "query_port": 4001,
        "query_processes": 2,
        "token": None,
        "token_file": None,
        "allowed_hosts": (),
        "allowed_origins": (),
        "synchronous": "FULL",
        "busy_ms": 1_000,
        "retention_days": 0,
        "retention_gb": 0,
        "retention_payload_days": 0,
        "unsaved_events": 10_000,
        "unsaved_bytes": 64 * 1024 * 1024,
        "body_bytes": 32 * 1024 * 1024,
        "redact": True,
        "redact_patterns": None,
        "prices": None,
        "registry": True,
        "claude_folders": (),
    }


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("INGEST_PORT", "0", "HOOKWATCH_INGEST_PORT: Expected `int` >= 1"),
        ("QUERY_PORT", "65536", "HOOKWATCH_QUERY_PORT: Expected `int` <= 65535"),
        ("QUERY_PROCESSES", "0", "HOOKWATCH_QUERY_PROCESSES: Expected `int` >= 1"),
        ("INGEST_PORT", "http", "HOOKWATCH_INGEST_PORT: Expected `int`, got `str`"),
        ("TOKEN", "short", "HOOKWATCH_TOKEN: Expected `str` of length >= 16"),
        ("SYNCHRONOUS", "OFF", "HOOKWATCH_SYNCHRONOUS: Invalid enum value 'OFF'"),
        ("BUSY_MS", "60001", "HOOKWATCH_BUSY_MS: Expected `int` <= 60000"),
        ("RETENTION_DAYS", "-1", "HOOKWATCH_RETENTION_DAYS: Expected `int` >= 0"),
        ("RETENTION_GB", "-0.1", "HOOKWATCH_RETENTION_GB: Expected `float` >= 0.0"),
        ("RETENTION_GB", "inf", "HOOKWATCH_RETENTION_GB: Expected `float` <= 1000000.0"),
        ("RETENTION_PAYLOAD_DAYS", "-1", "HOOKWATCH_RETENTION_PAYLOAD_DAYS: Expected `int` >= 0"),
        ("REDACT", "maybe", "HOOKWATCH_REDACT: Expected `bool`, got `str`"),
        ("BODY_BYTES", "0", "HOOKWATCH_BODY_BYTES: Expected `int` >= 1"),
    ],
)
def test_a_bad_value_is_refused_with_the_name_of_its_variable(
    name: str, value: str, line: str
) -> None:
    """One line on a terminal is all that its reader gets."""
    with pytest.raises(SettingsError) as caught:
        read_settings({f"HOOKWATCH_{name}": value})
    assert str(caught.value) == line


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("TOKE", "HOOKWATCH_TOKE: unknown setting; did you mean HOOKWATCH_TOKEN?"),
        ("QUERYPORT", "HOOKWATCH_QUERYPORT: unknown setting; did you mean HOOKWATCH_QUERY_PORT?"),
        ("ZZZZZZ", "HOOKWATCH_ZZZZZZ: unknown setting"),
    ],
)
def test_an_unknown_variable_is_refused_with_a_hint(name: str, line: str) -> None:
    """A token that was misspelt and silently ignored would leave the door open."""
    with pytest.raises(SettingsError) as caught:
        read_settings({f"HOOKWATCH_{name}": "x"})
    assert str(caught.value) == line


@pytest.mark.parametrize("token", ["pässwörter-0123456789", "ключ-0123456789abcdef"])
def test_a_token_that_no_header_can_carry_is_refused(token: str) -> None:
    """Headers are Latin-1: with such a token no request could pass, and queryd's call fails."""
    with pytest.raises(SettingsError, match=r"^HOOKWATCH_TOKEN: "):
        read_settings({"HOOKWATCH_TOKEN": token})


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "::1"])
def test_on_loopback_no_token_is_needed(host: str) -> None:
    """One person's laptop needs no care."""
    assert is_loopback(host)
    require_token(host, None)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "tower", "localhost.example"])
def test_off_loopback_a_token_is_required(host: str) -> None:
    """Anybody on the network could read every prompt otherwise."""
    assert not is_loopback(host)
    with pytest.raises(SettingsError) as caught:
        require_token(host, None)
    assert str(caught.value) == (
        f"{host} can be reached from other machines: set HOOKWATCH_TOKEN "
        "(at least 16 characters), or bind to 127.0.0.1"
    )
    require_token(host, TOKEN)


@pytest.mark.parametrize("payload_days", ["30", "31"])
def test_payloads_that_outlive_their_events_are_refused(payload_days: str) -> None:
    """With both set, both are expected to do something."""
    given = {"HOOKWATCH_RETENTION_DAYS": "30", "HOOKWATCH_RETENTION_PAYLOAD_DAYS": payload_days}
    with pytest.raises(SettingsError, match=r"^HOOKWATCH_RETENTION_PAYLOAD_DAYS: .*after 30"):
        read_settings(given)
    fewer = read_settings({**given, "HOOKWATCH_RETENTION_PAYLOAD_DAYS": "29"})
    assert fewer.retention == Retention(days=30, payload_days=29)


def test_a_token_is_read_from_its_file(tmp_path: Path) -> None:
    """The environment of a service or a container is shown to more people than a file."""
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n", "utf-8")
    settings = read_settings({"HOOKWATCH_TOKEN_FILE": str(file)})
    assert settings == msgspec.structs.replace(Settings(), token=TOKEN, token_file=file)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "{file}: No such file or directory"),
        (b"", "{file} is empty"),
        (b" \n", "{file} is empty"),
        (b"\xff", "{file} is not UTF-8"),
        (b"short", "Expected `str` of length >= 16"),
    ],
)
def test_a_token_file_without_a_token_is_refused(
    tmp_path: Path, content: bytes | None, reason: str
) -> None:
    """Without a token the log would be open to everybody."""
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingsError) as refused:
        read_settings({"HOOKWATCH_TOKEN_FILE": str(file)})
    assert str(refused.value) == f"HOOKWATCH_TOKEN_FILE: {reason.format(file=file)}"


def test_two_tokens_are_refused(tmp_path: Path) -> None:
    """Which of them is in effect must not be a guess."""
    (tmp_path / "token").write_text(TOKEN, "utf-8")
    with pytest.raises(SettingsError, match="HOOKWATCH_TOKEN is set too"):
        read_settings({"HOOKWATCH_TOKEN": TOKEN, "HOOKWATCH_TOKEN_FILE": str(tmp_path / "token")})
