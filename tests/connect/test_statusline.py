"""Test the status-line tap with real shells, real bodies and a real ingestd."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from shared.reader import Reader
from tests.connect.receiver import FakeIngestd
from tests.running import ROOT, SAMPLES, Hookwatch, hookwatch, wait_for

if TYPE_CHECKING:
    from shared.event import Event

SCRIPT = ROOT / "connect" / "plugin" / "scripts" / "statusline.sh"
SHELLS = [["dash"], ["bash", "--posix"], ["busybox", "sh"]]
LINES = (SAMPLES / "statusline.jsonl").read_bytes().split(b"\n")[:-1]
BODY = LINES[5] + b"\n"
HOME = b"/home/dev"
LAYOUTS = ["spaces", "indented", "reordered", "tabs", "line ends"]
DAY_S = 86_400
DEADLINE_S = 30
NAMES = ["url", "state", "command", "input", "value", "session", "body", "text", "said"]


@pytest.fixture(params=SHELLS, ids=lambda shell: shell[0])
def shell(request: pytest.FixtureRequest) -> list[str]:
    """Give each shell that people have for `sh`."""
    found: list[str] = request.param
    if shutil.which(found[0]) is None:
        pytest.skip(f"{found[0]} is not installed")
    return found


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Give a folder of its own."""
    made = tmp_path / "state"
    made.mkdir()
    return made


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the tap with a shorter rest between two posts of a session."""
    text = SCRIPT.read_text("utf-8")
    assert text.count("\tsleep 1\n") == 1
    copy = tmp_path_factory.mktemp("quick") / SCRIPT.name
    copy.write_text(text.replace("\tsleep 1\n", "\tsleep 0.05\n"), "utf-8")
    return copy


@pytest.fixture
def sh() -> list[str]:
    """Give the one shell that `sh` is here, for what does not hang on it."""
    return ["sh"]


def tap(
    shell: list[str],
    url: str,
    state: Path | str,
    *command: str,
    body: bytes = BODY,
    script: Path = SCRIPT,
    environment: dict[str, str] | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Run the tap as Claude Code does, until its output is at its end."""
    return subprocess.run(
        [*shell, str(script), url, str(state), *command],
        input=body,
        capture_output=True,
        env={**os.environ, **(environment or {})},
        timeout=DEADLINE_S,
        check=False,
    )


def of_ingestd(running: Hookwatch) -> str:
    """Return where a status line is sent."""
    return f"http://127.0.0.1:{running.ingestd.port}"


def stored(running: Hookwatch, count: int) -> list[Event]:
    """Wait until the log holds so many status lines, and return all there are."""

    def find() -> list[Event] | None:
        with closing(Reader(running.log_path)) as log:
            found = [it for it in log.after(0) if it.hook_event_type == "status_line"]
        return found if len(found) >= count else None

    return wait_for(find) or []


def wait_until_at_rest(state: Path) -> None:
    """Wait until no sender is at work."""
    wait_for(lambda: all(_is_at_rest(it) for it in state.iterdir()))


def _is_at_rest(path: Path) -> bool:
    return path.suffix not in {".lock", ".new"} and not path.name.startswith("in.")


