"""Send captured telemetry to its route, and compare the costs with those in its bodies."""

import json
from typing import Any

import pytest

from tests.running import SAMPLES, Hookwatch, wait_for


def costs_of(export: dict[str, Any]) -> list[float]:
    """Return what each request of an export cost, read as plain JSON."""
    records = [
        {it["key"]: it["value"] for it in record["attributes"]}
        for resource in export["resourceLogs"]
        for scope in resource["scopeLogs"]
        for record in scope["logRecords"]
    ]
    return [
        next(iter(record["cost_usd"].values()))
        for record in records
        if record["event.name"]["stringValue"] == "api_request"
    ]


def test_a_retried_export_counts_once(both: Hookwatch) -> None:
    """From the exporter's bytes to the figure on the page."""
    files = sorted((SAMPLES / "otlp").glob("logs_[0-9].jsonl"))
    bodies = [line for file in files for line in file.read_bytes().split(b"\n") if line]
    costs = [cost for body in bodies for cost in costs_of(json.loads(body))]
    assert len(costs) == 80
    headers = {"Content-Type": "application/json"}
    for body in [*bodies, *bodies]:
        assert both.ingestd.ask("POST", "/v1/logs", body, headers).status == 200

    def envelopes() -> Any:
        total = both.queryd.get("/api/usage?by=model&range=all").json()["total"]
        return total if total["requests"] >= len(costs) else None

    total = wait_for(envelopes)
    assert total["requests"] == len(costs)
    assert total["cost_source"] == "otlp"
    assert total["cost_usd"] == pytest.approx(sum(costs), abs=1e-6)
