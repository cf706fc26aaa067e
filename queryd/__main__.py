"""Run queryd: `python -m queryd`, or one of its commands: `openapi`, `rebuild`.

The server runs until SIGTERM or SIGINT. An error is one line on stderr, with exit code 2 for the
settings, and 1 for a failed background task, after which a restart may help.
"""

import gc
import json
import logging
import signal
import socket
import sys
from types import FrameType
from typing import Final

import uvicorn

from queryd.app import QueryApp
from shared.errors import SettingsError
from shared.files import make_folder
from shared.reader import require_known_version
from shared.schema import NewerLogError
from shared.settings import read_settings, variable
from shared.start import UVICORN, announce, open_listener, run_or_explain
from shared.supervised import restarter

GC_THRESHOLD: Final = 50_000
"""New objects before a garbage collection. Decoded events have no reference cycles, and with
Python's default of 700 collections took a tenth of the folding time."""
FAILED: Final = 1
"""The exit code of a queryd that a restart may help."""
SWITCH_S: Final = 0.0005
"""The interpreter's switch interval: how long the thread that watches the log waits for its turn
while streams are sent. At Python's default of 5 ms a wake could be three turns late."""


class Server(uvicorn.Server):
    """Serve until a signal or the failure of a background task; then end the streams as well."""

    def __init__(self, config: uvicorn.Config, app: QueryApp) -> None:
        super().__init__(config)
        self._app = app
        app.on_failure = self._stop

    def _stop(self) -> None:
        self._app.streams.stop()
        self.should_exit = True

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._app.streams.stop()
        super().handle_exit(sig, frame)


def main() -> None:
    run_or_explain("queryd", lambda inherited: _run(sys.argv[1:], inherited))


def _run(arguments: list[str], inherited: socket.socket | None) -> None:
    match arguments:
        case []:
            _serve(inherited)
        case ["openapi"]:
            _print_openapi()
        case ["rebuild"]:
            _rebuild()
        case _:
            raise SettingsError(
                f"{' '.join(arguments)}: unknown command (commands: openapi, rebuild)"
            )


def _serve(inherited: socket.socket | None) -> None:
    settings = read_settings()
    make_folder(settings.data)
    try:
        require_known_version(settings.log_path)
    except NewerLogError as error:
        raise SettingsError(f"{settings.log_path}: {error}") from None
    sys.setswitchinterval(SWITCH_S)
    gc.set_threshold(GC_THRESHOLD, 50, 100)
    with open_listener(
        inherited,
        settings.query_host,
        settings.query_port,
        token=settings.token,
        port_setting=variable("query_port"),
    ) as listener:
        app = QueryApp(settings, restarted_by=restarter(inherited))
        # Modules and routes live as long as the process: a full collection took 40 ms with them.
        gc.freeze()
        if settings.query_processes > 1:
            app.reader_process.fork(close=[listener, inherited])
        announce(listener)
        config = uvicorn.Config(app.asgi, **UVICORN)
        Server(config, app).run(sockets=[listener])
    if app.tasks.failure is not None:
        sys.stderr.write(f"queryd: {app.tasks.failure}\n")
        sys.exit(FAILED)


def _rebuild() -> None:
    from queryd.fold.rebuild import rebuild  # noqa: PLC0415 - rich is 5 MB that no server needs

    logging.getLogger().setLevel(logging.ERROR)  # log lines would break the progress bar
    for stop in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop, _exit)
    rebuild(read_settings())


def _exit(number: int, _frame: object) -> None:
    # The next queryd continues the rebuild.
    sys.exit(128 + number)


def _print_openapi() -> None:
    document = QueryApp(read_settings({})).litestar.openapi_schema.to_schema()
    sys.stdout.write(json.dumps(document, indent=2, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
