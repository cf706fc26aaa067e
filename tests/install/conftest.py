"""Build the wheel once a session, and install it into an environment of its own."""

import fcntl
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import msgspec
import pytest

from tests.running import ROOT

DECOYS = ("connect", "ingestd", "queryd", "shared", "web")


class Installed(msgspec.Struct, frozen=True):
    """Hold an environment with the wheel, beside packages of the same names as ours."""

    folder: Path
    site_packages: Path

    @property
    def hookwatch(self) -> str:
        return str(self.folder / "bin" / "hookwatch")

    @property
    def python(self) -> str:
        return str(self.folder / "bin" / "python")


def build(source: Path, target: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m build` with the build backend of this environment, off the network."""
    command = [sys.executable, "-m", "build", "--no-isolation", "--skip-dependency-check"]
    return subprocess.run(
        [*command, "--outdir", str(target), *options, str(source)],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Return a folder with the sdist and the wheel that was built from it."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "dist"
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not any(folder.glob("*.whl")):
            done = build(ROOT, folder)
            assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="session")
def wheel(built: Path) -> Path:
    (found,) = built.glob("*.whl")
    return found


@pytest.fixture(scope="session")
def sdist(built: Path) -> Path:
    (found,) = built.glob("*.tar.gz")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return install(wheel, tmp_path_factory.mktemp("installed") / "environment")


def install(wheel: Path, folder: Path) -> Installed:
    """Install the wheel; its dependencies are those of this environment."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    environment = Installed(folder, folder / "lib" / version / "site-packages")
    dependencies = sysconfig.get_path("purelib")
    (environment.site_packages / "dependencies.pth").write_text(f"{dependencies}\n")
    for name in DECOYS:
        package = environment.site_packages / name
        package.mkdir()
        (package / "__init__.py").write_text(f"raise SystemExit('{name} is not ours')\n")
    pip(environment, "install", "--no-deps", "--no-index", str(wheel))
    return environment


def pip(environment: Installed, *words: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", environment.python, "--quiet", *words],
        env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
        check=True,
    )
