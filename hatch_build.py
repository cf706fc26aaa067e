"""Put the commit into what is built, and refuse to build without the dashboard."""

import subprocess
from pathlib import Path
from typing import Any, Final

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PAGE: Final = Path("web/dist/index.html")
COMMIT: Final = Path("shared/commit.txt")


class MissingPageError(Exception):
    """Report that the dashboard is not built."""


class HookwatchBuildHook(BuildHookInterface[Any]):
    """Check and stamp a wheel or an sdist."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        del version
        if not (Path(self.root) / PAGE).is_file():
            raise MissingPageError(f"{PAGE} is missing: run `make wheel`, which builds it")
        stamp = self._stamp()
        if stamp is not None:
            # Always forced, so that the order of files in the wheel is that of a checkout.
            build_data["force_include"][str(stamp)] = COMMIT.as_posix()

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        del version, build_data, artifact_path
        (Path(self.directory) / COMMIT.name).unlink(missing_ok=True)

    def _stamp(self) -> Path | None:
        """Return a file with the commit: that of the sdist, or a new one of this checkout."""
        inherited = Path(self.root) / COMMIT
        if inherited.is_file():
            return inherited
        if not (Path(self.root) / ".git").exists():
            return None
        stamp = Path(self.directory) / COMMIT.name
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.write_text(f"{_commit(self.root)}\n", "utf-8")
        return stamp


def _commit(root: str) -> str:
    """Return the commit, with `-dirty` when tracked files differ from it."""
    described = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--exclude=*", "--abbrev=12"],  # noqa: S607
        cwd=root,
        capture_output=True,
        check=True,
        text=True,
    )
    return described.stdout.strip()
