"""Test what the service's files say, and what the managers are asked, where none runs."""

from __future__ import annotations

import json
import os
import plistlib
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from connect.cli import service as service_command
from connect.service import program
from shared.hook_handlers import our_handler
from tests.connect.claude import Claude
from tests.connect.receiver import FakeIngestd
from tests.running import ROOT, free_ports

if TYPE_CHECKING:
    from collections.abc import Iterator

SYSTEMD = ("hookwatch-ingestd.socket", "hookwatch-queryd.socket",
           "hookwatch-ingestd.service", "hookwatch-queryd.service")  # fmt: skip
LOG_HINT = "journalctl --user -u hookwatch-ingestd -u hookwatch-queryd"
AGENTS = ("hookwatch.ingestd", "hookwatch.queryd")
ACTIVE = {
    ".socket": {"ActiveState": "active", "SubState": "running"},
    ".service": {"ActiveState": "active", "SubState": "running", "MainPID": "123"},
}

LAUNCHCTL = """
loaded="{loaded}" label=${{2##*/}}
case "$*" in
"print {domain}") ;;
print*) grep -qsx "$label" "$loaded" ;;
bootstrap*) basename "$3" .plist >>"$loaded" ;;
bootout*) grep -vx "$label" "$loaded" >"$loaded.new"; mv "$loaded.new" "$loaded" ;;
esac"""


