import { describe, expect, it } from "vitest";
import { makeHealth } from "../../testing/health.ts";
import { reportText } from "./report.ts";
import { hookRows } from "./hooks.ts";
import { verdictOf, type Seen } from "./verdict.ts";

type Given = Parameters<typeof makeHealth>[0];

function seen(given: Given = {}, more: Partial<Seen> = {}): Seen {
  return { health: makeHealth(given), problem: null, connection: "live", elapsedMs: 0, ...more };
}

const kind = (given: Given, more: Partial<Seen> = {}) => verdictOf(seen(given, more)).kind;

describe("the verdict", () => {
  it("says when the last event came, by queryd's clock and not by the browser's", () => {
    const at = 1_000_000;
    const verdict = verdictOf(seen({ at, log: { last_event_at: at - 2000 } }, { elapsedMs: 1000 }));
    expect(verdict).toMatchObject({
      kind: "working",
      tone: "ok",
      words: "Receiving events · last one 3 s ago",
    });
  });

  it("says that queryd is away, and how old the figures are", () => {
    expect(verdictOf({ ...seen(), health: null, problem: "no answer" })).toMatchObject({
      kind: "queryd_away",
      tone: "failed",
      command: "hookwatch up",
    });
    const stale = verdictOf(seen({}, { problem: "no answer", elapsedMs: 12_000 }));
    expect(stale.advice).toContain("12 s ago");
  });

  it("says that ingestd is away, for then nothing is recorded", () => {
    const verdict = verdictOf(
      seen({ ingestd: { alive: false, can_write: null, error: "Connection refused" } }),
    );
    expect(verdict).toMatchObject({
      kind: "ingestd_away",
      tone: "failed",
      command: "hookwatch ingestd",
    });
    expect(verdict.advice).toContain("Connection refused");
  });

  it("says how many events wait while ingestd cannot write", () => {
    const verdict = verdictOf(
      seen({ ingestd: { can_write: false, unsaved: 7, error: "disk full" } }),
    );
    expect(verdict.kind).toBe("cannot_write");
    expect(verdict.advice).toContain(
      "disk full. Events are held in memory, and lost if it stops. 7 events now.",
    );
  });

  it("lists further problems", () => {
    expect(kind({ log: { error: "not a database" } })).toBe("log_unreadable");
    expect(kind({ views: { state: "failing", error: "full" } })).toBe("views_failing");
  });

  it("says that a damaged log is being recovered, and where the old file is", () => {
    const recovery = {
      number: 1,
      found_at: 1,
      reason: "malformed",
      set_aside: "events-damaged-20261128T213000Z.db",
      last_id: 9,
      floor: 1009,
      carried_to: 5,
      rows_carried: 4,
      rows_lost: null,
      done_at: null,
    };
    const verdict = verdictOf(seen({ log: { recoveries: [recovery] } }));
    expect(verdict).toMatchObject({ kind: "recovering", tone: "needs" });
    expect(verdict.advice).toContain("4 events recovered so far");
    expect(verdict.advice).toContain(recovery.set_aside);
    expect(kind({ log: { recoveries: [{ ...recovery, done_at: 2 }] } })).toBe("working");
  });

  it("teaches how to connect while nothing ever arrived", () => {
    const none = { log: { last_event_at: null, events: 0 } };
    expect(verdictOf(seen(none))).toMatchObject({ kind: "nothing_yet", tone: "quiet" });
    expect(verdictOf(seen(none)).advice).toContain("Claude Code isn’t connected yet");
    const hooked = {
      ...none,
      installed: { hooks: [{ event_type: "Stop", kind: "http" as const, some: false }] },
    };
    expect(verdictOf(seen(hooked)).advice).toContain("Hooks are installed");
  });

  it("reports disabled hooks once events stop", () => {
    const installed = { warnings: ["all_disabled" as const] };
    expect(kind({ installed })).toBe("working");
    expect(kind({ installed, at: 10_000_000, log: { last_event_at: 1 } })).toBe("hooks_disabled");
    expect(kind({ installed, log: { last_event_at: null } })).toBe("hooks_disabled");
  });

  it("shows the progress of a rebuild of the views", () => {
    const folding = seen({
      last_id: 100_000,
      views: { state: "folding", folded_id: 25_000, events_per_second: 5000 },
      lag: { views_behind: 75_000 },
    });
    expect(verdictOf(folding)).toMatchObject({
      kind: "folding",
      words: "Indexing: 25%",
    });
    expect(verdictOf(folding).advice).toContain("About 1 min to go");
    expect(kind({ lag: { views_behind: 10 } })).toBe("working");
  });

  it("shows how far the search index is once sessions are up to date", () => {
    const behind = seen({
      last_id: 100_000,
      search: { state: "indexing", indexed_id: 40_000 },
      lag: { search_behind: 60_000 },
    });
    expect(verdictOf(behind)).toMatchObject({
      kind: "search_behind",
      words: "Indexing for search: 40%",
    });
    expect(kind({ lag: { search_behind: 2000 } })).toBe("working");
    expect(kind({ lag: { search_behind: 60_000, views_behind: 75_000 } })).toBe("folding");
  });

  it("reports a search index that can’t be written", () => {
    const failing = seen({ search: { state: "failing", error: "disk full" } });
    expect(verdictOf(failing)).toMatchObject({ kind: "search_failing", tone: "needs" });
    expect(verdictOf(failing).advice).toContain("disk full");
  });

  it("lists risks after problems", () => {
    expect(kind({}, { connection: "polling" })).toBe("stream_lost");
    expect(kind({}, { connection: "catching_up" })).toBe("working");
    expect(kind({ log: { disk_free_bytes: 1000 } })).toBe("disk_full");
    expect(kind({ log: { disk_free_bytes: null } })).toBe("working");
    expect(kind({ installed: { warnings: ["worktree_create"] } })).toBe("worktree_hook");
    expect(
      kind({ ingestd: { alive: false }, log: { disk_free_bytes: 1 } }, { connection: "offline" }),
    ).toBe("ingestd_away");
  });
});

