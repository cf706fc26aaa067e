"""Name where ingestd and the dashboard are, as the settings have it."""

from __future__ import annotations

import argparse
import os
import re
from urllib.parse import urlsplit

EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 - a server bound to all is here too


def ingest_url() -> str:
    """Return ingestd's address."""
    return _address("HOOKWATCH_INGEST", 4000)


def dashboard_url() -> str:
    """Return the dashboard's address, without a token."""
    return _address("HOOKWATCH_QUERY", 4001)


def url(text: str) -> str:
    """Take the address of a server from the command line."""
    try:
        parts = urlsplit(text)
        whole = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        whole = False
    if not whole or re.search(r"[\s\x00-\x1f\x7f]", text):
        raise argparse.ArgumentTypeError("must be like http://127.0.0.1:4000")
    if parts.username is not None or parts.query or parts.fragment:
        raise argparse.ArgumentTypeError("takes no password, ? or #; set HOOKWATCH_TOKEN for one")
    return text.rstrip("/")


def _address(prefix: str, port: int) -> str:
    host = os.environ.get(f"{prefix}_HOST") or "127.0.0.1"
    host = "127.0.0.1" if host in EVERYWHERE else host
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{os.environ.get(f'{prefix}_PORT') or port}"
