"""Price requests whose source reports no cost, by a dated table of list prices: `prices.json`.

In: the table that comes with Hookwatch, or the one that `HOOKWATCH_PRICES` names; a model, a time
and tokens. Out: whole nano-dollars, so that a sum is the same in any order; None for a model that
is not in the table.
"""

import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Final

import msgspec

from queryd.store.request import TokenUsage
from shared.errors import SettingsError
from shared.settings import variable

BUNDLED: Final = Path(__file__).with_name("prices.json")
NANOS_A_TOKEN: Final = 1_000
"""In nano-dollars, at a dollar a million tokens."""
NANOS_A_SEARCH: Final = 1_000_000
"""In nano-dollars, at a dollar a thousand web searches."""

Rate = Annotated[float, msgspec.Meta(ge=0, le=1_000_000)]


class Rates(msgspec.Struct, frozen=True, kw_only=True):
    """Hold the five prices of a model, in dollars a million tokens."""

    input: Rate
    output: Rate
    cache_write_5m: Rate
    cache_write_1h: Rate
    cache_read: Rate


class Band(Rates, frozen=True, kw_only=True):
    """Price a whole request whose prompt, cache included, is larger than this."""

    prompt_tokens: Annotated[int, msgspec.Meta(ge=0)]


class Price(Rates, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Price a model from a day on; its first price applies before that day too."""

    model: str
    source: str
    since: Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d\d-\d\d$")] | None = None
    fast: Rates | None = None
    """In fast mode; None when unknown."""
    over: Band | None = None


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hold a price table as its file has it."""

    as_of: str
    """The day of its last revision."""
    models: tuple[Price, ...]
    web_search: Rate = 0
    unit: str = ""


class Prices:
    """Price requests by a table."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self._by_model: dict[str, list[tuple[int, Price]]] = {}
        for price in sorted(table.models, key=lambda price: price.since or ""):
            of_model = self._by_model.setdefault(base_model(price.model), [])
            of_model.append((_day_ms(price.since) if of_model else 0, price))

    def of(self, model: str, at: int) -> Price | None:
        """Return the price of a model at a time, in ms since the epoch; None when unknown."""
        valid = [price for since, price in self._by_model.get(base_model(model), ()) if since <= at]
        return valid[-1] if valid else None

    def cost_nanos(self, model: str, at: int, usage: TokenUsage) -> int | None:
        """Return what a request cost, in nano-dollars; None when unknown."""
        price = self.of(model, at)
        rates = None if price is None else _rates(price, usage)
        if rates is None:
            return None
        # Writes of unreported lifetime are 5-minute ones, which is what an API key gets.
        long = min(usage.cache_creation_1h or 0, usage.cache_creation)
        tokens = (
            usage.input * _nanos(rates.input)
            + usage.output * _nanos(rates.output)
            + usage.cache_read * _nanos(rates.cache_read)
            + (usage.cache_creation - long) * _nanos(rates.cache_write_5m)
            + long * _nanos(rates.cache_write_1h)
        )
        if usage.in_us:
            tokens = tokens * 11 // 10
        return tokens + usage.web_searches * round(self.table.web_search * NANOS_A_SEARCH)


def base_model(model: str) -> str:
    """Return a model's name without its date and window, which do not change its price."""
    return _SUFFIX.sub("", model)


@cache
def bundled() -> Prices:
    """Return the table that comes with Hookwatch."""
    return decoded(BUNDLED.read_bytes())


def decoded(text: bytes) -> Prices:
    """Return the table of a JSON text; raise msgspec.DecodeError."""
    return Prices(msgspec.json.decode(text, type=Table))


def read_prices(path: Path | None) -> Prices:
    """Return the named table, else the bundled one; raise SettingsError if it cannot be read."""
    if path is None:
        return bundled()
    try:
        return decoded(path.read_bytes())
    except OSError as error:
        raise SettingsError(f"{variable('prices')}: {path}: {error.strerror or error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{variable('prices')}: {path}: {error}") from None


def _rates(price: Price, usage: TokenUsage) -> Rates | None:
    if usage.is_fast:
        return price.fast
    if price.over is not None and usage.prompt > price.over.prompt_tokens:
        return price.over
    return price


def _nanos(rate: float) -> int:
    return round(rate * NANOS_A_TOKEN)


def _day_ms(day: str | None) -> int:
    if day is None:
        return 0
    return round(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() * 1000)


_SUFFIX: Final = re.compile(r"(?:[-@]\d{8})?(?:\[1m\])?$")
"""`claude-haiku-4-5-20251001`, `claude-opus-4-6@20260205`, `claude-sonnet-4-6[1m]`."""
