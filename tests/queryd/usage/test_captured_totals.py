"""Hold totals to what captured sessions really cost: worked out by hand, from each source alone.

The figures are sums over the captured lines, and where the client wrote its own total (`cost-state`
in a transcript), that. Sources differ by what the client itself leaves out of them: transcripts
have no compaction's call and no output of an aborted answer, telemetry no classifier's.
"""

import random

import pytest

from queryd.usage.read_usage import UsageGroup, UsageSelection, sums
from queryd.usage.rows import Figures
from tests.queryd.envelopes import Envelope, status_lines, telemetry, transcripts
from tests.queryd.folded_views import reader_over
from tests.queryd.usage.request_bodies import all_figures, bodies_of

TERMINAL = "70511d01-b986-4903-8918-4cce07d38600"
COMMANDS = "c395c763-938a-45c5-ab76-f0869ca20a96"
BRANCH = "f3e3ed20-4fc1-4abf-99ad-d79455418103"
AGENTS = "31968d2d-1434-48cd-a38a-90b8fb934def"
NESTED = "7b28b3e5-44e4-4fb2-aebe-e1a06632216f"
RESUMED = "2d0963b4-c406-422e-93bd-bb326952d92e"
FAILED = "87bcfbbb-5a48-4627-9c01-2e294a4c59f6"

# Input, output, cache read, cache written of all requests, and the client's own total.
BY_TELEMETRY = {
    AGENTS: ((53, 264, 79_254, 60_744), 0.3250628),
    NESTED: ((43, 142, 61_569, 39_132), 0.2109858),
    "525606d8-1ab2-4390-bb35-0928f254923a": ((39, 180, 94_104, 23_834), 0.1417468),
    "e5422ad9-4449-4c62-a815-2ab2d764d87f": ((40, 86_388, 242_992, 110_063), 2.3268334),
    "2cc997dd-6fe9-4237-a2d3-e69f0ba02429": ((12, 18, 0, 24_758), 0.0931485),
}
BY_TRANSCRIPT = {
    AGENTS: ((53, 264, 79_254, 60_744), 0.3250628),
    NESTED: ((43, 142, 61_569, 39_132), 0.2109858),
    "525606d8-1ab2-4390-bb35-0928f254923a": ((39, 180, 94_104, 23_834), 0.1417468),
    "2cc997dd-6fe9-4237-a2d3-e69f0ba02429": ((12, 18, 0, 24_758), 0.0931485),
    RESUMED: ((88, 250, 270_774, 101_653), 0.29077625),
    "d7957d91-faef-4f7b-ae42-cfa638019dee": ((140, 492, 282_892, 53_451), 0.3342334),
    # 57 tokens of an aborted answer less than the client's 595 out, 0.303747 dollars.
    TERMINAL: ((128, 538, 409_625, 41_882), 0.302607),
    # Without a compaction's call: 4 in, 51 out, 29,521 read, 2,255 written, 0.0182152 dollars.
    COMMANDS: ((252, 990, 750_432, 112_031), 0.69335865),
    # Of the branch only what it asked itself: it copied two messages, and one file the other way.
    BRANCH: ((3, 18, 0, 27_288), 0.136812),
}
BY_STATUS_LINE = {
    TERMINAL: 0.303747,
    COMMANDS: 0.71157385,
    BRANCH: 0.136812,
    "b1eba154-41da-422a-bf1e-82aec8002a16": 0.129309,
    "d7957d91-faef-4f7b-ae42-cfa638019dee": 0.3342334,
    "f73af1b4-ec66-4003-8aa3-7d93b1f6e081": 0.072048,
}


@pytest.fixture(scope="module")
def all_on() -> dict[str, Figures]:
    return all_figures([*telemetry(), *transcripts(), *status_lines()])


def tokens(found: Figures) -> tuple[int, int, int, int]:
    """Return input, output, cache read, cache written."""
    assert found.tokens is not None
    one = found.tokens
    return one.input, one.output, one.cache_read, one.cache_creation