@pytest.mark.parametrize(
    "command",
    [
        "cat",
        "cat >&2; exit 7",
        "echo hello",
        r"printf '\000\377\r\n\n\n'",
        "kill -TERM $$",
        "no-such-command-anywhere",
        'sh -c \'printf %s "$0" "$1"\' "it\'s" \'"$x"\'',
        'printf %s "$url$state$command$input$value$session$body"; env | grep -v -e ^_= | sort',
        "umask; pwd; ulimit -n",
        "head -c 3; exit 3",
        "readlink /dev/fd/1 >/dev/null; cat /dev/fd/3 2>/dev/null; echo $?",
    ],
)
@pytest.mark.parametrize("state", ["state dir", "/dev/null/no"])
def test_the_users_own_status_line_is_unchanged(
    shell: list[str], tmp_path: Path, command: str, state: str
) -> None:
    """It is theirs: a byte, a colour or an exit code that is another is a reason to take us out."""
    environment = dict.fromkeys(NAMES, "theirs")
    alone = subprocess.run(
        ["/bin/sh", "-c", command],
        input=BODY,
        capture_output=True,
        env={**os.environ, **environment},
        check=False,
    )
    tapped = tap(shell, "http://127.0.0.1:1", tmp_path / state, command, environment=environment)
    levels = [_without_level(it.stdout) for it in (alone, tapped)]
    assert levels[0] == levels[1]
    assert tapped.stderr == alone.stderr
    assert _exit_code(tapped) == _exit_code(alone)


def _exit_code(done: subprocess.CompletedProcess[bytes]) -> int:
    """Return it as a shell reports it: where nothing can be kept, one stands between."""
    return done.returncode if done.returncode >= 0 else 128 - done.returncode


def _without_level(output: bytes) -> list[bytes]:
    """Leave out how many shells deep it is, which bash counts."""
    return [line for line in output.split(b"\n") if not line.startswith(b"SHLVL=")]


@pytest.mark.parametrize(
    "body",
    [
        BODY,
        LINES[5],
        BODY + b"\n\n",
        b"",
        b"{",
        b"\xff\xfe\x80",
        b'{"session_id":"../../x"}',
        b"a\nb\n",
    ],
)
@pytest.mark.parametrize("state", ["state", "/dev/null/no"])
def test_a_users_status_line_reads_the_same_bytes(
    shell: list[str], tmp_path: Path, body: bytes, state: str
) -> None:
    """Theirs may hash them, or want the newline."""
    done = tap(shell, "http://127.0.0.1:1", tmp_path / state, "cat", body=body)
    assert (done.stdout, done.stderr, done.returncode) == (body, b"", 0)
    assert not (tmp_path.parent / "x.new").exists()


def test_input_from_claude_code_is_stored_unchanged(
    shell: list[str], ingest_only: Hookwatch, tmp_path: Path, quick: Path
) -> None:
    """Context and cost of a session come from nowhere better."""
    done = tap(shell, of_ingestd(ingest_only), tmp_path / "a 'state'", "cat", script=quick)
    assert done.stdout == BODY
    (event,) = stored(ingest_only, 1)
    assert bytes(event.payload) == LINES[5]
    assert (event.source_app, event.model_name) == ("proj", "claude-opus-5-5")
    wait_until_at_rest(tmp_path / "a 'state'")
    (kept,) = (tmp_path / "a 'state'").iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert kept.parent.stat().st_mode & 0o777 == 0o700


def test_only_changes_are_sent(
    shell: list[str], ingest_only: Hookwatch, state: Path, quick: Path
) -> None:
    """A line drawn every second would fill the log with a session's age."""
    older = BODY.replace(b'"total_duration_ms":', b'"total_duration_ms":9')
    assert older != BODY
    for body in (BODY, BODY, older, LINES[6]):
        tap(shell, of_ingestd(ingest_only), state, "cat", body=body, script=quick)
        wait_until_at_rest(state)
    events = stored(ingest_only, 2)
    assert [bytes(it.payload) for it in events] == [LINES[5], LINES[6]]


def reordered(value: Any) -> Any:
    """Return the same JSON with the keys of every object in the opposite order."""
    if isinstance(value, dict):
        return {key: reordered(value[key]) for key in reversed(value)}
    return value


def laid_out(line: bytes, layout: str) -> bytes:
    """Write a status as another JSON writer would."""
    value = json.loads(line)
    match layout:
        case "spaces":
            return json.dumps(value).encode()
        case "indented":
            return json.dumps(value, indent=2).encode()
        case "reordered":
            return json.dumps(reordered(value), separators=(",", ":")).encode()
        case _:
            blank = {"tabs": "\t", "line ends": "\r\n"}[layout]
            text = json.dumps(value, separators=(f"{blank},{blank}", f"{blank}:{blank}"))
            return text.replace("{", "{" + blank).encode()


