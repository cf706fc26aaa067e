"""Show the effective settings, without secrets, and the addresses that follow from them."""

import msgspec

from shared.settings import Settings, is_loopback, variable

ALL_ADDRESSES = frozenset({"0.0.0.0", "::"})  # noqa: S104 - not bound to here


class EffectiveSetting(msgspec.Struct, frozen=True):
    """A setting; the value of a token is `set` or `not set`."""

    name: str
    value: str
    is_default: bool


def effective_settings(settings: Settings) -> list[EffectiveSetting]:
    """Return every setting, in the order of docs/settings.md."""
    return [
        EffectiveSetting(
            variable(field.name),
            _shown(field.name, getattr(settings, field.name)),
            getattr(settings, field.name) == field.default,
        )
        for field in msgspec.structs.fields(Settings)
    ]


def ingest_url(settings: Settings, page_host: str) -> str:
    """Return ingestd's address for a page on this host.

    Cookies are bound to the host name, so a page on `localhost` uses `localhost`.
    """
    bound = settings.ingest_host
    if bound in ALL_ADDRESSES:
        host = page_host
    elif is_loopback(bound):
        # A Content-Security-Policy cannot contain an IPv6 address.
        host = "localhost" if page_host == "localhost" or ":" in bound else bound
    else:
        host = bound
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{settings.ingest_port}/events"


def content_policy(settings: Settings) -> bytes:
    """Return the Content-Security-Policy of every response.

    The page may connect to its own origin and to ingestd, for the sample events.
    """
    connect = " ".join(["'self'", *_ingest_origins(settings)])
    return (
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        f"font-src 'self'; connect-src {connect}; frame-ancestors 'none'; base-uri 'none'; "
        "form-action 'none'"
    ).encode("latin-1", "ignore")


def _ingest_origins(settings: Settings) -> list[str]:
    hosts = {"127.0.0.1", "localhost", settings.ingest_host}
    if settings.ingest_host in ALL_ADDRESSES:
        hosts |= {settings.query_host, *settings.allowed_hosts}
    return [
        f"http://{host}:{settings.ingest_port}"
        for host in sorted(hosts - ALL_ADDRESSES)
        if ":" not in host
    ]


def _shown(name: str, value: object) -> str:
    if name == "token":
        return "not set" if value is None else "set"
    if value is None or value == ():
        return "none"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)
