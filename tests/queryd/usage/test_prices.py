"""Test prices against the table and the client's own figures."""

from pathlib import Path

import msgspec
import pytest

from queryd.store.request import TokenUsage
from queryd.usage.prices import BUNDLED, bundled, read_prices
from shared.errors import SettingsError

NOV = 1_795_000_000_000
MILLION = 1_000_000


def usd(model: str, at: int = NOV, **usage: int | bool) -> float | None:
    """Return what a request costs."""
    nanos = bundled().cost_nanos(model, at, TokenUsage(**usage))  # type: ignore[arg-type]  # as named
    return None if nanos is None else nanos / 1e9


def test_a_price_is_what_the_client_computes() -> None:
    """Seen on the real client: 12 in, 12,713 into the cache, 18 out, for 0.063973 dollars."""
    assert usd("claude-opus-5-5", input=12, cache_creation=12_713, output=18) == 0.063973


def test_each_kind_of_token_has_its_own_rate() -> None:
    """Reads are not always a tenth of input, so no rate is computed from another."""
    assert usd("claude-opus-5-5", input=MILLION) == 4
    assert usd("claude-opus-5-5", output=MILLION) == 20
    assert usd("claude-opus-5-5", cache_read=MILLION) == 0.2
    assert usd("claude-opus-5", cache_read=MILLION) == 0.5
    assert usd("claude-fable-5-1", cache_read=MILLION) == 0.25


def test_writes_that_live_an_hour_cost_more() -> None:
    """Subscriptions write them; where it is not reported, 5 minutes are assumed."""
    written = {"cache_creation": MILLION}
    assert usd("claude-sonnet-4-6", **written) == 3.75
    assert usd("claude-sonnet-4-6", **written, cache_creation_1h=MILLION) == 6
    split = {"cache_creation_5m": MILLION // 2, "cache_creation_1h": MILLION // 2}
    assert usd("claude-sonnet-4-6", **written, **split) == (3.75 + 6) / 2


@pytest.mark.parametrize(("prompt", "rate"), [(100_000, 0.1), (100_001, 0.5)])
def test_a_large_prompt_of_haiku_costs_more_as_a_whole(prompt: int, rate: float) -> None:
    """Its band goes by the whole prompt, cache included, and covers the output too."""
    found = usd("claude-haiku-5-5", input=prompt - 60_000, cache_read=60_000, output=1_000)
    expected = (prompt - 60_000) * rate + 60_000 * rate / 10 + 1_000 * rate * 5
    assert found == pytest.approx(expected / MILLION)


def test_fast_mode_has_prices_of_its_own_or_none() -> None:
    """The slow price would be half of an unknown fast one."""
    assert usd("claude-opus-5-5", input=MILLION, is_fast=True) == 8
    assert usd("claude-opus-5", output=MILLION, is_fast=True) == 50
    assert usd("claude-sonnet-4-6", input=MILLION, is_fast=True) is None


def test_a_price_holds_from_its_day() -> None:
    """Last month's requests cost last month's price."""
    october_6, october_7 = 1_791_244_800_000, 1_791_331_200_000
    assert usd("claude-sonnet-5-5", october_6, cache_read=MILLION) == 0.2
    assert usd("claude-sonnet-5-5", october_7, cache_read=MILLION) == 0.1
    assert usd("claude-sonnet-5-5", 0, cache_read=MILLION) == 0.2


@pytest.mark.parametrize(
    "name", ["claude-haiku-4-5", "claude-haiku-4-5-20251001", "claude-haiku-4-5@20251001"]
)
def test_a_date_in_a_name_does_not_change_the_price(name: str) -> None:
    """The API names the version, the client the model."""
    assert usd(name, input=MILLION) == 1
    assert usd(f"{name}[1m]", input=MILLION) == 1


@pytest.mark.parametrize(
    "name", ["claude-opus-9", "gpt-9", "", "us.anthropic.claude-opus-5-5-v1:0"]
)
def test_a_model_that_is_not_in_the_table_has_no_price(name: str) -> None:
    """Another provider's price may be another."""
    assert usd(name, input=MILLION) is None


def test_searches_and_inference_in_the_us_cost_extra() -> None:
    """Both are on the bill, and on no token."""
    assert usd("claude-opus-5-5", web_searches=100) == 1
    assert usd("claude-opus-5-5", input=MILLION, in_us=True) == pytest.approx(4.4)


def test_every_price_is_dated_or_says_where_it_is_from() -> None:
    """A price no one can look up is a guess."""
    table = bundled().table
    assert table.as_of == "2026-11-22"
    for price in table.models:
        assert "20" in price.source, price.model
        assert price.output > price.input > price.cache_read > 0
        assert price.cache_write_1h > price.cache_write_5m > price.input


def test_another_table_may_be_named(tmp_path: Path) -> None:
    """Contracts have prices of their own."""
    own = msgspec.json.decode(BUNDLED.read_bytes())
    own["models"] = [{**own["models"][0], "model": "our-model", "input": 77}]
    file = tmp_path / "prices.json"
    file.write_bytes(msgspec.json.encode(own))
    prices = read_prices(file)
    assert prices.cost_nanos("our-model", NOV, TokenUsage(input=MILLION)) == 77 * 10**9
    assert prices.cost_nanos("claude-opus-5-5", NOV, TokenUsage(input=1)) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "No such file"),
        ("{", "truncated"),
        ('{"as_of": "now", "models": [{"model": "m", "source": "s", "input": -1}]}', "input"),
        ('{"as_of": "now", "models": [], "modls": []}', "modls"),
    ],
)
def test_a_table_that_cannot_be_read_stops_with_one_line(
    tmp_path: Path, text: str | None, message: str
) -> None:
    """With another's prices every cost would be wrong, and no one would know."""
    file = tmp_path / "prices.json"
    if text is not None:
        file.write_text(text)
    with pytest.raises(SettingsError, match=f"^HOOKWATCH_PRICES: .*{message}"):
        read_prices(file)
