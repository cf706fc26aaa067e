"""Put the forwarder where it cannot work: nothing is printed, the code is 0, a loss is counted."""

import os
import signal
import socket
import stat
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.connect.forwarding import (
    CLAUDE,
    SCRIPT,
    SHELLS,
    Forwarder,
    hook,
    path_with,
    read_spooled,
    script_with,
)
from tests.connect.receiver import FakeIngestd
from tests.processes.mounts import mounted
from tests.running import wait_for

EVERY_SHELL = pytest.mark.parametrize("shell", sorted(SHELLS))
# zsh's printf reports no full disk, so neither loss is seen there.
SEES_LOSS = pytest.mark.parametrize("shell", sorted({*SHELLS} - {"zsh"}))
REFUSED = "http://127.0.0.1:1"
UNPRIVILEGED_UID = 65_534
BASE = {"PATH": os.environ["PATH"]}


@EVERY_SHELL
@pytest.mark.parametrize(
    "url",
    [
        REFUSED,
        "http://nowhere.invalid:4000",
        "http://[::1]:1/",
        "http://localhost:1",
        "nonsense",
        "file:///etc/passwd",
        "-K/etc/passwd",
        "http://127.0.0.1:1/$(touch x)`touch x`'\"",
    ],
)
def test_a_url_that_leads_nowhere_spools(tmp_path: Path, shell: str, url: str) -> None:
    """A typing mistake in the settings must not show up in anybody's session."""
    forward = Forwarder(url, tmp_path / "spool", shell=shell)
    forward.forward(hook(), cwd=tmp_path)
    assert len(forward.waiting()) == 1
    assert not (tmp_path / "x").exists()


ENVIRONMENTS: dict[str, dict[str, str]] = {
    "nothing at all": {},
    "a home that is not there": {**BASE, "HOME": "/nonexistent"},
    "an empty PATH": {"PATH": ""},
    "shell options": {**BASE, "SHELLOPTS": "errexit:nounset:noglob:allexport:noclobber"},
    "tracing": {**BASE, "SHELLOPTS": "allexport"},
    "strange separators": {**BASE, "IFS": "0123456789{}:/-", "CDPATH": "/tmp:/", "ENV": "/x"},
    "our own names": {**BASE, **dict.fromkeys(("body", "now", "spool", "event", "answer"), "x")},
    "a clock that stands": {**BASE, "EPOCHREALTIME": "1.000000"},
    "functions": {
        **BASE,
        "BASH_FUNC_cat%%": "() { echo forged; }",
        "BASH_FUNC_curl%%": "() { :; }",
    },
    "a locale": {**BASE, "LC_ALL": "C.UTF-8", "LANG": "C.UTF-8"},
    "a huge environment": {**BASE, **{f"X{n}": "x" * 100_000 for n in range(15)}},
    "proxies": {**BASE, "http_proxy": REFUSED, "ALL_PROXY": REFUSED, "HTTP_PROXY": REFUSED},
    "curl's own settings": {**BASE, "CURL_HOME": "/nonexistent", "HOME": "/nonexistent"},
    "a token that is none": {**BASE, "HOOKWATCH_TOKEN": 'x"\nurl = "file:///etc/passwd'},
}


@EVERY_SHELL
@pytest.mark.parametrize("name", sorted(ENVIRONMENTS))
def test_no_environment_keeps_an_event_from_arriving(
    tmp_path: Path, server: FakeIngestd, shell: str, name: str
) -> None:
    """It is the user's, and a hook runs in all of it; large bodies are where exports would hurt."""
    forward = Forwarder(server.url, tmp_path / "spool", shell=shell)
    for body in (hook(1), hook(2, text="x" * 300_000)):
        forward.forward(body, environment=ENVIRONMENTS[name])
    assert [body["prompt"] for body in server.bodies] == [1, 2]
    assert all(headers["X-Event-Id"] for headers, _ in server.posts)
    assert server.posts[0][0]["X-Event-Id"] != server.posts[1][0]["X-Event-Id"]


@EVERY_SHELL
@pytest.mark.parametrize(
    ("status", "becomes"),
    [(200, "sent"), (204, "sent"), (400, "dropped"), (413, "dropped")]
    + [(code, "kept") for code in (301, 401, 403, 404, 408, 429, 500, 503)],
)
def test_the_status_of_an_answer_decides_whether_an_event_is_spooled_or_dropped(
    tmp_path: Path, server: FakeIngestd, shell: str, status: int, becomes: str
) -> None:
    """Refused for what it is, it would be refused for ever; all else may be over tomorrow."""
    server.answer = (status, b"" if status == 204 else b'{"decision":"block"}')
    forward = Forwarder(server.url, tmp_path / "spool", shell=shell)
    if becomes == "dropped":
        forward.spool.mkdir()
    forward.forward(hook())
    assert len(forward.waiting()) == (becomes == "kept")
    assert forward.dropped() == (becomes == "dropped")


