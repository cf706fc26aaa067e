"""Start both daemons on sockets that a service manager holds, kill them, and have them fail."""

import http.client
import json
import signal
import socket
import threading
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from tests.connect.forwarding import Forwarder, hook, prompts
from tests.processes.load import event_load
from tests.processes.log import event_ids
from tests.processes.socket_holder import managed
from tests.running import DEADLINE_S, accepts, free_ports, wait_for

POSTS = 500
HOOKS = 2_000
KILLS = 5
TOO_LONG_A_BODY = "-1"


def listener_on(host: str = "127.0.0.1") -> socket.socket:
    (port,) = free_ports(1)
    return socket.create_server((host, port), backlog=2048)


def port_of(listener: socket.socket) -> int:
    port: int = listener.getsockname()[1]
    return port


def health(connection: http.client.HTTPConnection, path: str) -> int:
    connection.request("GET", path)
    response = connection.getresponse()
    response.read()
    connection.close()
    return response.status


def test_kills_refuse_no_post_and_lose_none(tmp_path: Path) -> None:
    """A hook that comes during a restart waits for the next ingestd instead of failing."""
    listener = listener_on()
    with managed("ingestd", listener, tmp_path) as holder:
        holder.launch()
        with event_load(port_of(listener), senders=6) as posting:
            for _ in range(KILLS):
                posting.more(POSTS // KILLS)
                holder.end(signal.SIGKILL)
                holder.launch()
            posting.finish()
        assert len(posting.acknowledged) >= POSTS
        assert (posting.closed_port, posting.refusals) == (0, [])
        assert event_ids(tmp_path / "events.db") == sorted(posting.acknowledged)


def test_two_thousand_hooks_by_http_are_each_stored_once_in_order_whatever_is_killed(
    tmp_path: Path,
) -> None:
    """Claude Code sends a hook by http once: what a kill cut off is stored at most once."""
    listener = listener_on()
    answered: list[int] = []
    unanswered: list[int] = []
    with managed("ingestd", listener, tmp_path) as holder:

        def has_answered(count: int) -> bool:
            return len(answered) >= count

        def kill_and_restart() -> None:
            for kill in range(1, KILLS + 1):
                wait_for(partial(has_answered, kill * HOOKS // (KILLS + 1)))
                holder.end(signal.SIGKILL)
                holder.launch()

        holder.launch()
        killing = threading.Thread(target=kill_and_restart)
        killing.start()
        connection = http.client.HTTPConnection("127.0.0.1", port_of(listener), timeout=DEADLINE_S)
        for number in range(HOOKS):
            (answered if _post(connection, hook(number)) else unanswered).append(number)
        connection.close()
        killing.join()
    stored = prompts(tmp_path / "events.db")
    assert stored == sorted(set(stored))
    assert set(answered) <= set(stored) <= {*answered, *unanswered}
    assert len(unanswered) <= KILLS


def _post(connection: http.client.HTTPConnection, body: bytes) -> bool:
    """Post on a connection that is kept, as Claude Code does; return whether it was answered."""
    try:
        connection.request("POST", "/events", body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        response.read()
    except (ConnectionError, http.client.HTTPException):
        connection.close()
        return False
    return response.status == 200


def test_a_stop_leaves_connections_to_the_next_start(tmp_path: Path) -> None:
    """So `systemctl --user restart` after an upgrade is no outage."""
    listener = listener_on()
    forwarder = Forwarder(f"http://127.0.0.1:{port_of(listener)}", tmp_path / "spool")
    with managed("ingestd", listener, tmp_path) as holder:
        holder.launch()
        forwarder.forward(hook(1))
        # A hook gives up after 2 s, and ingestd stores the spool before it answers.
        connection = http.client.HTTPConnection("127.0.0.1", port_of(listener), timeout=DEADLINE_S)
        assert health(connection, "/health") == 200
        log = holder.end(signal.SIGTERM)
        assert "took over a listening socket that its parent opened" in log
        assert f"listening on http://127.0.0.1:{port_of(listener)}" in log
        waiting = forwarder.start()
        assert waiting.stdin is not None
        waiting.stdin.write(hook(2))
        waiting.stdin.close()
        holder.launch()
        assert waiting.wait(DEADLINE_S) == 0
        for pipe in (waiting.stdout, waiting.stderr):
            assert pipe is not None
            pipe.close()
        wait_for(lambda: prompts(tmp_path / "events.db") == [1, 2])


@pytest.mark.parametrize(("name", "path"), [("ingestd", "/health"), ("queryd", "/api/health")])
def test_both_daemons_serve_a_unix_socket(tmp_path: Path, name: str, path: str) -> None:
    """A proxy on the same machine needs no port."""
    address = str(tmp_path / "socket")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen()
    with managed(name, listener, tmp_path / "data") as holder:
        holder.launch()
        connection = http.client.HTTPConnection("localhost", timeout=DEADLINE_S)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(address)
        assert health(connection, path) == 200
        assert f"listening on {address}\n" in holder.end(signal.SIGTERM)


def test_queryd_serves_the_socket_it_is_passed(tmp_path: Path) -> None:
    """Its own port stays closed."""
    listener = listener_on()
    (own,) = free_ports(1)
    with managed("queryd", listener, tmp_path, HOOKWATCH_QUERY_PORT=str(own)) as holder:
        holder.launch()
        connection = http.client.HTTPConnection("127.0.0.1", port_of(listener), timeout=DEADLINE_S)
        with closing(connection):
            connection.request("GET", "/api/health")
            assert json.loads(connection.getresponse().read())["restarted_by"] == "service"
        assert not accepts(own)


@pytest.mark.parametrize("name", ["ingestd", "queryd"])
def test_a_socket_that_others_can_reach_needs_a_token(tmp_path: Path, name: str) -> None:
    """The setting of the host says 127.0.0.1, and the socket decides."""
    listener = listener_on("0.0.0.0")
    with managed(name, listener, tmp_path) as holder:
        holder.launch()
        socket.create_connection(("127.0.0.1", port_of(listener))).close()
        code, stderr = holder.wait()
        assert code == 2
        assert stderr.splitlines()[-1].startswith(
            f"{name}: 0.0.0.0 can be reached from other machines: set HOOKWATCH_TOKEN"
        )


def test_an_ingestd_that_cannot_start_closes_the_connections_that_wait(tmp_path: Path) -> None:
    """The hook is spooled at once, and systemd is not made to start ingestd again for it."""
    listener = listener_on()
    data = tmp_path / "data"
    forwarder = Forwarder(f"http://127.0.0.1:{port_of(listener)}", data / "spool")
    with managed("ingestd", listener, data, HOOKWATCH_BODY_BYTES=TOO_LONG_A_BODY) as holder:
        waiting = [socket.create_connection(listener.getsockname()) for _ in range(3)]
        holder.launch()
        code, stderr = holder.wait()
        assert code == 2
        assert stderr.splitlines()[-1].startswith("ingestd: HOOKWATCH_BODY_BYTES: ")
        assert [each.recv(1) for each in waiting] == [b""] * 3
        for each in waiting:
            each.close()
        holder.launch()
        forwarder.forward(hook(1))
        assert holder.wait()[0] == 2
        assert len(forwarder.waiting()) == 1
