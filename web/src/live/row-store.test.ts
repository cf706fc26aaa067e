import { describe, expect, it } from "vitest";
import type { EventLine } from "../api/client.ts";
import { makeLine, randomFrom } from "../testing/fakes.ts";
import { createRowStore, type RowStore } from "./row-store.ts";
import { isNamed, keyOf, type LogRow } from "./rows.ts";

const pre = (id: number | null, tool_use_id: string, fields: Partial<EventLine> = {}) =>
  makeLine(id, { hook_event_type: "PreToolUse", tool_use_id, ...fields });
const post = (id: number | null, tool_use_id: string, fields: Partial<EventLine> = {}) =>
  makeLine(id, { hook_event_type: "PostToolUse", tool_use_id, ...fields });
const other = (id: number, hook_event_type: string, fields: Partial<EventLine> = {}) =>
  makeLine(id, { hook_event_type, ...fields });

const rowsOf = (store: RowStore): LogRow[] => {
  const rows = store.snapshot({ withUnsaved: true });
  return Array.from({ length: rows.count }, (_, i) => rows.rowAt(i)).filter(
    (row) => row !== undefined,
  );
};
/** The unsaved events are last. */
const join = (events: readonly EventLine[]) => {
  const store = createRowStore();
  store.add(events.filter(({ id }) => id !== null));
  store.setUnsaved(events.filter(({ id }) => id === null));
  return rowsOf(store);
};
const said = (rows: readonly LogRow[]) =>
  rows.map(
    ({ key, answer, call }) =>
      `${key}${answer === null ? "" : `+${keyOf(answer)}`}${call === "over" ? " over" : ""}`,
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
    const store = createRowStore({ split: true });
    store.add(rows);
    expect(said(rowsOf(store))).toEqual(["1", "2", "3"]);
    store.setSplit(false);
    expect(said(rowsOf(store))).toEqual(["1+2", "3"]);
    store.setSplit(true);
    expect(said(rowsOf(store))).toEqual(["1", "2", "3"]);
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
          makeLine(1, { hook_event_type: "PreToolUse" }),
          makeLine(2, { hook_event_type: "PostToolUse" }),
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
    const batch = (...call_ids: string[]) => other(2, "PostToolBatch", { call_ids });
    expect(said(join([pre(1, "a"), batch("b", "a")]))).toEqual(["1 over", "2"]);
    expect(said(join([pre(1, "a"), batch("b")]))).toEqual(["1", "2"]);
    expect(said(join([pre(1, "a"), batch()]))).toEqual(["1", "2"]);
  });

  it("survives a compaction, which restarts the session in the middle of a turn", () => {
    expect(said(join([pre(1, "a"), other(2, "SessionStart", { source: "compact" })]))).toEqual([
      "1",
      "2",
    ]);
  });

  it("is over no more once its answer has come all the same", () => {
    const store = createRowStore();
    store.add([pre(1, "a"), other(2, "Stop")]);
    expect(said(rowsOf(store))).toEqual(["1 over", "2"]);
    store.add([post(3, "a")]);
    expect(said(rowsOf(store))).toEqual(["1+3", "2"]);
  });
});

/** Any log: overlapping calls, results before their calls, duplicates, missing events. */
function anyLog(below: (n: number) => number, length: number): EventLine[] {
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
  return Array.from({ length }, (_, i) =>
    makeLine(i + 1, {
      hook_event_type: types[below(types.length)] ?? "",
      tool_use_id: below(5) === 0 ? null : `t${below(Math.max(2, length / 3))}`,
      session_id: `s${below(2)}`,
      agent_id: below(4) === 0 ? "x" : null,
    }),
  );
}

