"""Test what the soak counts as seen by a client of a stream."""

import socket
import threading

from bench.followers import Followers

TIMEOUT_S = 10.0


def test_a_message_that_a_kill_cut_off_was_not_seen() -> None:
    """It would hide a lost event, or pass a part of an id for an event that came again."""
    answers = [b"id: 7\ndata: {}\n\nid: 80\ndata: {", b"id: 8", b"id: ", b"id: 900\ndata: {}\n\n"]
    requests: list[bytes] = []

    def serve() -> None:
        for answer in answers:
            connection, _ = server.accept()
            with connection:
                requests.append(connection.recv(1_000).split(b" ")[1])
                connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + answer)

    with socket.create_server(("127.0.0.1", 0)) as server:
        serving = threading.Thread(target=serve, daemon=True)
        serving.start()
        with Followers(server.getsockname()[1], 1) as followers:
            assert followers.reach(900, TIMEOUT_S)
        serving.join(TIMEOUT_S)
    assert followers.seen == [[7, 900]]
    assert requests == [b"/stream?after=0", *[b"/stream?after=7"] * 3]