describe("the report", () => {
  it("holds the figures and no secret", () => {
    const health = makeHealth({
      sources: [{ source_app: "secret-project", last_event_at: 1 }],
      settings: [
        { name: "HOOKWATCH_TOKEN", value: "set", is_default: false },
        { name: "HOOKWATCH_DATA", value: "/home/anna/secret", is_default: false },
        { name: "HOOKWATCH_BUSY_MS", value: "250", is_default: false },
        { name: "HOOKWATCH_QUERY_PORT", value: "4001", is_default: true },
      ],
      gaps: {
        long_running: 1,
        interrupted: 0,
        running_examples: [
          {
            session_id: "s",
            source_app: "secret-project",
            tool_name: "Bash",
            target: "deploy --key hunter2",
            started_at: 1,
            event_id: 1,
          },
        ],
        interrupted_examples: [],
      },
    });
    const text = reportText(health, verdictOf(seen()), {
      connection: "live",
      malformed: 2,
      browser: "Chromium",
    });
    expect(text).toContain("verdict: working: Receiving events");
    expect(text).toContain("gaps: 1 long running, 0 without a result and 0 interrupted in a day");
    expect(text).toContain("HOOKWATCH_BUSY_MS: 250");
    expect(text).toContain("HOOKWATCH_DATA: (set)");
    expect(text).not.toMatch(/hunter2|secret|anna|QUERY_PORT/);
  });
});

describe("the rows of hooks", () => {
  it("join what is installed, what was received and what never was", () => {
    const health = makeHealth({
      installed: {
        hooks: [
          { event_type: "Stop", kind: "http", some: false },
          { event_type: "Stop", kind: "command", some: true },
        ],
      },
      received: {
        types: [{ event_type: "Odd", last_event_at: 5, count: 9, count_24h: 2 }],
        never: ["Stop", "Setup"],
      },
    });
    expect(hookRows(health)).toEqual([
      {
        eventType: "Setup",
        installed: null,
        count: 0,
        count24h: null,
        lastEventAt: null,
        note: "Supports command hooks only",
      },
      {
        eventType: "Stop",
        installed: "http + command, some",
        count: 0,
        count24h: null,
        lastEventAt: null,
        note: null,
      },
      { eventType: "Odd", installed: null, count: 9, count24h: 2, lastEventAt: 5, note: null },
    ]);
  });
});