def answering(what: bytes) -> Callable[[socket.socket], None]:
    """Return how a server behaves that answers with these bytes, and hangs up."""

    def answer(client: socket.socket) -> None:
        client.recv(65_536)
        client.sendall(what)

    return answer


@contextmanager
def misbehaving(behave: Callable[[socket.socket], None]) -> Iterator[str]:
    """Listen, and do with each client whatever is asked."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    client, _ = listener.accept()
                except OSError:
                    return
                with client:
                    behave(client)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


@EVERY_SHELL
@pytest.mark.parametrize(
    "behave",
    [
        lambda _client: None,
        answering(b""),
        answering(b"SSH-2.0-OpenSSH_9.2\r\n"),
        answering(b"HTTP/1.1 2"),
        answering(b"\0" * 1000),
    ],
)
def test_another_server_on_the_port_spools(
    tmp_path: Path, shell: str, behave: Callable[[socket.socket], None]
) -> None:
    """Another program may listen on port 4000."""
    with misbehaving(behave) as url:
        forward = Forwarder(url, tmp_path / "spool", shell=shell)
        forward.forward(hook())
        assert len(forward.waiting()) == 1


@EVERY_SHELL
@pytest.mark.parametrize("body", [b"", b"\n", b"\n\n"])
def test_no_body_is_no_event(tmp_path: Path, shell: str, body: bytes) -> None:
    """Nothing to send, nothing to count."""
    forward = Forwarder(REFUSED, tmp_path / "spool", shell=shell)
    forward.forward(body)
    assert not forward.spool.exists()


@EVERY_SHELL
@pytest.mark.parametrize("text", ["if true; then (((", "exit 2", "return 3", "false", None])
def test_a_broken_script_is_borne(tmp_path: Path, shell: str, text: str | None) -> None:
    """The hook's own shell reads it, and code 2 of that would block every call."""
    script = tmp_path / "forward.sh"
    if text is not None:
        script.write_text(text)
    Forwarder(REFUSED, tmp_path / "spool", shell=shell, script=script).forward(hook())