def test_any_layout_of_the_json_is_read(shell: list[str], tmp_path: Path, quick: Path) -> None:
    """It is the client's to choose; an unread session_id would stop the figures in silence."""
    older = BODY.replace(b'"total_duration_ms":', b'"total_duration_ms":9')
    assert older != BODY
    servers = {layout: FakeIngestd() for layout in LAYOUTS}
    try:
        for body in (BODY, older, LINES[6]):
            for layout, server in servers.items():
                state = tmp_path / layout
                tap(shell, server.url, state, "cat", body=laid_out(body, layout), script=quick)
            for layout in LAYOUTS:
                wait_until_at_rest(tmp_path / layout)
        expected = [json.loads(BODY), json.loads(LINES[6])]
        assert {layout: it.bodies for layout, it in servers.items()} == dict.fromkeys(
            LAYOUTS, expected
        )
    finally:
        for server in servers.values():
            server.close()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_any_layout_of_the_json_draws_the_same_line(shell: list[str], layout: str) -> None:
    """What the user sees does not hang on a space."""
    drawn = [tap(shell, "", "", body=it).stdout for it in (LINES[5], laid_out(LINES[5], layout))]
    assert drawn[0] == drawn[1]


@pytest.mark.parametrize(
    "text",
    [
        '"session_id"',
        "session_id",
        '"session_id": "x"',
        '\\"session_id": "x',
    ],
)
def test_a_text_about_the_session_id_is_not_the_session_id(
    sh: list[str], server: FakeIngestd, state: Path, text: str, quick: Path
) -> None:
    """A session is named by its user, and the name stands before the id."""
    body = json.dumps({"session_name": text, "effort": "session_id", **json.loads(BODY)}).encode()
    tap(sh, server.url, state, "cat", body=body, script=quick)
    server.wait_for(1)
    wait_until_at_rest(state)
    assert [it.name for it in state.iterdir()] == [f"{json.loads(BODY)['session_id']}.sent"]


def test_a_burst_ends_with_its_last_and_keeps_to_one_a_second(
    shell: list[str], ingest_only: Hookwatch, state: Path
) -> None:
    """Else the figures of an idle session would be those of before its last answer, for hours."""
    session = [it for it in LINES if json.loads(it)["session_id"] == json.loads(BODY)["session_id"]]
    for body in session[:8]:
        assert tap(shell, of_ingestd(ingest_only), state, body=body).returncode == 0
    wait_for(lambda: bytes(stored(ingest_only, 2)[-1].payload) == session[7])
    wait_until_at_rest(state)
    events = stored(ingest_only, 2)
    gaps = [b.received_at - a.received_at for a, b in pairwise(events)]
    assert min(gaps) >= 1_000


def test_sessions_do_not_wait_for_each_other(
    sh: list[str], ingest_only: Hookwatch, state: Path
) -> None:
    """Five terminals draw at once."""
    bodies = list({json.loads(line)["session_id"]: line for line in LINES}.values())
    for body in bodies:
        tap(sh, of_ingestd(ingest_only), state, body=body)
    assert {bytes(it.payload) for it in stored(ingest_only, len(bodies))} == set(bodies)


def test_a_stopped_daemon_does_not_affect_hooks_and_no_files_pile_up(
    sh: list[str], free_port: int, state: Path, quick: Path
) -> None:
    """A status of an hour ago is worth nothing: there is no spool."""
    for body in LINES[5:8]:
        done = tap(sh, f"http://127.0.0.1:{free_port}", state, "cat", body=body, script=quick)
        assert (done.stdout, done.stderr, done.returncode) == (body, b"", 0)
    wait_until_at_rest(state)
    assert list(state.iterdir()) == []


