"""Start queryd: `python -m queryd`; or do one thing and end: `openapi`, `rebuild`.

In: the settings. Out: a server on 127.0.0.1:4001 that runs until SIGTERM or SIGINT; or the OpenAPI
document; or views made anew; or one line on stderr and exit code 2, or 1 when a background task has
failed: then starting again may help.
"""

import gc
import json
import logging
import signal
import sys
from types import FrameType
from typing import Final

import uvicorn

from queryd.app import QueryApp
from shared.errors import SettingsError
from shared.files import make_folder
from shared.settings import read_settings, require_token, variable
from shared.start import UVICORN, announce, listen, run_or_explain

GARBAGE: Final = 50_000
"""Objects made before Python looks for circles among them. What is decoded has none, and at its own
700 the search took a tenth of the folding."""
FAILED: Final = 1
"""The exit code after which `bin/keep-up` starts queryd again."""
SWITCH_S: Final = 0.0005
"""How long the thread that watches the log waits for its turn while streams are being fed; at
Python's own 5 ms a wake could come three turns late."""


class Server(uvicorn.Server):
    """Serve until a signal comes or a background task fails.

    The streams end then: they would never end by themselves.
    """

    def __init__(self, config: uvicorn.Config, app: QueryApp) -> None:
        super().__init__(config)
        self._app = app
        app.on_failure = self._end

    def _end(self) -> None:
        self._app.streams.stop()
        self.should_exit = True

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take a signal."""
        self._app.streams.stop()
        super().handle_exit(sig, frame)


def main() -> None:
    """Run queryd until it is told to stop, or what its one argument names."""
    run_or_explain("queryd", lambda: _run(sys.argv[1:]))


def _run(arguments: list[str]) -> None:
    match arguments:
        case []:
            _serve()
        case ["openapi"]:
            _print_openapi()
        case ["rebuild"]:
            _rebuild()
        case _:
            raise SettingsError(f"{' '.join(arguments)}: no such command; openapi, rebuild")


def _serve() -> None:
    settings = read_settings()
    require_token(settings.query_host, settings.token)
    make_folder(settings.data)
    sys.setswitchinterval(SWITCH_S)
    gc.set_threshold(GARBAGE, 50, 100)
    with listen(
        settings.query_host, settings.query_port, port_setting=variable("query_port")
    ) as listener:
        app = QueryApp(settings)
        announce(listener)
        config = uvicorn.Config(app.asgi, **UVICORN)
        Server(config, app).run(sockets=[listener])
    if app.tasks.failure is not None:
        sys.stderr.write(f"queryd: {app.tasks.failure}\n")
        sys.exit(FAILED)


def _rebuild() -> None:
    from queryd.fold.rebuild import rebuild  # noqa: PLC0415 - rich is 5 MB that no server needs

    logging.getLogger().setLevel(logging.ERROR)  # lines would tear the bar apart
    for stop in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop, _give_up)
    rebuild(read_settings())


def _give_up(number: int, _frame: object) -> None:
    """End unfinished; the next queryd goes on where this stopped."""
    sys.exit(128 + number)


def _print_openapi() -> None:
    document = QueryApp(read_settings({})).litestar.openapi_schema.to_schema()
    sys.stdout.write(json.dumps(document, indent=2, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
