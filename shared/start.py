"""Start a daemon, or exit with one line that explains why; used by both `__main__` modules."""

import logging
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any, Final

from shared.errors import SettingsError
from shared.inherited_sockets import close_waiting, inherited_socket
from shared.settings import require_token

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


def run_or_explain(name: str, run: Callable[[socket.socket | None], None]) -> None:
    """Run a daemon; turn a SettingsError into one line on stderr and exit code 2.

    `run` takes the socket that a service manager passed under that name, if any.
    """
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
    inherited = None
    try:
        inherited = inherited_socket(name)
        run(inherited)
    except SettingsError as error:
        sys.stderr.write(f"{name}: {error}\n")
        if inherited is not None:
            close_waiting(inherited)
        sys.exit(BAD_START)


def open_listener(
    inherited: socket.socket | None, host: str, port: int, *, token: str | None, port_setting: str
) -> socket.socket:
    """Return the inherited socket, or one of our own; raise SettingsError.

    Closing it leaves the inherited one open.
    """
    if inherited is None:
        require_token(host, token)
        return listen(host, port, port_setting=port_setting)
    if inherited.family != socket.AF_UNIX:
        require_token(inherited.getsockname()[0], token)
    logging.getLogger(__name__).info("took over a listening socket that its parent opened")
    return inherited.dup()


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
    if listener.family == socket.AF_UNIX:
        logging.getLogger(__name__).info("listening on %s", listener.getsockname())
        return
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    logging.getLogger(__name__).info("listening on http://%s:%d", shown, port)


def _exit_cleanly(_signal: int, _frame: object) -> None:
    sys.exit(0)
