"""Make a log, fold it, send every request, and yield each response as a text."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import msgspec

from bench.generator.texts import WORDS_OF_A_WORLD
from bench.snapshot import log
from bench.snapshot.canonical import Canonical, local_names
from bench.snapshot.client import SnapshotClient, SnapshotResponse
from bench.snapshot.processes import SnapshotHome
from bench.snapshot.renames import Renames
from bench.snapshot.requests import (
    NOW_MS,
    PAGES,
    Parameters,
    SnapshotRequest,
    read_contents,
    requests_of,
)
from bench.snapshot.tables import dump


class Size(msgspec.Struct, frozen=True):
    """Set how much is generated beside the captured bodies."""

    events: int
    words: int
    """Of the texts that events are made of."""
    telemetry: str = "*.jsonl"
    """The files of captured telemetry."""


SIZES: Final = {
    "small": Size(300, 5_000, "*[!2-5].jsonl"),  # the suite runs it: one file a kind
    "full": Size(100_000, WORDS_OF_A_WORLD),
}


def answers(folder: Path, size: Size, renames: Renames) -> Iterator[tuple[str, str]]:
    """Yield all answers to a log of this size."""
    home = SnapshotHome(folder)
    canonical = Canonical(
        renames,
        local_names(folder, ingest_port=home.ingest_port, query_port=home.query_port),
    )
    posts = log.make(home, events=size.events, words=size.words, telemetry=size.telemetry)
    for kind, posted in posts.items():
        yield f"posts: {kind}", canonical.json(f"posts: {kind}", posted)
    home.clock.set_ms(NOW_MS)
    home.run("queryd", "rebuild")
    contents = read_contents(home.log_path, generated=size.events)
    with (
        home.serving("ingestd"),
        home.serving("queryd"),
        closing(SnapshotClient(home.query_port)) as client,
    ):
        requester = _Requester(home, client, canonical, renames)
        for request in requests_of(contents):
            yield from requester.texts(request)
    yield from dump(home.views_path, renames)
    yield from dump(home.search_path, renames, prefix="search table")
    yield from dump(home.log_path, renames, prefix="log table")


class _Requester:
    def __init__(
        self, home: SnapshotHome, client: SnapshotClient, canonical: Canonical, renames: Renames
    ) -> None:
        self._home = home
        self._client = client
        self._canonical = canonical
        self._renames = renames

    def texts(self, request: SnapshotRequest) -> Iterator[tuple[str, str]]:
        """Ask, and yield the answer, or that of each page."""
        self._home.clock.set_ms(request.at_ms)
        if request.searches:
            yield request.name, self._text(request, request.parameters, self._search(request))
            return
        parameters = request.parameters
        for number in range(1, PAGES + 1):
            answer = self._ask(request, parameters)
            name = request.name if number == 1 else f"{request.name}, page {number}"
            yield name, self._text(request, parameters, answer)
            if request.pages is None or answer.status != 200:
                return
            field, parameter = request.pages
            cursor = msgspec.json.decode(answer.body)[
                self._renames.new("field", field, request.name)
            ]
            if cursor is None:
                return
            parameters = {**request.parameters, parameter: cursor}

    def _search(self, request: SnapshotRequest) -> SnapshotResponse:
        """Ask until the page is full or all was searched: a search stops after a time limit.

        How far it comes within that time is no property of the code.
        """
        fields = ("events", "snippets", "next_before", "id")
        events, snippets, cursor, event_id = (
            self._renames.new("field", field, request.name) for field in fields
        )
        limit = request.parameters.get("limit", 100)
        assert isinstance(limit, int)  # noqa: S101 - for mypy
        parameters = dict(request.parameters)
        page: dict[str, Any] = {events: [], snippets: []}
        while True:
            # A page that is full needs one more event, which shows that there is a next page.
            missing = limit - len(page[events])
            answer = self._ask(request, {**parameters, "limit": max(missing, 1)})
            if answer.status != 200:
                return answer
            found = msgspec.json.decode(answer.body)
            if missing > 0:
                found[events][:0] = page[events]
                found[snippets][:0] = page[snippets]
                page = found
            elif found[events]:
                page[cursor] = page[events][-1][event_id]
                break
            if found[cursor] is None:
                page[cursor] = None
                break
            parameters["before"] = found[cursor]
        return msgspec.structs.replace(answer, body=msgspec.json.encode(page))

    def _ask(self, request: SnapshotRequest, parameters: Parameters) -> SnapshotResponse:
        renames, name = self._renames, request.name
        renamed = {
            renames.new("parameter", parameter, name): renames.new_value(parameter, value, name)
            for parameter, value in parameters.items()
        }
        route = renames.new("route", request.route, name)
        path = msgspec.structs.replace(request, route=route).path(renamed)
        if request.route == "/stream":
            return self._client.stream(path, events=request.events, headers=request.headers)
        return self._client.ask(request.method, path, headers=request.headers)

    def _text(
        self, request: SnapshotRequest, parameters: Parameters, answer: SnapshotResponse
    ) -> str:
        path = f"{request.method} {request.path(parameters)}"
        return self._canonical.answer(request.name, path, answer)
