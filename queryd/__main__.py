"""Start queryd: `python -m queryd`; or print its OpenAPI document: `python -m queryd openapi`.

In: the settings. Out: a server on 127.0.0.1:4001 that runs until SIGTERM or SIGINT; or one line
on stderr and exit code 2.
"""

import json
import sys
from types import FrameType
from typing import Final

import uvicorn

from queryd.app import QueryApp
from shared.files import make_folder
from shared.settings import read_settings, require_token, variable
from shared.start import UVICORN, announce, listen, run_or_explain

SWITCH_S: Final = 0.0005
"""How long the thread that watches the log waits for its turn while streams are being fed; at
Python's own 5 ms a wake could come three turns late."""


class Server(uvicorn.Server):
    """Serve until a signal comes, and end the streams then: they would never end by themselves."""

    def __init__(self, config: uvicorn.Config, app: QueryApp) -> None:
        super().__init__(config)
        self._app = app

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take a signal."""
        self._app.streams.stop()
        super().handle_exit(sig, frame)


def main() -> None:
    """Run queryd until it is told to stop, or print the document."""
    run_or_explain("queryd", _print_openapi if sys.argv[1:] == ["openapi"] else _serve)


def _serve() -> None:
    settings = read_settings()
    require_token(settings.query_host, settings.token)
    make_folder(settings.data)
    sys.setswitchinterval(SWITCH_S)
    with listen(
        settings.query_host, settings.query_port, port_setting=variable("query_port")
    ) as listener:
        app = QueryApp(settings)
        announce(listener)
        config = uvicorn.Config(app.asgi, **UVICORN)
        Server(config, app).run(sockets=[listener])


def _print_openapi() -> None:
    document = QueryApp(read_settings({})).litestar.openapi_schema.to_schema()
    sys.stdout.write(json.dumps(document, indent=2, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