@EVERY_SHELL
def test_a_closed_stdin_is_borne(tmp_path: Path, shell: str) -> None:
    """A user may start it by hand."""
    command = f'{" ".join(SHELLS[shell])} "$0" settings {REFUSED} "$1" <&- '
    done = subprocess.run(
        ["sh", "-c", command, SCRIPT, tmp_path / "spool"], capture_output=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@EVERY_SHELL
@pytest.mark.parametrize("given", [[], ["settings"], ["settings", REFUSED], ["", "", ""]])
def test_too_few_arguments_are_borne(shell: str, given: list[str]) -> None:
    """An entry in the settings may have been cut by hand."""
    done = subprocess.run(
        [*SHELLS[shell], SCRIPT, *given], input=hook(), capture_output=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@EVERY_SHELL
@pytest.mark.parametrize("option", ["-e", "-u", "-f", "-a", "-C", "-x"])
def test_no_option_of_the_shell_matters(
    tmp_path: Path, server: FakeIngestd, shell: str, option: str
) -> None:
    """Some people's sh is set up strictly, and ours must work there as anywhere."""
    given = [str(SCRIPT), "settings", server.url, str(tmp_path / "spool")]
    arguments = [*SHELLS[shell], option, *given]
    done = subprocess.run(arguments, input=hook(7), capture_output=True, check=False, env=BASE)
    assert (done.returncode, done.stdout) == (0, b"")
    assert [body["prompt"] for body in server.bodies] == [7]


@EVERY_SHELL
def test_without_curl_it_spools(tmp_path: Path, server: FakeIngestd, shell: str) -> None:
    """Minimal images have none; what it kept is stored once ingestd runs there."""
    path = path_with(tmp_path / "bin", "cat", "date", "mv", "mkdir", "rm")
    forward = Forwarder(server.url, tmp_path / "spool", shell=shell)
    forward.forward(hook(), environment={"PATH": path})
    assert len(forward.waiting()) == (shell != "busybox" or not server.posts)


@EVERY_SHELL
@pytest.mark.parametrize("missing", ["cat", "date", "mv", "mkdir"])
def test_a_missing_tool_is_borne(tmp_path: Path, shell: str, missing: str) -> None:
    """Whatever is lost then is lost whole."""
    names = {"cat", "date", "curl", "mv", "mkdir", "rm"} - {missing}
    path = path_with(tmp_path / "bin", *sorted(names))
    forward = Forwarder(REFUSED, tmp_path / "spool", shell=shell)
    forward.forward(hook(), environment={"PATH": path, "TMPDIR": str(tmp_path)})
    assert all(read_spooled(file)[1] == hook().strip() for file in forward.waiting())


@EVERY_SHELL
def test_a_hook_starts_two_processes(tmp_path: Path, server: FakeIngestd, shell: str) -> None:
    """Claude Code waits 1 to 2 ms for each, two times a tool call; a curl one-liner has one."""
    log = tmp_path / "ran"
    real = {name: path_with(tmp_path / f"real-{name}", name) for name in ("cat", "curl")}
    scripts = {name: f'echo {name} >>{log}; exec {real[name]}/{name} "$@"' for name in real}
    noted = {
        name: f"echo {name} >>{log}"
        for name in ("date", "uname", "id", "hostname", "sed", "tr", "sh", "readlink")
    }
    path = path_with(tmp_path / "bin", **scripts, **noted)
    forward = Forwarder(server.url, tmp_path / "spool", shell=shell)
    forward.forward(hook(), environment={**CLAUDE, "PATH": path})
    assert len(server.posts) == 1
    # How busybox was built decides whether its own cat comes before the one of the PATH.
    expected = [["cat", "curl"], ["curl"]] if shell == "busybox" else [["cat", "curl"]]
    assert log.read_text().split() in expected


@EVERY_SHELL
@pytest.mark.parametrize("large", [False, True])
def test_a_token_is_never_an_argument(
    tmp_path: Path,
    server: FakeIngestd,
    shell: str,
    large: bool,  # noqa: FBT001 - a case
) -> None:
    """Every user of the machine can read those."""
    log = tmp_path / "arguments"
    real = path_with(tmp_path / "real", "curl")
    record = f'printf "%s\\n" "$@" >>{log}; exec {real}/curl "$@"'
    path = path_with(tmp_path / "bin", "cat", "date", curl=record)
    body = hook(1, text="x" * (9_000 if large else 1))
    for name in ("HOOKWATCH_TOKEN", "CLAUDE_PLUGIN_OPTION_TOKEN"):
        forward = Forwarder(server.url, tmp_path / "spool", shell=shell)
        forward.forward(body, environment={"PATH": path, name: "a-secret-of-16-letters"})
    script = script_with(tmp_path / "connect")
    beside = script.with_name("curlrc")
    beside.write_text('header = "Authorization: Bearer a-secret-of-16-letters"\n')
    forward = Forwarder(server.url, tmp_path / "spool", shell=shell, script=script)
    forward.forward(body, environment={"PATH": path})
    given = [headers["Authorization"] for headers, _ in server.posts]
    assert given == ["Bearer a-secret-of-16-letters"] * 3
    assert "secret" not in log.read_text()


@EVERY_SHELL
@pytest.mark.parametrize(
    ("url", "event", "size", "seconds"),
    [
        ("http://127.0.0.1:1", "Stop", 10, "0.3"),
        ("http://localhost:1", "SessionEnd", 10_000, "0.3"),
        ("http://127.0.0.1:1", "Stop", 5_000_000, "2"),
        ("http://10.0.0.1:1", "Stop", 10, "2"),
        ("http://10.0.0.1:1", "SessionEnd", 10, "1"),
    ],
)
def test_how_long_a_hook_waits_for_an_answer(
    tmp_path: Path, shell: str, url: str, event: str, size: int, seconds: str
) -> None:
    """A hung ingestd holds Claude Code that long, once; the last event of a session has 1.5 s."""
    log = tmp_path / "arguments"
    path = path_with(tmp_path / "bin", "cat", "date", "mv", "mkdir", curl=f'echo "$@" >>{log}')
    forward = Forwarder(url, tmp_path / "spool", script=SCRIPT, shell=shell)
    forward.forward(hook(hook_event_name=event, text="x" * size), environment={"PATH": path})
    assert f" -m {seconds} " in log.read_text()


@EVERY_SHELL
def test_a_spool_that_is_full_drops_and_counts(tmp_path: Path, shell: str) -> None:
    """An ingestd that never comes back must not cost a disk."""
    script = script_with(tmp_path / "connect", MAX_EVENTS="12")
    forward = Forwarder(REFUSED, tmp_path / "spool", shell=shell, script=script)
    for number in range(15):
        forward.forward(hook(number))
    assert (len(forward.waiting()), forward.dropped()) == (12, 3)


@EVERY_SHELL
def test_a_spool_of_too_many_bytes_drops_and_counts(tmp_path: Path, shell: str) -> None:
    """Ten thousand events may be ten gigabytes."""
    script = script_with(tmp_path / "connect", MAX_KB="1000")
    forward = Forwarder(REFUSED, tmp_path / "spool", shell=shell, script=script)
    for number in range(12):
        forward.forward(hook(number, text="x" * 100_000))
    assert 8 <= len(forward.waiting()) <= 10
    assert len(forward.waiting()) + forward.dropped() == 12
    forward.forward(hook(text="x" * 2_000_000))
    assert len(forward.waiting()) + forward.dropped() == 13


@SEES_LOSS
def test_a_full_disk_leaves_no_half_event(tmp_path: Path, shell: str) -> None:
    """A hook must not make a full disk worse; a byte for the count may still fit."""
    spool = tmp_path / "spool"
    spool.mkdir()
    with mounted(spool, "size=256k"):
        forward = Forwarder(REFUSED, spool, shell=shell)
        for number in range(4):
            forward.forward(hook(number, text="x" * 100_000))
        assert len(forward.waiting()) == 2
        assert all(read_spooled(file)[1].endswith(b'x"}') for file in forward.waiting())
        assert [file.name for file in spool.iterdir() if file not in forward.waiting()] in (
            [".dropped"],
            [],
        )


def unprivileged(tmp_path: Path) -> dict[str, Any]:
    """Return how to run as a user who may write nowhere, and count what is lost in a TMPDIR."""
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    temporary.chmod(0o1777)
    for folder in [tmp_path, *tmp_path.parents]:
        if folder.stat().st_uid == os.geteuid() and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | stat.S_IXGRP | stat.S_IXOTH)
    environment = {**CLAUDE, **BASE, "TMPDIR": str(temporary)}
    return {"environment": environment, "user": UNPRIVILEGED_UID, "cwd": "/"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become another user")
@SEES_LOSS
def test_with_an_unwritable_home_events_are_dropped_and_counted(tmp_path: Path, shell: str) -> None:
    """Read-only homes exist: nothing to keep it in, so it is lost, silently, but not unseen."""
    options = unprivileged(tmp_path)
    script = script_with(tmp_path / "connect")
    script.chmod(0o644)
    script.parent.chmod(0o755)
    forward = Forwarder(REFUSED, tmp_path / "home" / "spool", shell=shell, script=script)
    for number in range(3):
        forward.forward(hook(number), **options)
    counted = tmp_path / "tmp" / "hookwatch-dev" / "dropped"
    assert counted.read_bytes() == b"..."
    assert stat.S_IMODE(counted.parent.stat().st_mode) == 0o700
    assert not forward.spool.parent.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become another user")
@EVERY_SHELL
@pytest.mark.parametrize("trap", ["a folder of another's", "a link"])
def test_a_folder_of_another_user_is_not_written_to(tmp_path: Path, shell: str, trap: str) -> None:
    """In a folder that all may write, a name like ours may lead to the victim's own files."""
    options = unprivileged(tmp_path)
    script = script_with(tmp_path / "connect")
    script.chmod(0o644)
    script.parent.chmod(0o755)
    bait = tmp_path / "bait"
    bait.mkdir()
    bait.chmod(0o777)
    (bait / "dropped").write_bytes(b"")
    (bait / "dropped").chmod(0o666)
    name = tmp_path / "tmp" / "hookwatch-dev"
    if trap == "a link":
        os.chown(bait, UNPRIVILEGED_UID, UNPRIVILEGED_UID)
        name.symlink_to(bait)
    else:
        bait.rename(name)
        bait = name
    forward = Forwarder(REFUSED, tmp_path / "home" / "spool", shell=shell, script=script)
    forward.forward(hook(), **options)
    assert (bait / "dropped").read_bytes() == b""


@EVERY_SHELL
def test_a_spool_that_is_no_folder_drops_silently(tmp_path: Path, shell: str) -> None:
    """A user's file is in the way; it is left unchanged."""
    spool = tmp_path / "spool"
    spool.write_bytes(b"a user's")
    forward = Forwarder(REFUSED, spool, shell=shell)
    forward.forward(hook(), environment={**CLAUDE, **BASE, "TMPDIR": str(tmp_path)})
    assert spool.read_bytes() == b"a user's"
    assert (tmp_path / "hookwatch-dev" / "dropped").read_bytes() == b"."


@EVERY_SHELL
def test_a_session_that_ends_ends_no_event(tmp_path: Path, server: FakeIngestd, shell: str) -> None:
    """The terminal's hang-up reaches the hook as well; it is quick enough, or loses it whole."""
    forward = Forwarder(server.url, tmp_path / "spool", shell=shell)
    process = forward.start()
    process.send_signal(signal.SIGCONT)
    process.communicate(hook(1))
    wait_for(lambda: len(server.posts) == 1)
