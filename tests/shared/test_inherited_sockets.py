"""Take sockets as a service manager passes them, and refuse what it cannot have meant."""

import fcntl
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from shared import inherited_sockets
from shared.errors import SettingsError
from shared.inherited_sockets import close_waiting, inherited_socket

FIRST = 700
"""Where a test process has no descriptors of its own."""
Pass = Callable[..., None]


@pytest.fixture
def passed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pass]:
    """Return a function that passes sockets to this process, with their names."""
    monkeypatch.setattr(inherited_sockets, "FIRST_DESCRIPTOR", FIRST)
    with ExitStack() as stack:

        def pass_sockets(*sockets: socket.socket, **variables: str) -> None:
            for number, each in enumerate(sockets, FIRST):
                stack.enter_context(each)
                assert fcntl.fcntl(each.fileno(), fcntl.F_DUPFD, number) == number
            given = {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": str(len(sockets))}
            for name, value in {**given, **variables}.items():
                monkeypatch.setenv(name, value)

        yield pass_sockets
        for number in (FIRST, FIRST + 1):
            with socket.socket() as unused:
                os.dup2(unused.fileno(), number)
            os.close(number)


def listening() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0))


def test_the_socket_of_that_name_is_taken(passed: Pass) -> None:
    """A manager may pass the sockets of both daemons to each."""
    first, second = listening(), listening()
    passed(first, second, LISTEN_FDNAMES="queryd:ingestd")
    with inherited_socket("ingestd") or socket.socket() as taken:
        assert taken.getsockname() == second.getsockname()


def test_the_only_socket_needs_no_name(passed: Pass) -> None:
    """`systemd-socket-activate` passes none unless it is asked to."""
    only = listening()
    passed(only)
    with inherited_socket("ingestd") or socket.socket() as taken:
        assert taken.getsockname() == only.getsockname()


def test_child_processes_inherit_neither_sockets_nor_variables(passed: Pass) -> None:
    """A child that held the port would keep it open after the daemon's end."""
    passed(listening(), listening(), LISTEN_FDNAMES="ingestd:queryd", LISTEN_PIDFDID="1")
    with inherited_socket("ingestd") or socket.socket():
        assert [os.get_inheritable(number) for number in (FIRST, FIRST + 1)] == [False, False]
        assert [name for name in os.environ if name.startswith("LISTEN_")] == []


@pytest.mark.parametrize("variables", [{"LISTEN_PID": "1"}, {"LISTEN_PID": ""}, {"LISTEN_FDS": ""}])
def test_sockets_of_another_process_are_left_alone(passed: Pass, variables: dict[str, str]) -> None:
    """A shell that a manager started passes its variables on to all that it runs."""
    passed(listening(), **variables)
    assert inherited_socket("ingestd") is None
    assert "LISTEN_FDS" not in os.environ


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ({"LISTEN_FDS": "many"}, "LISTEN_FDS: 'many' is not a number of sockets"),
        ({"LISTEN_FDS": "0"}, "LISTEN_FDS: '0' is not a number of sockets"),
        ({"LISTEN_FDS": "-1"}, "LISTEN_FDS: '-1' is not a number of sockets"),
        ({"LISTEN_FDS": "2"}, "LISTEN_FDNAMES: 2 sockets have 0 names"),
        ({"LISTEN_FDNAMES": "a:b"}, "LISTEN_FDNAMES: 1 sockets have 2 names"),
        (
            {"LISTEN_FDNAMES": "web"},
            "LISTEN_FDNAMES: one socket must be named ingestd, the names are web",
        ),
        (
            {"LISTEN_FDS": "2", "LISTEN_FDNAMES": "ingestd:ingestd"},
            "LISTEN_FDNAMES: one socket must be named ingestd, the names are ingestd, ingestd",
        ),
        (
            {"LISTEN_FDS": "2", "LISTEN_FDNAMES": "ingestd:queryd"},
            f"LISTEN_FDS: descriptor {FIRST + 1}: Bad file descriptor",
        ),
    ],
)
def test_bad_values_are_one_clear_error(
    passed: Pass, variables: dict[str, str], reason: str
) -> None:
    """Bound to another socket than the unit names, the daemon would wait for ever."""
    passed(listening(), **variables)
    with pytest.raises(SettingsError) as refused:
        inherited_socket("ingestd")
    assert str(refused.value) == reason


@pytest.mark.parametrize("kind", [socket.socket, lambda: socket.socket(type=socket.SOCK_DGRAM)])
def test_a_socket_that_does_not_listen_is_refused(
    passed: Pass, kind: Callable[[], socket.socket]
) -> None:
    """As of a unit with `ListenDatagram=` or `Accept=yes`."""
    passed(kind())
    with pytest.raises(SettingsError, match="no listening stream socket"):
        inherited_socket("ingestd")


def test_a_file_is_no_socket(passed: Pass) -> None:
    """Whatever is at that descriptor must not be served."""
    passed(listening())
    with open(os.devnull) as file:  # noqa: PTH123 - its descriptor is used
        os.dup2(file.fileno(), FIRST)
    with pytest.raises(SettingsError, match=f"descriptor {FIRST}: Socket operation on non-socket"):
        inherited_socket("ingestd")


def test_waiting_connections_are_closed() -> None:
    """Each of them is a hook, which waits for an answer that does not come."""
    with ExitStack() as stack:
        listener = stack.enter_context(listening())
        waiting = [
            stack.enter_context(socket.create_connection(listener.getsockname())) for _ in range(3)
        ]
        close_waiting(listener)
        assert [each.recv(1) for each in waiting] == [b"", b"", b""]
