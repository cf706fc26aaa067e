"""Take the listening socket that a service manager passes, as systemd does for a socket unit.

In: `LISTEN_PID`, `LISTEN_FDS`, `LISTEN_FDNAMES` and descriptors from 3 on, see sd_listen_fds(3).
Out: the daemon's socket. The manager keeps it open too, so that connections wait during a restart.
"""

import fcntl
import os
import socket
from contextlib import suppress
from typing import Final

from shared.errors import SettingsError

FIRST_DESCRIPTOR: Final = 3
MAX_WAITING: Final = 4_096
"""More than a backlog holds."""
_VARIABLES: Final = ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PIDFDID")
_FAMILIES: Final = (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX)


def inherited_socket(name: str) -> socket.socket | None:
    """Return the socket of that name, or the only one without a name; None if none was passed.

    Raise SettingsError for anything else. The variables are removed from the environment, and no
    child process inherits the sockets.
    """
    pid, count, names, _ = (os.environ.pop(variable, "") for variable in _VARIABLES)
    if not count or pid != str(os.getpid()):
        return None
    if not count.isdecimal() or int(count) < 1:
        raise SettingsError(f"LISTEN_FDS: {count!r} is not a number of sockets")
    descriptors = range(FIRST_DESCRIPTOR, FIRST_DESCRIPTOR + int(count))
    descriptor = _named(name, names.split(":") if names else [], descriptors)
    for each in descriptors:
        _close_on_exec(each)
    return _listening_socket(descriptor)


def close_waiting(listener: socket.socket) -> None:
    """Close the connections that wait for a daemon that cannot start: their hooks wait no longer.

    Left in the backlog they would also make systemd start the daemon again at once.
    """
    listener.settimeout(0)
    with suppress(BlockingIOError):
        for _ in range(MAX_WAITING):
            with suppress(ConnectionError):
                listener.accept()[0].close()


def _named(name: str, names: list[str], descriptors: range) -> int:
    if not names and len(descriptors) == 1:
        return descriptors[0]
    if len(names) != len(descriptors):
        raise SettingsError(f"LISTEN_FDNAMES: {len(descriptors)} sockets have {len(names)} names")
    if names.count(name) != 1:
        raise SettingsError(
            f"LISTEN_FDNAMES: one socket must be named {name}, the names are {', '.join(names)}"
        )
    return descriptors[names.index(name)]


def _close_on_exec(descriptor: int) -> None:
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETFD, fcntl.FD_CLOEXEC)
    except OSError as error:
        raise SettingsError(f"LISTEN_FDS: descriptor {descriptor}: {error.strerror}") from None


def _listening_socket(descriptor: int) -> socket.socket:
    try:
        passed = socket.socket(fileno=descriptor)
    except OSError as error:
        raise SettingsError(f"LISTEN_FDS: descriptor {descriptor}: {error.strerror}") from None
    is_listening = (
        passed.family in _FAMILIES
        and passed.type == socket.SOCK_STREAM
        and passed.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    )
    if not is_listening:
        passed.close()
        raise SettingsError(f"LISTEN_FDS: descriptor {descriptor} is no listening stream socket")
    return passed
