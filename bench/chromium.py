"""Find the Chromium that measurements and browser tests drive, and how it is started."""

import shutil
from typing import Final

FLAGS: Final = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CHROMIUM: Final = shutil.which("chromium") or shutil.which("chromium-browser")
# The same engine without the browser's own windows: a page costs it less than half of the CPU.
HEADLESS_CHROMIUM: Final = shutil.which("chromium-headless-shell") or CHROMIUM
