import { describe, expect, it } from "vitest";
import type { Event } from "../api/client.ts";
import { makeEvent, randomFrom } from "../testing/fakes.ts";
import { createCallPairing, isNamed, keyOf, type LogRow } from "./calls.ts";

const pre = (id: number | null, tool_use_id: string, fields: Partial<Event> = {}) =>
  makeEvent(id, { hook_event_type: "PreToolUse", tool_use_id, ...fields });
const post = (id: number | null, tool_use_id: string, fields: Partial<Event> = {}) =>
  makeEvent(id, { hook_event_type: "PostToolUse", tool_use_id, ...fields });
const other = (id: number, hook_event_type: string, fields: Partial<Event> = {}) =>
  makeEvent(id, { hook_event_type, ...fields });

const join = (rows: readonly Event[]) => createCallPairing().join(rows);
const said = (rows: readonly LogRow[]) =>
  rows.map(
    ({ key, answer, over }) =>
      `${key}${answer === null ? "" : `+${keyOf(answer)}`}${over ? " over" : ""}`,
  );

describe("a call's two halves", () => {
  it("are one row, where the call started", () => {
    expect(said(join([pre(1, "a"), other(2, "Notification"), post(3, "a")]))).toEqual(["1+3", "2"]);
  });

  it("are one row also when the answer came first", () => {
    expect(said(join([post(1, "a"), other(2, "Notification"), pre(3, "a")]))).toEqual(["2", "3+1"]);
  });

  it.each(["PostToolUse", "PostToolUseFailure", "PermissionDenied"])(
    "end with %s",
    (hook_event_type) => {
      expect(said(join([pre(1, "a"), post(2, "a", { hook_event_type })]))).toEqual(["1+2"]);
    },
  );

  it("are two rows when split, and an unpaired event is a row", () => {
    const rows = [pre(1, "a"), post(2, "a"), post(3, "b")];
    const pairing = createCallPairing();
    expect(said(pairing.join(rows, { split: true }))).toEqual(["1", "2", "3"]);
    expect(said(pairing.join(rows))).toEqual(["1+2", "3"]);
    expect(said(pairing.join(rows, { split: true }))).toEqual(["1", "2", "3"]);
  });

  it("are of one session and one agent", () => {
    const rows = [
      pre(1, "a"),
      pre(2, "a", { session_id: "t" }),
      pre(3, "a", { agent_id: "x" }),
      post(4, "a", { agent_id: "x" }),
      post(5, "a", { session_id: "t" }),
      post(6, "a"),
    ];
    expect(said(join(rows))).toEqual(["1+6", "2+5", "3+4"]);
    expect(said(join([pre(1, "a", { session_id: "t" }), post(2, "a")]))).toEqual(["1", "2"]);
  });

  it("with duplicates leave the extra events as rows of their own", () => {
    expect(said(join([pre(1, "a"), pre(2, "a"), post(3, "a"), post(4, "a")]))).toEqual([
      "1+3",
      "2",
      "4",
    ]);
  });

  it("not saved yet join like any other", () => {
    const late = post(null, "a", { unsaved_id: 7 });
    expect(said(join([pre(1, "a"), late]))).toEqual(["1+u7"]);
    expect(
      said(join([pre(null, "b", { unsaved_id: 6 }), post(null, "b", { unsaved_id: 7 })])),
    ).toEqual(["u6+u7"]);
  });

  it("are named by either half", () => {
    const [row] = join([pre(1, "a"), post(3, "a")]);
    if (row === undefined) throw new Error("no row");
    expect([isNamed(row, 1), isNamed(row, 3), isNamed(row, 2), isNamed(row, null)]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it("need an id of the call: an event without one is a row", () => {
    expect(
      said(
        join([
          makeEvent(1, { hook_event_type: "PreToolUse" }),
          makeEvent(2, { hook_event_type: "PostToolUse" }),
          other(3, "PermissionRequest"),
        ]),
      ),
    ).toEqual(["1", "2", "3"]);
  });
});

describe("a call without an answer", () => {
  it.each(["Stop", "StopFailure", "UserPromptSubmit", "SessionEnd", "SessionStart"])(
    "is over with %s",
    (type) => {
      expect(said(join([pre(1, "a"), other(2, type)]))).toEqual(["1 over", "2"]);
      expect(said(join([pre(1, "a"), other(2, type, { session_id: "t" })]))).toEqual(["1", "2"]);
      expect(said(join([other(1, type), pre(2, "a")]))).toEqual(["1", "2"]);
    },
  );

  it("of an agent continues past the end of the main turn, and ends with the agent's or the session's", () => {
    const call = pre(1, "a", { agent_id: "x" });
    expect(said(join([call, other(2, "Stop")]))).toEqual(["1", "2"]);
    expect(said(join([call, other(2, "SubagentStop", { agent_id: "x" })]))).toEqual([
      "1 over",
      "2",
    ]);
    expect(said(join([call, other(2, "SessionEnd")]))).toEqual(["1 over", "2"]);
  });

  it("ends when the batch reports its outcome, because nothing else reports a refused call", () => {
    const batch = (payload: Record<string, unknown>) => other(2, "PostToolBatch", { payload });
    expect(said(join([pre(1, "a"), batch({ tool_calls: [{ tool_use_id: "a" }] })]))).toEqual([
      "1 over",
      "2",
    ]);
    for (const tool_calls of [[], [null], [{ tool_use_id: "b" }], null, "a"])
      expect(said(join([pre(1, "a"), batch({ tool_calls })]))).toEqual(["1", "2"]);
  });

  it("survives a compaction, which restarts the session in the middle of a turn", () => {
    expect(
      said(join([pre(1, "a"), other(2, "SessionStart", { payload: { source: "compact" } })])),
    ).toEqual(["1", "2"]);
  });

  it("is over no more once its answer has come all the same", () => {
    const pairing = createCallPairing();
    const rows = [pre(1, "a"), other(2, "Stop")];
    expect(said(pairing.join(rows))).toEqual(["1 over", "2"]);
    expect(said(pairing.join([...rows, post(3, "a")]))).toEqual(["1+3", "2"]);
  });
});

/**
 * Any log: overlapping calls, results before their calls, duplicates, missing events, unsaved
 * results.
 */
function anyLog(below: (n: number) => number, length: number): Event[] {
  const types = [
    "PreToolUse",
    "PreToolUse",
    "PostToolUse",
    "PostToolUseFailure",
    "PostToolBatch",
    "Stop",
    "Notification",
    "UserPromptSubmit",
    "SubagentStop",
  ];
  const saved = length - below(4);
  return Array.from({ length }, (_, i) =>
    makeEvent(i < saved ? i + 1 : null, {
      ...(i >= saved && { unsaved_id: i }),
      hook_event_type: types[below(types.length)] ?? "",
      tool_use_id: below(5) === 0 ? null : `t${below(Math.max(2, length / 3))}`,
      session_id: `s${below(2)}`,
      agent_id: below(4) === 0 ? "x" : null,
    }),
  );
}

/** Compute the rows by brute force: each question scans all events. */
function expected(events: readonly Event[]): string[] {
  const call = ({ tool_use_id, session_id, agent_id }: Event) =>
    tool_use_id === null ? null : JSON.stringify([tool_use_id, session_id, agent_id]);
  const starts = (event: Event) => event.hook_event_type === "PreToolUse";
  const answers = (event: Event) =>
    ["PostToolUse", "PostToolUseFailure", "PermissionDenied"].includes(event.hook_event_type);
  const firstOf = (event: Event, is: (one: Event) => boolean) =>
    call(event) === null ? undefined : events.find((one) => is(one) && call(one) === call(event));
  const endsTurn = (one: Event, other: Event) =>
    ["Stop", "SubagentStop", "UserPromptSubmit"].includes(one.hook_event_type) &&
    one.agent_id === other.agent_id;
  return events.flatMap((event, i) => {
    if (answers(event) && firstOf(event, answers) === event && firstOf(event, starts) !== undefined)
      return [];
    const answer =
      starts(event) && firstOf(event, starts) === event ? firstOf(event, answers) : undefined;
    const over =
      starts(event) &&
      answer === undefined &&
      events
        .slice(i + 1)
        .some((one) => one.session_id === event.session_id && endsTurn(one, event));
    return [
      `${keyOf(event)}${answer === undefined ? "" : `+${keyOf(answer)}`}${over ? " over" : ""}`,
    ];
  });
}

describe("however the rows came", () => {
  it("a call whose first event is trimmed leaves its result as a row", () => {
    const log = Array.from({ length: 90 }, (_, i) =>
      i % 2 === 0 ? pre(i + 1, `t${i >> 1}`) : post(i + 1, `t${i >> 1}`),
    );
    const pairing = createCallPairing();
    for (let from = 0; from < 60; from += 1) {
      const rows = log.slice(from, from + 30);
      expect(said(pairing.join(rows))).toEqual(expected(rows));
    }
  });

  it("the page's rows are those of all rows at once, every event is in one of them, and what is as it was is the same object", () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const below = randomFrom(seed);
      const log = anyLog(below, 60);
      const pairing = createCallPairing();
      let [from, to] = [30, 32];
      let last: readonly LogRow[] = [];
      for (let step = 0; step < 30; step += 1) {
        // Newer events arrive, older ones are paged in, old ones are trimmed.
        if (below(2) === 0) to = Math.min(log.length, to + below(8));
        if (below(3) === 0) from = Math.max(0, from - below(10));
        if (below(5) === 0) from = Math.min(to, from + below(10));
        const rows = log.slice(from, to);
        const found = pairing.join(rows);
        expect(said(found)).toEqual(expected(rows));
        const events = found.flatMap(({ event, answer }) =>
          answer === null ? [event] : [event, answer],
        );
        expect(new Set(events).size).toBe(rows.length);
        expect(events).toHaveLength(rows.length);
        expect(found.map(({ event }) => rows.indexOf(event))).toEqual(
          found.map(({ event }) => rows.indexOf(event)).toSorted((a, b) => a - b),
        );
        const kept = new Map(last.map((row) => [row.event, row]));
        for (const row of found) {
          const was = kept.get(row.event);
          if (was?.answer === row.answer && was.over === row.over) expect(row).toBe(was);
        }
        last = found;
      }
    }
  });
});
