"""Test what the soak counts as seen by a client of a stream."""

import socket
import threading

from bench.followers import Followers

TIMEOUT_S = 10.0
HEAD = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"


def chunked(*chunks: bytes) -> bytes:
    return b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)


def seen(*answers: bytes, last_id: int) -> tuple[list[int], list[bytes]]:
    """Return the ids seen in answers, each of a connection of its own, and their requests."""
    requests: list[bytes] = []

    def serve() -> None:
        for answer in answers:
            connection, _ = server.accept()
            with connection:
                requests.append(connection.recv(1_000).split(b" ")[1])
                connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as server:
        serving = threading.Thread(target=serve, daemon=True)
        serving.start()
        with Followers(server.getsockname()[1], 1) as followers:
            assert followers.reach(last_id, TIMEOUT_S)
        serving.join(TIMEOUT_S)
    return followers.seen[0], requests


def test_a_message_that_a_kill_cut_off_was_not_seen() -> None:
    """It would hide a lost event, or pass a part of an id for an event that came again."""
    whole = b"id: 7\ndata: {}\n\n"
    ids, requests = seen(
        HEAD + chunked(whole, b"id: 80\ndata: {"),
        HEAD + chunked(whole.replace(b"7", b"8"))[:-9],
        HEAD + chunked(b"id: "),
        HEAD[:9],
        HEAD + chunked(b"id: 900\ndata: {}\n\n"),
        last_id=900,
    )
    assert ids == [7, 900]
    assert requests == [b"/stream?after=0", *[b"/stream?after=7"] * 4]


def test_an_id_on_both_sides_of_a_chunk_is_one_id() -> None:
    """Long answers are sent in pieces: the first half passed for an event that came again."""
    answer = HEAD + chunked(b"id: 0\nevent: hello\ndata: {}\n\nid: 309", b"6\ndata: {}\n", b"\n")
    assert seen(answer, last_id=3096)[0] == [3096]


def test_a_refusal_is_followed_by_another_attempt() -> None:
    """A log that cannot be read at the moment is answered with an error of a known length."""
    refusal = b'HTTP/1.1 503 Service Unavailable\r\ncontent-length: 11\r\n\r\n{"error":0}'
    assert seen(refusal, HEAD + chunked(b"id: 7\ndata: {}\n\n"), last_id=7)[0] == [7]