class FakeManager:
    """Stand for `systemctl`, `loginctl` and `launchctl`: record calls, answer what a test says."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folder.mkdir()
        self.calls_path = folder / "calls"
        for name in ("systemctl", "loginctl", "launchctl"):
            self.answer(name, "exit 1")

    def answer(self, name: str, script: str) -> None:
        """Have a command run this script, in which `$*` are its arguments."""
        file = self.folder / name
        file.write_text(f'#!/bin/sh\necho "{name} $*" >>"{self.calls_path}"\n{script}\n', "utf-8")
        file.chmod(0o755)

    def shows(self, units: dict[str, dict[str, str]], version: int = 252) -> None:
        """Have `systemctl` run, and show these units."""
        blocks = [
            "\n".join(f"{key}={value}" for key, value in {"Id": name, **properties}.items())
            for name, properties in units.items()
        ]
        (self.folder / "shown").write_text("\n\n".join(blocks), "utf-8")
        self.answer(
            "systemctl",
            f'case "$*" in *=Id,*) cat "{self.folder}/shown" ;; '
            f"--version) echo 'systemd {version} ({version}.1-1)' ;; esac",
        )

    def calls(self) -> list[str]:
        """Return the calls that change something, since the last time."""
        lines = self.calls_path.read_text("utf-8").splitlines() if self.calls_path.exists() else []
        self.calls_path.unlink(missing_ok=True)
        asking = (" show", " --version", " print ")
        return [line for line in lines if not any(word in line for word in asking)]


@pytest.fixture
def manager(tmp_path: Path) -> FakeManager:
    return FakeManager(tmp_path / "fake bin")


@pytest.fixture
def user(tmp_path: Path, manager: FakeManager, monkeypatch: pytest.MonkeyPatch) -> Claude:
    """Return a user on Linux; no daemon ever answers."""
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(service_command, "START_S", 0)
    found = Claude(tmp_path)
    ports = free_ports(2)
    found.environment |= {
        "PATH": f"{manager.folder}:{os.environ['PATH']}",
        "HOOKWATCH_INGEST_PORT": str(ports[0]),
        "HOOKWATCH_QUERY_PORT": str(ports[1]),
    }
    monkeypatch.setenv("PATH", found.environment["PATH"])
    return found


@pytest.fixture
def on_macos(user: Claude, monkeypatch: pytest.MonkeyPatch) -> Claude:
    monkeypatch.setattr(sys, "platform", "darwin")
    return user


@contextmanager
def answering(user: Claude) -> Iterator[None]:
    """Answer on both ports, as daemons do that were started."""
    names = ("HOOKWATCH_INGEST_PORT", "HOOKWATCH_QUERY_PORT")
    servers = [FakeIngestd(int(user.environment[name])) for name in names]
    try:
        yield
    finally:
        for server in servers:
            server.close()


def units_of(user: Claude) -> Path:
    return user.home / ".config" / "systemd" / "user"


def active() -> dict[str, dict[str, str]]:
    return {name: dict(ACTIVE[Path(name).suffix]) for name in SYSTEMD}


# systemd


def test_without_a_manager_the_files_are_written_and_the_commands_printed(user: Claude) -> None:
    """In a container or over `su` there is none: the user can start it at the next login."""
    ran = user.run("service", "install")
    assert (ran.code, ran.err) == (1, "")
    names = [*SYSTEMD[::2], *SYSTEMD[1::2]]
    assert ran.out.splitlines() == [
        f"Installed in ~/.config/systemd/user: {', '.join(names)}",
        "systemd cannot be reached here. To start the service, log in and run:",
        "  systemctl --user daemon-reload",
        f"  systemctl --user reset-failed {' '.join(SYSTEMD)}",
        f"  systemctl --user enable {' '.join(SYSTEMD)}",
        f"  systemctl --user stop {' '.join([*SYSTEMD[2:], *SYSTEMD[:2]])}",
        f"  systemctl --user start {' '.join(SYSTEMD)}",
    ]
    assert sorted(path.name for path in units_of(user).iterdir()) == sorted(SYSTEMD)
    ran = user.run("service", "status")
    assert ran.code == 1
    assert "hookwatch-ingestd.service  unknown\n" in ran.out
    assert ran.out.endswith("systemd cannot be reached here, so the state is not known.\n")


def test_a_new_installation_keeps_the_sockets_of_one_that_runs(
    user: Claude, manager: FakeManager
) -> None:
    """With the same ports no hook is refused; with others the sockets must be new."""
    manager.shows(active())
    user.run("service", "install")
    assert f"systemctl --user start {' '.join(SYSTEMD)}" in manager.calls()
    with answering(user):
        ran = user.run("service", "install", HOOKWATCH_RETENTION_DAYS="30")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines()[1:] == [
        f"Started. The dashboard is at http://127.0.0.1:{user.environment['HOOKWATCH_QUERY_PORT']}/"
    ]
    assert manager.calls() == [
        "systemctl --user daemon-reload",
        f"systemctl --user reset-failed {' '.join(SYSTEMD)}",
        f"systemctl --user enable {' '.join(SYSTEMD)}",
        f"systemctl --user restart {' '.join(SYSTEMD[2:])}",
    ]


def test_daemons_that_do_not_answer_are_named_with_their_log(
    user: Claude, manager: FakeManager
) -> None:
    """`systemctl start` succeeds even if the daemon ends a moment later."""
    manager.shows({})
    ran = user.run("service", "install")
    assert ran.code == 1
    assert ran.out.splitlines()[-1] == (f"ingestd and queryd did not start. See `{LOG_HINT}`.")


def test_a_manager_that_refuses_is_quoted(user: Claude, manager: FakeManager) -> None:
    manager.answer("systemctl", 'case "$*" in *enable*) echo "Unit is masked." >&2; exit 1 ;; esac')
    ran = user.run("service", "install")
    assert ran.code == 2
    assert ran.err == (
        f"hookwatch service: `systemctl --user enable {' '.join(SYSTEMD)}` failed: "
        "Unit is masked.\n"
    )


def test_ports_of_another_hookwatch_are_not_taken(user: Claude, manager: FakeManager) -> None:
    """As of `make start` in a terminal: the sockets could not be opened."""
    manager.shows({})
    with answering(user):
        ran = user.run("service", "install")
    url = f"http://127.0.0.1:{user.environment['HOOKWATCH_INGEST_PORT']}"
    assert ran.code == 2
    assert ran.err == (
        f"hookwatch service: something answers at {url} already, where ingestd is to run. "
        "Stop it first.\n"
    )
    assert not units_of(user).exists()


@pytest.mark.parametrize(
    ("properties", "text"),
    [
        ({"ActiveState": "active", "SubState": "running", "MainPID": "7"}, "running (pid 7)"),
        ({"ActiveState": "activating", "SubState": "auto-restart", "MainPID": "0"}, "starting"),
        ({"ActiveState": "inactive", "SubState": "dead", "MainPID": "0"}, "stopped"),
        ({"ActiveState": "failed", "Result": "exit-code", "MainPID": "0"}, "failed (exit-code)"),
    ],
)
def test_the_status_names_the_state(
    user: Claude, manager: FakeManager, properties: dict[str, str], text: str
) -> None:
    """A person reads it to decide what to do; a script, its exit code."""
    user.run("service", "install")
    manager.shows(active() | {"hookwatch-ingestd.service": properties})
    manager.answer("loginctl", "echo no")
    ran = user.run("service", "status")
    assert ran.code == (0 if text.startswith("running") else 1)
    assert f"hookwatch-ingestd.service  {text}\n" in ran.out
    assert ran.out.endswith(
        "It stops when you log out. To keep it running: `loginctl enable-linger`.\n"
    )
    found = json.loads(user.run("service", "status", "--json").out)
    assert (found["installed"], found["lingering"]) == (True, False)
    assert found["running"] is (ran.code == 0)


def test_a_service_that_is_not_installed_asks_no_manager(
    user: Claude, manager: FakeManager
) -> None:
    ran = user.run("service", "status")
    assert ran.code == 1
    assert ran.out == "The service is not installed. Run `hookwatch service install`.\n"
    assert manager.calls() == []


def test_a_removal_deletes_links_too_where_no_manager_does(user: Claude) -> None:
    """`systemctl disable` needs a manager; a dangling link would be reported at each login."""
    user.run("service", "install", HOOKWATCH_TOKEN="0123456789abcdef")
    wants = units_of(user) / "default.target.wants"
    wants.mkdir()
    (wants / SYSTEMD[2]).symlink_to(units_of(user) / SYSTEMD[2])
    (wants / "other.service").symlink_to("/nowhere")
    ran = user.run("service", "remove")
    assert ran.code == 0
    assert "Removed. The data stay in " in ran.out
    left = [path for path in user.home.rglob("*") if path.is_symlink() or path.is_file()]
    assert left == [wants / "other.service"]
    assert user.run("service", "remove").out == "There is no service.\n"


@pytest.mark.parametrize("version", [252, 254])
@pytest.mark.parametrize("folder", ["a 100%h $HOME", "it's \\"])
def test_systemd_accepts_the_unit_files(
    user: Claude, manager: FakeManager, version: int, folder: str, tmp_path: Path
) -> None:
    """A key that it does not know is ignored, with a warning in the user's journal."""
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("there is no systemd-analyze")
    manager.shows({}, version=version)
    script = tmp_path / folder / "hookwatch"
    script.parent.mkdir()
    script.write_text("#!/bin/sh\n", "utf-8")
    script.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(program, "_own_scripts", lambda: [script])
        user.run("service", "install", HOOKWATCH_REDACT_PATTERNS='/x y\\z"$%h')
    found = json.loads(user.run("service", "status", "--json").out)["units"]
    assert [unit["program"] for unit in found] == [None, None, str(script), str(script)]
    files = [str(units_of(user) / name) for name in SYSTEMD]
    done = subprocess.run(
        [analyze, "verify", "--user", *files],
        env={"XDG_RUNTIME_DIR": str(tmp_path), "HOME": str(user.home), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    text = (units_of(user) / SYSTEMD[2]).read_text("utf-8")
    assert ("RestartSteps=" in text) is (version == 254)
    known = subprocess.run([analyze, "--version"], capture_output=True, text=True, check=True)
    if int(known.stdout.split()[1]) >= version:
        assert (done.returncode, done.stderr) == (0, "")


def test_settings_are_written_with_absolute_paths(user: Claude) -> None:
    """The manager starts the daemons in another folder and with another environment."""
    ran = user.run(
        "service",
        "install",
        "--dry-run",
        HOOKWATCH_DATA="my data",
        HOOKWATCH_PRICES="prices.json",
        HOOKWATCH_INGEST_HOST="::1",
        HOOKWATCH_QUERY_HOST="localhost",
        CLAUDE_CONFIG_DIR="claude",
        EDITOR="vi",
    )
    assert ran.code == 0
    assert not units_of(user).exists()
    service = ran.out.partition("ingestd.service\n")[2].partition("queryd.socket")[0]
    environment = [line for line in service.splitlines() if line.startswith("Environment=")]
    port = user.environment["HOOKWATCH_INGEST_PORT"]
    assert environment == [
        f'Environment="HOOKWATCH_DATA={user.home}/my data"',
        "Environment=HOOKWATCH_INGEST_HOST=::1",
        f"Environment=HOOKWATCH_INGEST_PORT={port}",
        "Environment=HOOKWATCH_QUERY_HOST=localhost",
        f"Environment=HOOKWATCH_QUERY_PORT={user.environment['HOOKWATCH_QUERY_PORT']}",
        f"Environment=HOOKWATCH_PRICES={user.home}/prices.json",
        f"Environment=CLAUDE_CONFIG_DIR={user.home}/claude",
    ]
    assert f"ListenStream=[::1]:{port}\n" in ran.out
    streams = [line for line in ran.out.splitlines() if line.startswith("ListenStream=")]
    assert streams[1].partition("=")[2].rpartition(":")[0] in {"127.0.0.1", "[::1]"}


@pytest.mark.parametrize(
    ("environment", "reason"),
    [
        ({"HOOKWATCH_BUSY_MS": "-1"}, "HOOKWATCH_BUSY_MS: "),
        ({"HOOKWATCH_QUERY_HOST": "0.0.0.0"}, "0.0.0.0 can be reached from other machines"),
        ({"HOOKWATCH_DATA": "/a\nExecStart=/bin/x"}, "HOOKWATCH_DATA: "),
        ({"HOOKWATCH_INGEST_HOST": "127.0.0.1.nowhere.invalid"}, "127.0.0.1.nowhere.invalid"),
    ],
)
def test_settings_that_cannot_work_install_nothing(
    user: Claude, environment: dict[str, str], reason: str
) -> None:
    """At the next login the reason would be hard to find."""
    ran = user.run("service", "install", **environment)
    assert ran.code == 2
    assert ran.err.startswith(f"hookwatch service: {reason}")
    assert not units_of(user).exists()


# The program


def test_the_service_runs_the_link_that_upgrades_keep(user: Claude) -> None:
    """Tools link `~/.local/bin/hookwatch` anew, wherever a new version is."""
    assert f"ExecStart={ROOT}/bin/hookwatch ingestd\n" in user.run(
        "service", "install", "--dry-run"
    ).out.replace('"', "")
    link = user.home / ".local" / "bin" / "hookwatch"
    link.parent.mkdir(parents=True)
    link.symlink_to("/bin/true")
    assert str(link) not in user.run("service", "install", "--dry-run").out
    link.unlink()
    link.symlink_to(ROOT / "bin" / "hookwatch")
    assert f"ExecStart={link} ingestd\n" in user.run("service", "install", "--dry-run").out


def test_without_a_script_it_runs_this_python(user: Claude, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(program, "_own_scripts", lambda: [tmp_path / "missing"])
        out = user.run("service", "install", "--dry-run").out
    assert f"ExecStart={sys.executable} -P {ROOT} ingestd\n" in out


@pytest.mark.parametrize("prefix", ["/home/dev/.cache/uv/archive-v0/abc", "/caches/uv/abc"])
def test_an_installation_for_one_run_is_refused(
    user: Claude, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`uvx hookwatch service install` would run until uv cleans its cache."""
    monkeypatch.setattr(program, "IS_INSTALLED", True)
    monkeypatch.setattr(sys, "prefix", prefix)
    ran = user.run("service", "install", XDG_CACHE_HOME="/caches")
    assert ran.code == 2
    assert "`uv tool install hookwatch`" in ran.err
    assert not units_of(user).exists()


def test_doctor_and_status_notice_a_missing_program_and_a_failed_unit(
    user: Claude, manager: FakeManager
) -> None:
    """The first after an upgrade that moved it, the second after five starts in vain."""
    user.run("service", "install")
    failed = {"ActiveState": "failed", "SubState": "failed", "Result": "service-start-limit-hit"}
    manager.shows(active() | {"hookwatch-ingestd.socket": failed})
    unit = units_of(user) / "hookwatch-queryd.service"
    text = unit.read_text("utf-8")
    unit.write_text(text.replace("/bin/hookwatch", "/bin/nowhere"), "utf-8")
    report = json.loads(user.run("doctor", "--json").out)
    found = [it for it in report["findings"] if it["check"] == "service"]
    assert [(it["level"], it["message"], it["advice"]) for it in found] == [
        (
            "problem",
            "hookwatch-ingestd.socket has failed (service-start-limit-hit).",
            f"Find the reason with `{LOG_HINT}`, then run `hookwatch service install` again.",
        ),
        (
            "problem",
            f"{ROOT}/bin/nowhere, which hookwatch-queryd.service runs, does not exist.",
            "Run `hookwatch service install` again.",
        ),
    ]
    status = user.run("service", "status").out
    assert f"{ROOT}/bin/nowhere does not exist: run `hookwatch service install`\n" in status


# launchd


def agent(user: Claude, label: str) -> dict[str, Any]:
    path = user.home / "Library" / "LaunchAgents" / f"{label}.plist"
    found: dict[str, Any] = plistlib.loads(path.read_bytes())
    return found


def test_agents_follow_the_rules_of_launchd(on_macos: Claude, manager: FakeManager) -> None:
    """A file that breaks one is ignored, and launchd reports it only in its own log."""
    assert on_macos.run("service", "install", HOOKWATCH_PRICES="prices.json").code == 1
    for label in AGENTS:
        found = agent(on_macos, label)
        assert found["Label"] == label
        program, *arguments = found["ProgramArguments"]
        assert Path(program).is_absolute()
        assert os.access(program, os.X_OK)
        assert arguments[-1] == label.partition(".")[2]
        environment = found["EnvironmentVariables"]
        assert all(isinstance(value, str) for value in environment.values())
        assert environment["HOOKWATCH_DATA"] == str(on_macos.data)
        assert environment["HOOKWATCH_PRICES"] == str(on_macos.home / "prices.json")
        assert (found["RunAtLoad"], found["KeepAlive"]) == (True, {"SuccessfulExit": False})
        assert Path(found["StandardErrorPath"]).parent.is_dir()
        assert found["Umask"] == 0o077
        file = on_macos.home / "Library" / "LaunchAgents" / f"{label}.plist"
        assert file.stat().st_mode & 0o022 == 0
    assert manager.calls() == []


def test_agents_are_loaded_and_an_unchanged_one_restarted(
    on_macos: Claude, manager: FakeManager
) -> None:
    """`bootstrap` fails for an agent that is loaded."""
    domain = f"gui/{os.getuid()}"
    manager.answer("launchctl", LAUNCHCTL.format(domain=domain, loaded=manager.folder / "loaded"))
    folder = on_macos.home / "Library" / "LaunchAgents"

    def loads(label: str) -> list[str]:
        return [
            f"launchctl enable {domain}/{label}",
            f"launchctl bootstrap {domain} {folder / label}.plist",
        ]

    on_macos.run("service", "install")
    assert manager.calls() == [*loads(AGENTS[0]), *loads(AGENTS[1])]
    on_macos.run("service", "install")
    assert manager.calls() == [f"launchctl kickstart -k {domain}/{label}" for label in AGENTS]
    on_macos.run("service", "install", HOOKWATCH_RETENTION_DAYS="30")
    unloads = [f"launchctl bootout {domain}/{label}" for label in AGENTS]
    assert manager.calls() == [*unloads, *loads(AGENTS[0]), *loads(AGENTS[1])]
    (on_macos.home / "Library" / "Logs" / "hookwatch" / "ingestd.log").write_text("x", "utf-8")
    assert on_macos.run("service", "remove").code == 0
    assert manager.calls() == unloads
    assert [path for path in on_macos.home.rglob("*") if path.is_file()] == []
    assert not (on_macos.home / "Library" / "Logs" / "hookwatch").exists()


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        ("\tstate = running\n\tpid = 12\n\tlast exit code = (never exited)", "running (pid 12)"),
        ("\tstate = not running\n\tlast exit code = 2", "failed (exit code 2)"),
        ("\tstate = not running\n\tlast exit code = 0", "stopped"),
    ],
)
def test_the_status_of_agents_is_what_launchd_prints(
    on_macos: Claude, manager: FakeManager, shown: str, text: str
) -> None:
    on_macos.run("service", "install")
    manager.answer("launchctl", f"printf '%s\\n' '{shown}'")
    assert f"hookwatch.ingestd  {text}\n" in on_macos.run("service", "status").out


def test_another_system_is_refused(user: Claude, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "freebsd14")
    ran = user.run("service", "install")
    assert (ran.code, ran.err) == (
        2, "hookwatch service: there is no service manager for freebsd14.\n"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("state", "words", "token", "chosen"),
    [
        ("listening", [], "", "http"),
        ("running", [], "", "http"),
        ("failed", [], "", "command"),
        ("listening", ["--via", "command"], "", "command"),
        ("listening", ["--url", "http://127.0.0.1:4999"], "", "command"),
        ("listening", ["--url", "http://10.1.2.3:4000"], "", "command"),
        ("listening", [], "a-token-of-some-length", "command"),
    ],
)
def test_connect_proposes_http_where_the_service_holds_the_port(
    user: Claude, manager: FakeManager, state: str, words: list[str], token: str, chosen: str
) -> None:
    """There no restart of ingestd refuses a hook, and http is the cheapest way."""
    manager.shows({})
    assert user.run("service", "install").code == 1
    active = "failed" if state == "failed" else "active"
    shown = {"LoadState": "loaded", "ActiveState": active, "SubState": state}
    manager.shows({"hookwatch-ingestd.socket": shown})
    output = user.run_connect(*words, HOOKWATCH_TOKEN=token)
    assert f"({chosen})" in output
    kind = our_handler(user.handler("Stop"))
    assert kind is not None
    assert kind.kind == chosen
