"""Build the wheel, install it beside packages of the same names, and run it."""

import os
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from shared import __version__
from tests.install.conftest import DECOYS, Installed, build, install, pip
from tests.running import DEADLINE_S, ROOT, Hookwatch, accepts, wait_for
from tests.sse import event_stream


def test_the_wheel_has_one_private_folder_with_the_dashboard(wheel: Path) -> None:
    """Two wheels with a package `shared` would overwrite each other's files."""
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names} == {
        "_hookwatch",
        f"hookwatch-{__version__}.dist-info",
    }
    packages = {name.split("/")[1] for name in names if name.startswith("_hookwatch/")}
    assert packages == {"__main__.py", "connect", "ingestd", "queryd", "shared", "web"}
    page = {path.relative_to(ROOT).as_posix() for path in dashboard_files()}
    assert {f"_hookwatch/{path}" for path in page} <= set(names)


def test_the_sdist_builds_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    """A wheel built from the sdist must equal the tested one, which was built from it too."""
    done = build(ROOT, tmp_path, "--wheel")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / wheel.name).read_bytes() == wheel.read_bytes()


def test_without_the_dashboard_no_wheel_is_built(sdist: Path, tmp_path: Path) -> None:
    """A wheel without it would install well, and serve nothing."""
    source = unpacked(sdist, tmp_path)
    (source / "web" / "dist" / "index.html").unlink()
    done = build(source, tmp_path / "dist", "--wheel")
    assert done.returncode != 0
    assert "web/dist/index.html is missing: run `make wheel`" in done.stdout + done.stderr
    assert not any(tmp_path.glob("dist/*.whl"))


def test_the_commit_is_stamped_at_the_build(wheel: Path, installed: Installed) -> None:
    """A report of a bug says which commit it is about."""
    commit = zipfile.ZipFile(wheel).read("_hookwatch/shared/commit.txt").decode().strip()
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert head.startswith(commit.removesuffix("-dirty"))
    assert run(installed, "--version").stdout == f"hookwatch {__version__} ({commit})\n"


def test_an_installed_hookwatch_serves_the_page_and_streams_an_event(
    installed: Installed, tmp_path: Path
) -> None:
    """Packages called like ours are beside it, and in the current folder."""
    settings = Hookwatch(tmp_path / "data", {})
    with up(installed, settings, tmp_path):
        page = settings.queryd.get("/")
        assert page.body == (ROOT / "web" / "dist" / "index.html").read_bytes()
        with event_stream(settings.queryd.port) as stream:
            settings.ingestd.post({"session_id": "s", "hook_event_name": "Stop"})
            (event,) = stream.events(1)
        assert (event["session_id"], event["hook_event_type"]) == ("s", "Stop")


def test_an_installed_hookwatch_connects_with_scripts_outside_its_environment(
    installed: Installed, tmp_path: Path
) -> None:
    """An upgrade replaces the environment, and hooks must go on."""
    home = tmp_path / "home"
    home.mkdir()
    around = {"HOME": str(home), "HOOKWATCH_DATA": str(tmp_path / "data")}
    done = run(installed, "connect", "--yes", "--statusline", **around)
    assert done.returncode == 0, done.stderr
    settings = (home / ".claude" / "settings.json").read_text()
    assert str(tmp_path / "data" / "connect" / "forward.sh") in settings
    assert str(installed.folder) not in settings
    assert run(installed, "doctor", **around).stdout.count("Start it: `hookwatch up`.") == 2


@pytest.mark.parametrize("is_on_path", [True, False])
def test_the_commands_it_shows_can_be_run(
    installed: Installed, tmp_path: Path, *, is_on_path: bool
) -> None:
    """A line that is copied from a page must not end in "command not found"."""
    path = os.pathsep.join(
        [*([str(Path(installed.hookwatch).parent)] * is_on_path), "/usr/bin", "/bin"]
    )
    settings = Hookwatch(tmp_path / "data", {"PATH": path, "CLAUDE_CONFIG_DIR": str(tmp_path)})
    expected = "hookwatch" if is_on_path else installed.hookwatch
    with up(installed, settings, tmp_path):
        assert settings.queryd.get("/api/health").json()["command"] == expected


def test_an_installation_for_one_run_shows_its_full_path(
    installed: Installed, tmp_path: Path
) -> None:
    """`uvx` has it on its own path, which no other shell has."""
    bin_folder = str(Path(installed.hookwatch).parent)
    environment = {"PATH": bin_folder, "UV_CACHE_DIR": str(installed.folder.parent)}
    settings = Hookwatch(tmp_path / "data", environment)
    with up(installed, settings, tmp_path):
        assert settings.queryd.get("/api/health").json()["command"] == installed.hookwatch


def test_uninstall_leaves_nothing(wheel: Path, tmp_path: Path) -> None:
    """Compiled files of ours are made while it runs."""
    installed = install(wheel, tmp_path / "environment")
    run(installed, "--help")
    pip(installed, "uninstall", "--yes", "hookwatch")
    left = {path.name for path in installed.site_packages.iterdir()}
    assert left == {"dependencies.pth", *DECOYS}
    assert not Path(installed.hookwatch).exists()


def dashboard_files() -> list[Path]:
    dist = ROOT / "web" / "dist"
    files = [path for path in dist.rglob("*") if path.is_file()]
    return [path for path in files if ".vite" not in path.parts]


def unpacked(sdist: Path, folder: Path) -> Path:
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    return folder / sdist.name.removesuffix(".tar.gz")


def run(installed: Installed, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [installed.hookwatch, *words],
        env={**os.environ, **environment},
        cwd=installed.site_packages,
        capture_output=True,
        text=True,
        check=False,
    )


@contextmanager
def up(installed: Installed, settings: Hookwatch, folder: Path) -> Iterator[None]:
    """Run `hookwatch up` in a folder with packages of the same names."""
    for name in DECOYS:
        shutil.copytree(installed.site_packages / name, folder / "here" / name)
    process = subprocess.Popen(
        [installed.hookwatch, "up"],
        env={**os.environ, **settings.environment},
        cwd=folder / "here",
    )
    try:
        for daemon in (settings.ingestd, settings.queryd):
            wait_for(partial(accepts, daemon.port))
        yield
    finally:
        process.terminate()
        assert process.wait(timeout=DEADLINE_S) == 0


@pytest.mark.parametrize("name", ["ingestd", "queryd"])
def test_a_checkout_runs_a_daemon_by_its_launcher(name: str) -> None:
    """`hookwatch queryd rebuild` is the same command from a checkout and from a wheel."""
    done = subprocess.run(
        [str(ROOT / "bin" / "hookwatch"), name],
        env={**os.environ, "HOOKWATCH_BUSY_MS": "soon"},
        capture_output=True,
        text=True,
        check=False,
    )
    line = f"{name}: HOOKWATCH_BUSY_MS: Expected `int`, got `str`\n"
    assert (done.returncode, done.stderr) == (2, line)
