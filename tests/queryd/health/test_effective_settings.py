"""Test what is shown of the settings, and which origins the page may speak to."""

from pathlib import Path
from typing import Any

import pytest

from queryd.health.effective_settings import (
    EffectiveSetting,
    content_policy,
    effective_settings,
    ingest_url,
)
from shared.settings import Settings, variable


def connect_sources(**known: Any) -> list[str]:
    """Return what the policy lets the page connect to."""
    parts = content_policy(Settings(**known)).decode().split("; ")
    return next(part.split()[1:] for part in parts if part.startswith("connect-src"))


def test_every_setting_is_shown_without_secrets() -> None:
    """The list is copied into bug reports."""
    reported = effective_settings(Settings(token="0123456789abcdef", redact_patterns=Path("/p")))
    assert [it.name for it in reported] == [variable(name) for name in Settings.__struct_fields__]
    by_name = {it.name: it for it in reported}
    assert by_name["HOOKWATCH_TOKEN"] == EffectiveSetting(
        "HOOKWATCH_TOKEN", "set", is_default=False
    )
    assert by_name["HOOKWATCH_REDACT_PATTERNS"].value == "/p"
    assert by_name["HOOKWATCH_REDACT"] == EffectiveSetting(
        "HOOKWATCH_REDACT", "true", is_default=True
    )
    assert by_name["HOOKWATCH_ALLOWED_HOSTS"].value == "none"
    assert "0123456789abcdef" not in str(reported)
    not_set = EffectiveSetting("HOOKWATCH_TOKEN", "not set", is_default=True)
    assert not_set in effective_settings(Settings())


@pytest.mark.parametrize(
    ("bound", "page", "host"),
    [
        ("127.0.0.1", "127.0.0.1", "127.0.0.1"),
        ("127.0.0.1", "localhost", "localhost"),
        ("127.0.0.1", "::1", "127.0.0.1"),
        ("localhost", "127.0.0.1", "localhost"),
        ("::1", "127.0.0.1", "localhost"),
        ("0.0.0.0", "log.example", "log.example"),
        ("::", "fe80::1", "[fe80::1]"),
        ("10.0.0.7", "localhost", "10.0.0.7"),
    ],
)
def test_the_ingest_url_is_reachable_from_the_page(bound: str, page: str, host: str) -> None:
    """A cookie goes to the name it was given under, and to no other."""
    assert ingest_url(Settings(ingest_host=bound), page) == f"http://{host}:4000/events"


def test_the_policy_allows_connections_to_queryd_and_ingestd_alone() -> None:
    """Payloads contain foreign text: if one ever ran as a script, it could connect nowhere."""
    assert connect_sources(ingest_port=4100) == [
        "'self'",
        "http://127.0.0.1:4100",
        "http://localhost:4100",
    ]


@pytest.mark.parametrize("bound", ["0.0.0.0", "::", "::1"])
def test_the_policy_contains_no_ipv6_address(bound: str) -> None:
    """A browser would say so on every page."""
    sources = connect_sources(ingest_host=bound)
    assert sources == ["'self'", "http://127.0.0.1:4000", "http://localhost:4000"]


def test_a_server_bound_to_all_addresses_is_reached_by_its_allowed_names() -> None:
    """A team opens the page by the server's name."""
    sources = connect_sources(ingest_host="0.0.0.0", allowed_hosts=("log.example",))
    assert "http://log.example:4000" in sources


def test_the_policy_allows_the_ingest_url_of_the_page() -> None:
    """Sample events would fail without a visible reason."""
    for bound in ("127.0.0.1", "localhost", "::1", "0.0.0.0"):
        for page in ("127.0.0.1", "localhost"):
            settings = Settings(ingest_host=bound)
            origin = ingest_url(settings, page).removesuffix("/events")
            assert origin in connect_sources(ingest_host=bound)