/** Compute the rows by brute force: each question scans all events. */
function expected(events: readonly EventLine[]): string[] {
  const call = ({ tool_use_id, session_id, agent_id }: EventLine) =>
    tool_use_id === null ? null : JSON.stringify([tool_use_id, session_id, agent_id]);
  const starts = (event: EventLine) => event.hook_event_type === "PreToolUse";
  const answers = (event: EventLine) =>
    ["PostToolUse", "PostToolUseFailure", "PermissionDenied"].includes(event.hook_event_type);
  const firstOf = (event: EventLine, is: (one: EventLine) => boolean) =>
    call(event) === null ? undefined : events.find((one) => is(one) && call(one) === call(event));
  const endsTurn = (one: EventLine, other: EventLine) =>
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
  it("they are those of all events at once, and what is as it was is the same object", () => {
    for (let seed = 1; seed <= 40; seed += 1) {
      const below = randomFrom(seed);
      const log = anyLog(below, 80);
      const store = createRowStore({ chunkRows: 1 + below(12) });
      let [from, to] = [40, 40];
      let last = new Map<EventLine, LogRow>();
      for (let step = 0; step < 30; step += 1) {
        // Newer events arrive, older ones are paged in.
        const [newer, older] = [below(8), below(2) * below(10)];
        store.add(log.slice(to, to + newer));
        to = Math.min(log.length, to + newer);
        store.prepend(log.slice(Math.max(0, from - older), from));
        from = Math.max(0, from - older);
        const rows = rowsOf(store);
        expect(said(rows)).toEqual(expected(log.slice(from, to)));
        expect(store.events()).toBe(to - from);
        for (const row of rows) {
          const was = last.get(row.event);
          if (was?.answer === row.answer && was.call === row.call) expect(row).toBe(was);
        }
        last = new Map(rows.map((row) => [row.event, row]));
      }
    }
  });

  it("what was removed at either end and loaded again is as if it had stayed", () => {
    for (let seed = 1; seed <= 60; seed += 1) {
      const below = randomFrom(seed);
      const log = anyLog(below, 60);
      const store = createRowStore({ chunkRows: 1 + below(4) });
      store.add(log.slice(0, 40));
      let to = 40;
      for (let step = 0; step < 8; step += 1) {
        const limit = (store.bytes() * (3 + below(7))) / 10;
        if (below(2) === 0) {
          store.trimFront(limit);
          store.add(log.slice(to, to + 3));
          to = Math.min(log.length, to + 3);
        } else if (store.trimBack(limit)) {
          to = log.findIndex(({ id }) => id === store.lastPosition()?.id) + 1;
        }
        const rows = rowsOf(store);
        const events = rows.flatMap(({ event, answer }) => (answer ? [event, answer] : [event]));
        expect(new Set(events).size).toBe(events.length);
        expect(store.events()).toBe(events.length);
        expect(store.bytes()).toBe(rows.reduce((sum, row) => sum + row.bytes, 0));
      }
      const first = log.findIndex(({ id }) => id === store.firstPosition()?.id);
      store.prepend(log.slice(0, first));
      store.add(log.slice(to));
      expect(said(rowsOf(store))).toEqual(expected(log));
      expect(store.events()).toBe(log.length);
    }
  });

  it("a row is found by either of its events", () => {
    const below = randomFrom(3);
    const log = anyLog(below, 200);
    const store = createRowStore({ chunkRows: 7 });
    store.add(log.slice(100, 150));
    store.add(log.slice(150));
    store.prepend(log.slice(0, 100));
    const rows = store.snapshot({ withUnsaved: false });
    for (let i = 0; i < rows.count; i += 1) {
      const row = rows.rowAt(i);
      if (row === undefined) throw new Error("no row");
      expect(rows.indexOf(row.key)).toBe(i);
      if (row.answer !== null) expect(rows.indexOf(keyOf(row.answer))).toBe(i);
    }
    expect(rows.indexOf(999)).toBe(-1);
    expect(rows.indexOf(null)).toBe(-1);
  });

  it("a snapshot stays as it was", () => {
    const store = createRowStore();
    store.add([pre(1, "a"), other(2, "Notification")]);
    const before = store.snapshot({ withUnsaved: false });
    store.add([post(3, "a")]);
    expect(before.rowAt(0)?.answer).toBeNull();
    expect(store.snapshot({ withUnsaved: false }).rowAt(0)?.answer?.id).toBe(3);
  });

  it("cost the same for each event, however many rows there are", () => {
    const plain = Array.from({ length: 20_000 }, (_, i) => other(i + 1, "Notification"));
    const reads = (rows: number) => {
      const store = createRowStore();
      store.add(plain.slice(0, rows));
      let count = 0;
      const counted = new Proxy(other(rows + 1, "Notification"), {
        get: (event, key) => ((count += 1), Reflect.get(event, key) as unknown),
      });
      store.add([counted]);
      return count;
    };
    expect(reads(20_000)).toBeLessThanOrEqual(2.5 * reads(1_000));
  });

  it("late events are where they happened, in whichever order all arrive", () => {
    for (let seed = 1; seed <= 40; seed += 1) {
      const below = randomFrom(seed);
      // Ids are in the order of arrival; many events happened at the same time.
      const log = anyLog(below, 80).map((event) => ({ ...event, timestamp: below(30) }));
      const inTime = log.toSorted((a, b) => a.timestamp - b.timestamp || (a.id ?? 0) - (b.id ?? 0));
      const store = createRowStore({ order: "happened", chunkRows: 1 + below(6) });
      for (let at = 0; at < log.length;) {
        const next = at + 1 + below(9);
        store.add(log.slice(at, next));
        at = next;
        const arrived = new Set(log.slice(0, at));
        const rows = rowsOf(store);
        expect(said(rows)).toEqual(expected(inTime.filter((event) => arrived.has(event))));
        expect(store.events()).toBe(arrived.size);
        expect(store.bytes()).toBe(rows.reduce((sum, row) => sum + row.bytes, 0));
        const snapshot = store.snapshot({ withUnsaved: false });
        for (const [index, row] of rows.entries()) expect(snapshot.indexOf(row.key)).toBe(index);
      }
    }
  });

  it("a late event changes the numbers of the rows above what is read, or below, never its own", () => {
    const at = (id: number, timestamp: number) => other(id, "Notification", { timestamp });
    const store = createRowStore({ order: "happened", chunkRows: 3 });
    store.add([10, 20, 30, 40, 50].map((time, i) => at(i + 1, time)));
    const seqOf = (id: number) => {
      const rows = store.snapshot({ withUnsaved: false });
      return rows.firstSeq + rows.indexOf(id);
    };
    store.setReading(3);
    const before = seqOf(3);
    store.add([at(6, 15), at(7, 45), at(8, 5)]);
    expect(seqOf(3)).toBe(before);
    store.setReading(null);
    const last = seqOf(5);
    store.add([at(9, 47)]);
    expect(seqOf(5)).toBe(last);
  });

  it("a late event costs the same, however many rows there are", () => {
    const reads = (count: number) => {
      let read = 0;
      const log = Array.from({ length: count }, (_, i) =>
        other(i + 1, "Notification", { timestamp: i * 10 }),
      );
      const store = createRowStore({ order: "happened" });
      store.add(
        log.map(
          (event) =>
            new Proxy(event, {
              get: (of, key) => ((read += 1), Reflect.get(of, key) as unknown),
            }),
        ),
      );
      read = 0;
      store.add([other(count + 1, "Notification", { timestamp: count * 5 + 5 })]);
      return read;
    };
    expect(reads(20_000)).toBeLessThanOrEqual(2.5 * reads(1_000));
  });
});
