"""Start a daemon, or exit with one line that explains why; used by both `__main__` modules."""

import logging
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any, Final

from shared.errors import SettingsError

BAD_START: Final = 2
"""The exit code of a daemon with invalid settings; restarting it would not help."""
UVICORN: Final[dict[str, Any]] = {
    "loop": "uvloop",
    "http": "httptools",
    "lifespan": "on",
    "access_log": False,
    "log_config": None,
    "server_header": False,
    "proxy_headers": False,
    "timeout_keep_alive": 75,
    # For running requests at a stop; the rest of the 2 s is for the last commit.
    "timeout_graceful_shutdown": 1,
}
"""Uvicorn's fastest loop and parser, without access log."""


def run_or_explain(name: str, run: Callable[[], None]) -> None:
    """Run a daemon; turn a SettingsError into one line on stderr and exit code 2."""
    logging.basicConfig(
        level=logging.INFO,
        format=f"%(asctime)s {name} %(levelname)s %(message)s",
        datefmt="%H:%M:%S",
    )
    for chatty in ("uvicorn", "watchfiles"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    for stop in (signal.SIGTERM, signal.SIGINT):
        # Uvicorn handles the signals while it runs and raises them again at its end.
        signal.signal(stop, _exit_cleanly)
    try:
        run()
    except SettingsError as error:
        sys.stderr.write(f"{name}: {error}\n")
        sys.exit(BAD_START)


def listen(host: str, port: int, *, port_setting: str) -> socket.socket:
    """Return a listening socket; raise SettingsError if the port is taken or not permitted."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise SettingsError(f"{host}: {error.strerror or error}") from None
    try:
        # A restart must not wait for connections of its predecessor in TIME_WAIT.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise SettingsError(
            f"{host}:{port}: {error.strerror or error}; set {port_setting} to another port"
        ) from None
    return listener


def announce(listener: socket.socket) -> None:
    """Log the daemon's address, once it is sure to start."""
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    logging.getLogger(__name__).info("listening on http://%s:%d", shown, port)


def _exit_cleanly(_signal: int, _frame: object) -> None:
    sys.exit(0)