def test_a_refused_status_is_tried_again_though_nothing_changed(
    sh: list[str], server: FakeIngestd, state: Path, quick: Path
) -> None:
    """The daemon may be starting; an idle session would be unknown until its next prompt."""
    server.answer = (500, b"")
    tap(sh, server.url, state, script=quick)
    wait_until_at_rest(state)
    server.answer = (200, b"")
    tap(sh, server.url, state, script=quick)
    server.wait_for(2)
    wait_until_at_rest(state)
    tap(sh, server.url, state, script=quick)
    wait_until_at_rest(state)
    assert len(server.posts) == 2


def test_a_daemon_that_hangs_blocks_no_status_line(shell: list[str], state: Path) -> None:
    """The tap and its output end while the daemon still does not answer."""
    with closing(socket_that_never_answers()) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        done = tap(shell, url, state, "cat")
        assert done.stdout == BODY
        accepted, _ = listening.accept()
        with closing(accepted):
            assert accepted.recv(4).startswith(b"POST")


def socket_that_never_answers() -> socket.socket:
    """Listen, and no more."""
    return socket.create_server(("127.0.0.1", 0))


def test_a_status_line_that_is_killed_is_sent_all_the_same(
    shell: list[str], ingest_only: Hookwatch, state: Path
) -> None:
    """Claude Code kills one that a newer one overtakes, and its whole group with it."""
    process = subprocess.Popen(
        [*shell, str(SCRIPT), of_ingestd(ingest_only), str(state), "echo up; exec sleep 60"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(BODY)
    process.stdin.close()
    assert process.stdout.readline() == b"up\n"
    wait_for(lambda: [it for it in state.iterdir() if it.suffix in {".lock", ".sent"}])
    os.killpg(process.pid, signal.SIGKILL)
    assert process.wait(DEADLINE_S) == -signal.SIGKILL  # it was the user's own command by then
    process.stdout.close()
    assert [bytes(it.payload) for it in stored(ingest_only, 1)] == [LINES[5]]


def test_a_sender_that_was_killed_leaves_no_lock(
    shell: list[str], ingest_only: Hookwatch, state: Path, quick: Path
) -> None:
    """A machine that went down in that second must not silence a session for ever."""
    ended = subprocess.Popen(["true"])
    ended.wait()
    lock = state / f"{json.loads(BODY)['session_id']}.lock"
    lock.mkdir()
    (lock / "pid").write_text(f"{ended.pid}\n")
    tap(shell, of_ingestd(ingest_only), state, script=quick)
    stored(ingest_only, 1)
    wait_until_at_rest(state)


def test_files_of_old_sessions_are_deleted(
    sh: list[str], ingest_only: Hookwatch, state: Path, quick: Path
) -> None:
    """There are thousands of sessions; a folder that only grows fills a disk."""
    for name in ("old.sent", "old.taken", "new.sent"):
        (state / name).write_text("1 2\n")
    (state / "old.lock").mkdir()
    two_days_ago = (state / "new.sent").stat().st_mtime - 2 * DAY_S
    for name in ("old.sent", "old.taken", "old.lock"):
        os.utime(state / name, (two_days_ago, two_days_ago))
    tap(sh, of_ingestd(ingest_only), state, script=quick)
    wait_until_at_rest(state)
    kept = {it.name for it in state.iterdir()}
    assert kept == {"new.sent", f"{json.loads(BODY)['session_id']}.sent"}


def test_a_token_is_read_from_the_scripts_folder(sh: list[str], tmp_path: Path) -> None:
    """On a command line every user of the machine could read it."""
    token = "a-token-of-length"
    script = Path(shutil.copy(SCRIPT, tmp_path))
    (tmp_path / "curlrc").write_text(f'header = "Authorization: Bearer {token}"\n')
    with hookwatch(tmp_path / "data", "ingestd", HOOKWATCH_TOKEN=token) as running:
        tap(sh, of_ingestd(running), tmp_path / "state", script=script)
        stored(running, 1)


def test_a_proxy_is_not_asked_for_this_machine(
    sh: list[str], ingest_only: Hookwatch, free_port: int, state: Path
) -> None:
    """Behind a proxy every status line would else go to it, and none here."""
    proxy = f"http://127.0.0.1:{free_port}"
    tap(
        sh,
        of_ingestd(ingest_only),
        state,
        environment={"http_proxy": proxy, "NO_PROXY": "", "no_proxy": ""},
    )
    stored(ingest_only, 1)


def with_home(line: bytes, home: Path) -> bytes:
    """Move a captured session into a folder of this machine."""
    return line.replace(HOME, os.fsencode(home))


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (LINES[0], "Opus 5.5 · $0.00 · proj"),
        (LINES[5], "Opus 5.5 · context 3 % of 1M · $0.15 · proj"),
        ((b'{"model":{"id":"claude-x"},"context_window":{"context_window_size":200000,'
          b'"current_usage":{"input_tokens":1},"used_percentage":70.6}}'),
         "claude-x · context 71 % of 200k"),
        (b'{"cost":{"total_cost_usd":12},"workspace":{"current_dir":"C:\\\\dev\\\\shop"}}',
         "$12.00 · shop"),
        ('{"model":{"display_name":"Ünï 5"}}'.encode(), "Ünï 5"),
        (b'{"session_name":"\\"model\\":{\\"display_name\\":\\"x","cost":{"total_cost_usd":1e-7}}',
         "$0.00"),
        (b"{}", ""),
        (b"", ""),
        (b"[1", ""),
    ],
)  # fmt: skip
def test_without_a_users_line_a_short_one_is_drawn(
    shell: list[str], tmp_path: Path, line: bytes, shown: str
) -> None:
    """What is not known is left out, and never a zero."""
    done = tap(shell, "", "", body=with_home(line, tmp_path))
    assert (done.stdout.decode(), done.stderr, done.returncode) == (f"{shown}\n", b"", 0)


