"""Learn from the bodies Claude Code really sent what every body must look like."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

SAMPLES = Path(__file__).parent.parent / "samples"

# What a user, a server or a schema names freely: any keys may stand in there.
FREE = frozenset({"answers", "annotations", "requested_schema"})

# The samples hold no fetch that succeeded: this is `WebFetchOutput` of the client's own published
# types (`sdk-tools.d.ts`, 2.1.330).
FETCHED = {"bytes": 1, "code": 200, "codeText": "OK", "result": "", "durationMs": 1, "url": ""}
# Nor a plan that was approved: these are `ExitPlanModeInput` and `ExitPlanModeOutput`.
PLANNED = {"plan": "", "planFilePath": ""}
APPROVED = {"plan": "", "filePath": ""}


class Shape:
    """Learn from values what types and keys are possible, and which keys are always there."""

    def __init__(self) -> None:
        self.types: set[str] = set()
        self.keys: dict[str, Shape] = {}
        self.always: set[str] | None = None
        self.before: set[tuple[str, str]] = set()
        self.item: Shape | None = None

    def learn(self, value: Any) -> None:
        """Take a value as one of those that are possible."""
        self.types.add(kind(value))
        if isinstance(value, dict):
            names = list(value)
            self.always = set(names) if self.always is None else self.always & set(names)
            self.before |= {(a, b) for i, a in enumerate(names) for b in names[i + 1 :]}
            for name, inner in value.items():
                self.keys.setdefault(name, Shape()).learn(inner)
        if isinstance(value, list):
            self.item = self.item or Shape()
            for inner in value:
                self.item.learn(inner)

    def faults(self, value: Any, path: str = "") -> Iterator[str]:
        """Name where a value differs from everything learnt."""
        if kind(value) not in self.types:
            yield f"{path} is {kind(value)}, seen {sorted(self.types)}"
        elif isinstance(value, dict):
            yield from self._object_faults(value, path)
        elif isinstance(value, list) and self.item is not None and self.item.types:
            for inner in value:
                yield from self.item.faults(inner, f"{path}[]")

    def _object_faults(self, value: dict[str, Any], path: str) -> Iterator[str]:
        for name in (self.always or set()) - set(value):
            yield f"{path}.{name} is missing"
        for name, inner in value.items():
            if name not in self.keys:
                yield f"{path}.{name} was never seen"
            elif not (isinstance(inner, dict) and name in FREE | {"content"}):
                yield from self.keys[name].faults(inner, f"{path}.{name}")

    def misplaced(self, value: dict[str, Any]) -> list[str]:
        """Name the pairs of keys that stand the other way round from everything seen."""
        names = list(value)
        pairs = ((a, b) for i, a in enumerate(names) for b in names[i + 1 :])
        return [f"{a} before {b}" for a, b in pairs if (b, a) in self.before - {(a, b)}]


class Shapes:
    """Know the shape of every event, of every tool's input and of its response."""

    def __init__(self, bodies: list[dict[str, Any]]) -> None:
        self.shapes: dict[tuple[str, ...], Shape] = {}
        for body in bodies:
            for key, value in parts(body):
                self.shapes.setdefault(key, Shape()).learn(value)
        typed: dict[tuple[str, ...], Any] = {
            ("response", "WebFetch"): FETCHED,
            ("input", "ExitPlanMode"): PLANNED,
            ("response", "ExitPlanMode"): APPROVED,
        }
        for key, value in typed.items():
            self.shapes.setdefault(key, Shape()).learn(value)

    def faults(self, body: dict[str, Any]) -> list[str]:
        """Name where a body differs from every body seen."""
        found: list[str] = []
        for key, value in parts(body):
            shape = self.shapes.get(key)
            found += (
                [f"{key} was never seen"] if shape is None else shape.faults(value, "/".join(key))
            )
            if shape is not None and key[0] == "event":
                found += shape.misplaced(value)
        return found


def parts(body: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Split a body: the event without its tool's fields, then those by tool."""
    yield variant(body), without_tool_values(body)
    calls = body.get("tool_calls", [])
    for call in calls if isinstance(calls, list) else []:
        yield ("call",), without_tool_values(call)
        yield from tool_values(call, "batch_response")
    if "tool_name" in body:
        yield from tool_values(body, "response", answered=body["hook_event_name"] == "PostToolUse")


def without_tool_values(body: dict[str, Any]) -> dict[str, Any]:
    """Blank what differs by tool, or by call."""
    blank: dict[str, Any] = dict.fromkeys(body.keys() & {"tool_input", "tool_response"})
    if isinstance(body.get("tool_calls"), list):
        blank["tool_calls"] = []
    return {k: blank.get(k, v) for k, v in body.items()}


def tool_values(
    call: dict[str, Any], response: str, *, answered: bool = False
) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Take out a call's input and response; of an MCP tool's input only the type is known."""
    name = "mcp" if call["tool_name"].startswith("mcp__") else call["tool_name"]
    if name == "mcp":
        yield (
            ("input", name),
            {} if isinstance(call.get("tool_input"), dict) else call.get("tool_input"),
        )
    elif "tool_input" in call:
        yield (
            ("answered" if answered and name == "AskUserQuestion" else "input", name),
            call["tool_input"],
        )
    if "tool_response" in call:
        yield (response, name), call["tool_response"]


def variant(body: dict[str, Any]) -> tuple[str, ...]:
    event = body["hook_event_name"]
    return ("event", event, body["source"]) if event == "SessionStart" else ("event", event)


def kind(value: Any) -> str:
    kinds = {
        bool: "boolean",
        int: "number",
        float: "number",
        str: "string",
        dict: "object",
        list: "array",
    }
    return kinds.get(type(value), "null" if value is None else "not JSON")


def sample_bodies() -> list[dict[str, Any]]:
    examples = [json.loads(path.read_text()) for path in sorted(SAMPLES.glob("examples/*.json"))]
    for path in sorted(SAMPLES.glob("sessions/*.jsonl")):
        # Not splitlines(): some bodies hold U+2028, which it takes for the end of a line.
        lines = path.read_text(encoding="utf-8").split("\n")
        examples += [json.loads(line)["body"] for line in lines if line]
    return examples
