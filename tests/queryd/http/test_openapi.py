"""Hold every route to the API's document: what it allows is answered, what it forbids refused.

The requests are made from the document itself, over a log of captured sessions. Examples are
derived from the tests, not from chance: each run asks the same.
"""

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import requests
import schemathesis
from schemathesis import BaseSchema
from schemathesis.config import GenerationConfig, ProjectConfig, ProjectsConfig, SchemathesisConfig
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    positive_data_acceptance,
    response_schema_conformance,
)

from queryd.live.stream import Hello
from tests.running import DEADLINE_S, ROOT, Hookwatch, hookwatch, sample_bodies, wait_for

EXAMPLES = 15
DOCUMENT: dict[str, Any] = json.loads((ROOT / "web/src/api/openapi.json").read_text("utf-8"))
CONTRADICTIONS = {"conflicting_parameters", "invalid_query"}
"""Codes of refusals that the schema of no single parameter can foresee."""
KNOWN = {
    "path.session_id": "c395c763-938a-45c5-ab76-f0869ca20a96",
    "path.name": "Bash",
    "path.event_id": 1,
}
"""What the captured sessions hold."""


def api(*modes: GenerationMode, known: dict[str, Any] | None = None) -> BaseSchema:
    """Return the document as tests; known parameters have these values everywhere."""
    generation = GenerationConfig(
        modes=list(modes), max_examples=EXAMPLES, deterministic=True, database="none"
    )
    project = ProjectConfig(
        generation=generation,
        parameters=known,
        request_timeout=DEADLINE_S,
        max_stream_events=1,
    )
    config = SchemathesisConfig(projects=ProjectsConfig(default=project))
    return schemathesis.openapi.from_dict(DOCUMENT, config=config)


EVERYTHING = api(GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
EXISTING = (
    api(GenerationMode.POSITIVE, known=KNOWN)
    .include(path_regex="{")
    .exclude(path_regex="unsaved")  # there are none while the log can be written
)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hookwatch]:
    """Run both daemons over a log of every captured session."""
    with hookwatch(tmp_path_factory.mktemp("document") / "data") as running:
        bodies = sample_bodies()
        assert running.ingestd.post(list(bodies)).json()["accepted"] == len(bodies)
        wait_for(
            lambda: running.queryd.get("/api/health").json()["views"]["folded_id"] == len(bodies)
        )
        yield running


@pytest.fixture(scope="module")
def client() -> Iterator[requests.Session]:
    """Keep a connection open: one for each request took most of the time."""
    with requests.Session() as session:
        yield session


@EVERYTHING.parametrize()
def test_every_response_matches_the_openapi_document(
    case: Any, loaded: Hookwatch, client: requests.Session
) -> None:
    """The page's types, and whatever scripts people write, are made of the document."""
    checked_response(case, loaded, client)


@EXISTING.parametrize()
def test_existing_resources_respond_to_any_parameters(
    case: Any, loaded: Hookwatch, client: requests.Session
) -> None:
    """With made-up ids, a 404 would hide how the other parameters are handled."""
    answer = checked_response(case, loaded, client)
    # No schema can say which turns a session has.
    missing = answer.json()["error"]["field"] if answer.status_code == 404 else None
    assert answer.status_code in {200, 400} or missing in {"turn", "turn_id"}


def checked_response(case: Any, loaded: Hookwatch, client: requests.Session) -> Any:
    """Send one request, hold its answer to the document, and return it."""
    answer = case.call(base_url=f"http://127.0.0.1:{loaded.queryd.port}", session=client)
    excluded: list[Any] = []
    if answer.status_code == 400:
        refused = answer.json()["error"]
        if refused["code"] in CONTRADICTIONS:
            assert refused["field"] in case.query
            excluded = [positive_data_acceptance]
    elif answer.headers.get("content-type", [""])[0].startswith("text/event-stream"):
        # The document describes the data of a message, the check would take the whole message.
        (opening,) = (line for line in answer.text.splitlines() if line.startswith("data:"))
        assert msgspec.json.decode(opening.removeprefix("data:"), type=Hello)
        excluded = [response_schema_conformance]
    case.validate_response(answer, excluded_checks=excluded)
    return answer
