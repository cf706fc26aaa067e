"""Assemble queryd: its services, the routes, the guard in front of them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Final

from litestar import Litestar
from litestar.exceptions import HTTPException

from queryd.fold.folder import Folder
from queryd.fold.folding import tables_with, version_of
from queryd.health.effective_settings import content_policy
from queryd.health.installed_hooks import InstalledHooks
from queryd.http.errors import (
    on_http_exception,
    on_refusal,
    on_unexpected,
    on_unreadable,
    on_unready,
    replace_html_404,
)
from queryd.http.head_requests import HeadRequests
from queryd.http.openapi import RawSchema, complete, openapi_config
from queryd.http.parameter_check import check_parameters
from queryd.http.reader_process import ReaderProcess
from queryd.http.session_paths import SessionPaths
from queryd.live.follower import Follower
from queryd.live.ingest_monitor import IngestMonitor
from queryd.live.session_feed import SessionFeed
from queryd.live.stream import Streams
from queryd.live.tail import Tail
from queryd.routers import routers
from queryd.search.index import VERSION as SEARCH_VERSION
from queryd.services import Services
from queryd.store.readers import Readers
from queryd.store.store import ViewsNotReadyError
from queryd.usage.prices import read_prices
from shared.errors import Refusal
from shared.guard import Guard
from shared.process import Meter
from shared.reader import NotReadableError
from shared.settings import Settings
from shared.sign_in import SignInCodes
from shared.supervised import Restarter
from shared.tasks import BackgroundTasks

OPENING_S: Final = 2.0
"""How long the start waits for the views; without them most routes answer 503."""
SECURITY_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
)


class QueryApp:
    """queryd's services and routes; the server runs `asgi`."""

    def __init__(self, settings: Settings, *, restarted_by: Restarter | None = None) -> None:
        tail = Tail()
        prices = read_prices(settings.prices)
        version = version_of(tables_with(prices))
        new_readers = partial(
            Readers,
            settings.log_path,
            settings.views_path,
            version,
            search_path=settings.search_path,
            search_version=SEARCH_VERSION,
        )
        readers = new_readers()
        # A status does not wait for the answers of busy clients.
        self._feed_readers = new_readers(threads=1)
        ingest = IngestMonitor(settings, tail.wake)
        sessions = SessionFeed(self._feed_readers, tail.wake, has_streams=self._has_streams)
        folder = Folder(
            settings.log_path, settings.views_path, settings.search_path, self._on_fold, prices
        )
        self.services = Services(
            settings=settings,
            tail=tail,
            readers=readers,
            ingest=ingest,
            sessions=sessions,
            folder=folder,
            follower=Follower(
                settings.log_path, tail, has_streams=self._has_streams, on_change=folder.wake
            ),
            streams=Streams(tail, readers, ingest, sessions),
            installed=InstalledHooks(settings),
            meter=Meter(),
            codes=SignInCodes(),
            restarted_by=restarted_by,
        )
        self.streams = self.services.streams
        self.tasks = BackgroundTasks(self._on_failure)
        self.on_failure: Callable[[], None] = self.streams.stop
        """Called once when a background task has failed, to end the process."""
        self.litestar = self._litestar()
        inner = HeadRequests(self.litestar)  # type: ignore[arg-type]  # Litestar has types of its own
        self.reader_process = ReaderProcess(SessionPaths(inner))
        self.asgi = Guard(
            self.reader_process,
            settings,
            bound_to=settings.query_host,
            same_origin=True,
            codes=self.services.codes,
            headers=[(b"content-security-policy", content_policy(settings)), *SECURITY_HEADERS],
        )

    def _litestar(self) -> Litestar:
        app = Litestar(
            routers(self.services),
            exception_handlers={
                Refusal: on_refusal,
                NotReadableError: on_unreadable,
                ViewsNotReadyError: on_unready,
                HTTPException: on_http_exception,
                Exception: on_unexpected,
            },
            before_request=check_parameters,
            after_request=replace_html_404,
            lifespan=[self._running],
            openapi_config=openapi_config(),
            plugins=[RawSchema()],
            logging_config=None,
        )
        complete(app.openapi_schema)
        return app

    @asynccontextmanager
    async def _running(self, _app: Litestar) -> AsyncIterator[None]:
        # First, as streams start at the end of the log.
        await self.services.follower.start()
        self._loop = asyncio.get_running_loop()
        self.services.folder.start()
        await asyncio.to_thread(self.services.folder.opened.wait, OPENING_S)
        self.tasks.start(
            {
                "the follower of the log": self.services.follower.run(),
                "the poller of ingestd": self.services.ingest.run(),
                "the session feed": self.services.sessions.run(),
                "the keep-alive of the streams": self.streams.run(),
                "the folding thread": self.services.folder.ended(),
                "the reader process": self.reader_process.run(),
            }
        )
        try:
            yield
        finally:
            await self.tasks.stop()
            await asyncio.to_thread(self.services.folder.stop)
            self._feed_readers.close()
            self.services.readers.close()

    def _on_failure(self) -> None:
        self.on_failure()

    def _has_streams(self) -> bool:
        return self.streams.count > 0

    def _on_fold(self) -> None:
        # Called in the folding thread.
        with suppress(RuntimeError):  # the loop is closed: there are no streams left
            self._loop.call_soon_threadsafe(self.services.sessions.wake)
