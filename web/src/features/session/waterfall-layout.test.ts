import { expect, it } from "vitest";
import { makeAgent, makeCall } from "./fakes.ts";
import { nest } from "./nest.ts";
import { axisTicks, barOf, mostAtOnce, spanOf } from "./waterfall-layout.ts";

const T = 1_700_000_000_000;
const at = (id: number, from: number, to: number | null, fields = {}) =>
  makeCall(id, {
    started_at: T + from,
    ended_at: to === null ? null : T + to,
    outcome: to === null ? "running" : "succeeded",
    ...fields,
  });

it("puts parallel calls on one axis, side by side", () => {
  const items = nest([at(1, 0, 4000), at(2, 2000, 10_000)], []);
  const span = spanOf(items);
  expect(span).toEqual({ since: T, until: T + 10_000 });
  const bars = items.map((item) => barOf(item, span ?? { since: 0, until: 1 }, 0));
  expect(bars.map(({ from, to }) => [from, to])).toEqual([
    [0, 0.4],
    [0.2, 1],
  ]);
  expect(mostAtOnce(items, T)).toBe(2);
});

it("shows the wait for the user before the run", () => {
  const asked = { asked_at: T + 1000, waiting_ms: 6000 };
  const items = nest([at(1, 0, 10_000, asked)], []);
  const [item] = items;
  if (item === undefined) throw new Error("no item");
  expect(barOf(item, { since: T, until: T + 10_000 }, 0).parts).toEqual([
    { kind: "ran", from: 0, to: 0.1 },
    { kind: "waited", from: 0.1, to: 0.7 },
    { kind: "ran", from: 0.7, to: 1 },
  ]);
});

it("grows with the clock while something runs, and waits up to now", () => {
  const waiting = { outcome: "waiting" as const, asked_at: T + 1000 };
  const items = nest([at(1, 0, null, waiting)], []);
  const [item] = items;
  const span = spanOf(items);
  if (item === undefined || span === null) throw new Error("no item");
  expect(span.until).toBeNull();
  const bar = barOf(item, span, T + 4000);
  expect(bar.until).toBe(T + 4000);
  expect(bar.parts.at(-1)).toEqual({ kind: "waited", from: 0.25, to: 1 });
});

it("covers subagents that outlive their calls", () => {
  const launch = at(1, 0, 100, { tool_name: "Agent" });
  const inner = at(2, 200, 5000, { agent_id: "a" });
  const agent = makeAgent("a", {
    tool_use_id: "toolu_1",
    first_event_at: T + 50,
    last_event_at: T + 6000,
    ended_at: T + 6000,
  });
  expect(spanOf(nest([launch, inner], [agent]))).toEqual({ since: T, until: T + 6000 });
  const running = { ...agent, ended_at: null, status: "working" as const };
  expect(spanOf(nest([launch, inner], [running]))?.until).toBeNull();
});

it("survives clocks that run backwards, and no calls", () => {
  expect(spanOf([])).toBeNull();
  const items = nest([at(1, 500, 100)], []);
  const [item] = items;
  const span = spanOf(items);
  if (item === undefined || span === null) throw new Error("no item");
  const { from, to } = barOf(item, span, 0);
  expect(from).toBeLessThanOrEqual(to);
  expect([from, to].every((share) => share >= 0 && share <= 1)).toBe(true);
});

it("has a few round ticks", () => {
  for (const ms of [3, 800, 12_000, 780_000, 9_000_000]) {
    const ticks = axisTicks(ms, 6);
    expect(ticks.length).toBeLessThanOrEqual(7);
    expect(ticks[0]).toEqual({ at: 0, text: "0" });
    expect(ticks.every(({ at: share }) => share <= 1)).toBe(true);
  }
  expect(axisTicks(12_000, 6).map(({ text }) => text)).toContain("+10 s");
});