def usd(found: Figures) -> tuple[float, str]:
    """Return the cost, to the nano-dollar, and its source."""
    assert found.cost is not None
    assert found.cost.usd is not None
    return round(found.cost.usd, 9), found.cost.source


def test_telemetry_alone() -> None:
    """Print mode has no status line, and no one filled in its transcripts yet."""
    found = all_figures(telemetry())
    for session_id, (expected, cost) in BY_TELEMETRY.items():
        assert tokens(found[session_id]) == expected, session_id
        assert usd(found[session_id]) == (cost, "otlp"), session_id
    assert FAILED not in found


def test_transcripts_alone() -> None:
    """What `hookwatch backfill` knows of a year before Hookwatch was there."""
    found = all_figures(transcripts())
    for session_id, (expected, cost) in BY_TRANSCRIPT.items():
        assert tokens(found[session_id]) == expected, session_id
        assert usd(found[session_id]) == (cost, "transcript"), session_id


def test_status_lines_alone() -> None:
    """The figure that the user of a terminal sees."""
    found = all_figures(status_lines())
    for session_id, cost in BY_STATUS_LINE.items():
        assert usd(found[session_id]) == (cost, "status_line"), session_id
        assert found[session_id].tokens is None


def test_with_all_sources_each_request_counts_once(all_on: dict[str, Figures]) -> None:
    """A sum over sources would be no real bill."""
    for session_id, (expected, _) in {**BY_TELEMETRY, **BY_TRANSCRIPT}.items():
        assert tokens(all_on[session_id]) == expected, session_id
    for session_id in (AGENTS, NESTED):
        assert usd(all_on[session_id]) == (BY_TELEMETRY[session_id][1], "otlp")
    for session_id, cost in BY_STATUS_LINE.items():
        assert usd(all_on[session_id]) == (cost, "status_line"), session_id
    assert usd(all_on[RESUMED]) == (0.29077625, "transcript")


def test_only_a_known_gap_of_over_one_percent_is_marked(all_on: dict[str, Figures]) -> None:
    """A compaction's call is 2.6 % of that session, an aborted answer 0.4 % of the other."""
    marked = {name for name, it in all_on.items() if it.cost is not None and it.cost.disagrees}
    assert marked == {COMMANDS}


def test_the_order_of_events_does_not_change_the_figures(all_on: dict[str, Figures]) -> None:
    """Exports are retried and files are read late; duplicates change nothing either."""
    envelopes = [*telemetry(), *transcripts(), *status_lines()]
    mixed = envelopes * 2
    random.Random(5).shuffle(mixed)
    found = all_figures(mixed)
    for session_id, expected in all_on.items():
        if session_id not in {BRANCH, COMMANDS}:  # whose copy is read first has the message
            assert found[session_id].tokens == expected.tokens, session_id
            assert found[session_id].cost == expected.cost, session_id


def test_sums_over_all_sessions_are_the_sum_of_sessions(all_on: dict[str, Figures]) -> None:
    """Two pages must not contradict each other."""
    envelopes: list[Envelope] = [*telemetry(), *transcripts(), *status_lines()]
    with reader_over(bodies_of(envelopes)) as views:
        wanted = UsageSelection(first=0, end=2**52)
        (whole,) = sums(views, wanted, UsageGroup()).values()
        by_model = sums(views, wanted, UsageGroup(model=True))
        by_agent = sums(views, wanted, UsageGroup(agent=True))
    counted = [it.tokens for it in all_on.values() if it.tokens is not None]
    assert (
        whole.input == sum(it.input for it in counted) == sum(it.input for it in by_model.values())
    )
    assert whole.output == sum(it.output for it in counted)
    assert whole.nanos == sum(it.nanos for it in by_model.values())
    assert whole.nanos == sum(it.nanos for it in by_agent.values())
    assert {agent for (agent,) in by_agent} >= {"", "general-purpose", "Explore"}
    assert whole.errors == 4