def test_every_captured_status_draws_a_line(sh: list[str], tmp_path: Path) -> None:
    """The real ones are what people see."""
    limits = (SAMPLES / "statusline_ratelimits.jsonl").read_bytes()
    for line in [*LINES[::9], limits]:
        done = tap(sh, "", "", body=with_home(line, tmp_path))
        payload = json.loads(line)
        assert done.stdout.decode().startswith(payload["model"]["display_name"] + " · ")
        assert f" · ${payload['cost']['total_cost_usd']:.2f} · " in done.stdout.decode()


@pytest.mark.parametrize(
    ("head", "shown"),
    [
        ("ref: refs/heads/feat/a-b\n", " (feat/a-b)"),
        ("0123456789abcdef0123456789abcdef01234567\n", " (0123456)"),
        ("ref: refs/heads/.invalid\n", ""),
        ("", ""),
    ],
)
@pytest.mark.parametrize("worktree", [False, True])
def test_the_branch_is_shown_where_there_is_one(
    shell: list[str], tmp_path: Path, head: str, shown: str, *, worktree: bool
) -> None:
    """Two terminals on one project differ by it."""
    sub = tmp_path / "shop" / "src" / "deep"
    sub.mkdir(parents=True)
    git = tmp_path / "shop" / ".git"
    if worktree:
        git.write_text("gitdir: ../main/.git/worktrees/shop\n")
        git = tmp_path / "main" / ".git" / "worktrees" / "shop"
    git.mkdir(parents=True)
    (git / "HEAD").write_text(head)
    places = {"current_dir": str(sub), "project_dir": str(tmp_path / "shop")}
    body = json.dumps({"workspace": places}, separators=(",", ":")).encode()
    assert tap(shell, "", "", body=body).stdout.decode() == f"shop{shown}\n"
