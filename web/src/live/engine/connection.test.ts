import { describe, expect, it } from "vitest";
import type { EventLine, Hello } from "../../api/client.ts";
import { idsOf, linesOf, makeLine, randomFrom } from "../../testing/fakes.ts";
import {
  BACKOFF_MS,
  CHECK_MS,
  HELLO_MS,
  ON_ITS_WAY_MS,
  POLL_MS,
  POLL_TIMEOUT_MS,
  REPLAY_MAX,
  SILENCE_MS,
  step,
  STOPPED,
  type Command,
  type Input,
  type Machine,
  type Phase,
} from "./connection.ts";

/** A machine with a clock, and all that it commanded. */
function run({ withEvents = true } = {}) {
  let machine: Machine = STOPPED;
  let now = 1_000_000;
  const commands: Command[] = [];
  const received: EventLine[] = [];
  const take = (input: Input) => {
    const next = step(machine, input, now);
    machine = next.machine;
    commands.push(...next.commands);
    for (const command of next.commands)
      if (command.kind === "deliver") received.push(...command.events);
  };
  const hello = (last_id: number, fields: Partial<Hello> = {}) =>
    take({
      kind: "hello",
      hello: { version: "1", last_id, after: last_id, build: null, log: null, ...fields },
    });
  const events = (from: number, to: number) => {
    const lines = linesOf(from, to);
    take({ kind: "events_received", events: lines, lastId: to });
  };
  /** Pass time; the timer rings when it is due. */
  const pass = (ms: number) => {
    const end = now + ms;
    while (machine.due !== null && machine.due <= end) {
      now = machine.due;
      take({ kind: "due" });
    }
    now = end;
  };
  const last = <K extends Command["kind"]>(kind: K) =>
    commands.findLast((one): one is Extract<Command, { kind: K }> => one.kind === kind);
  const count = (kind: Command["kind"]) => commands.filter((one) => one.kind === kind).length;
  take({ kind: "start", withEvents });
  return {
    take,
    hello,
    events,
    pass,
    last,
    count,
    commands,
    machine: () => machine,
    shown: () => machine.shown,
    now: () => now,
    received: () => idsOf(received),
    polled: (lines: readonly EventLine[] | "too_far", log: string | null = null, newest = 0) =>
      take({ kind: "polled", turn: machine.turn, polled: { events: lines, newest, log } }),
    pollFailed: () => take({ kind: "poll_failed", turn: machine.turn, reason: "down" }),
  };
}
type Run = ReturnType<typeof run>;

/** Lose the stream as often as it takes to fall back to polling. */
function loseForGood({ take, pass }: Run) {
  for (const wait of [...BACKOFF_MS, 0]) {
    take({ kind: "lost" });
    pass(wait);
  }
}

/** How each state is reached, with the events up to 10 received. */
const STATES: Record<Exclude<Phase, "stopped">, (one: Run) => void> = {
  opening: (one) => {
    one.take({ kind: "lost" });
    one.pass(BACKOFF_MS[0] ?? 0);
  },
  open: () => undefined,
  checking: (one) => one.pass(SILENCE_MS),
  doubtful: (one) => {
    one.pass(SILENCE_MS);
    one.take({ kind: "checked", turn: one.machine().turn, newest: 99 });
  },
  waiting: (one) => one.take({ kind: "lost" }),
  polling: loseForGood,
  resting: (one) => {
    loseForGood(one);
    one.pollFailed();
  },
};
const PHASES = Object.keys(STATES) as (keyof typeof STATES)[];

/** What may happen to a connection in any state. */
const MISHAPS: Record<string, (one: Run) => void> = {
  "nothing more": () => undefined,
  "the stream fails": (one) => one.take({ kind: "lost" }),
  "the stream fails again and again": (one) => {
    for (let i = 0; i < 5; i += 1) {
      one.take({ kind: "lost" });
      one.pass(POLL_MS);
    }
  },
  "the stream stays silent": (one) => one.pass(SILENCE_MS + CHECK_MS),
  // A second one on the same stream would be that of another log.
  "a hello": (one) => (one.machine().greeted ? undefined : one.hello(one.machine().cursor ?? 0)),
  "a poll fails": (one) => one.pollFailed(),
  "a poll succeeds": (one) => one.polled(linesOf(11, 12)),
  "a poll never returns": (one) => one.pass(POLL_TIMEOUT_MS),
  "a check fails": (one) => one.take({ kind: "check_failed", turn: one.machine().turn }),
  "the network is back": (one) => one.take({ kind: "nudge" }),
  "the user retries": (one) => one.take({ kind: "reconnect" }),
  "a response to an earlier request": (one) => {
    one.take({
      kind: "polled",
      turn: 0,
      polled: { events: linesOf(90, 99), newest: 99, log: "x" },
    });
    one.take({ kind: "checked", turn: 0, newest: 99 });
  },
};

/** The server is up again: each request is answered. Returns once the connection is live. */
function recover(one: Run, last: number) {
  for (
    let i = 0;
    i < 60 && (one.shown().kind !== "live" || one.machine().phase !== "open");
    i += 1
  ) {
    const { phase, cursor } = one.machine();
    if (phase === "opening") {
      one.hello(last);
      const from = cursor ?? last;
      if (one.machine().phase === "open" && from < last) one.events(from + 1, last);
    } else if (phase === "polling") one.polled(linesOf((cursor ?? last) + 1, last));
    else if (phase === "checking")
      one.take({ kind: "checked", turn: one.machine().turn, newest: last });
    else one.pass(1_000);
  }
}

describe("a reconnect", () => {
  for (const phase of PHASES)
    for (const mishap of Object.keys(MISHAPS))
      it(`from ${phase}, after ${mishap}, brings each event once`, () => {
        const one = run();
        one.hello(0);
        one.events(1, 10);
        STATES[phase](one);
        expect(one.machine().phase).toBe(phase);
        MISHAPS[mishap]?.(one);
        // Whatever happened, something is awaited: no state is a dead end.
        expect(one.machine().due).not.toBeNull();
        recover(one, 20);
        // A silent stream that is open again was not lost: its events come by it.
        if (one.machine().cursor !== 20) one.events((one.machine().cursor ?? 0) + 1, 20);
        expect(one.shown()).toEqual({ kind: "live" });
        expect(one.received()).toEqual(idsOf(linesOf(1, 20)));
        expect(one.count("restarted")).toBe(0);
      });

  it("by any path keeps every event, once and in order", () => {
    for (let seed = 1; seed <= 100; seed += 1) {
      const below = randomFrom(seed);
      const one = run();
      one.hello(0);
      const mishaps = Object.entries(MISHAPS)
        .filter(([name]) => name !== "a poll succeeds")
        .map(([, happen]) => happen);
      for (let i = 0; i < 12; i += 1) {
        mishaps[below(mishaps.length)]?.(one);
        if (one.machine().phase === "open" && one.machine().cursor !== null)
          one.events(
            Math.max(1, (one.machine().cursor ?? 0) - below(3)),
            (one.machine().cursor ?? 0) + below(5),
          );
      }
      const end = (one.machine().cursor ?? 0) + 5;
      recover(one, end);
      if (one.machine().cursor !== end) one.events(1, end);
      const ids = one.received();
      expect(ids).toEqual([...new Set(ids)].sort((a, b) => (a ?? 0) - (b ?? 0)));
      expect(ids).toEqual(idsOf(linesOf(1, end)));
    }
  });
});

describe("the connection", () => {
  it("starts at the live end", () => {
    const one = run();
    expect(one.last("open")).toEqual({ kind: "open", after: null, withEvents: true });
    one.hello(7);
    expect(one.last("started")).toEqual({ kind: "started", after: 7 });
    expect(one.shown()).toEqual({ kind: "live" });
  });

  it("continues after the last event, and reports how many were filled in", () => {
    const one = run();
    one.hello(7);
    one.events(8, 8);
    one.take({ kind: "lost" });
    expect(one.shown()).toEqual({ kind: "reconnecting", since: one.now() });
    one.pass(500);
    expect(one.last("open")?.after).toBe(8);
    one.hello(20);
    expect(one.shown()).toEqual({ kind: "catching_up", behind: 12 });
    one.events(9, 19);
    expect(one.shown()).toEqual({ kind: "catching_up", behind: 1 });
    one.events(20, 20);
    expect(one.shown()).toEqual({ kind: "live" });
    expect(one.commands.filter(({ kind }) => kind === "filled_in")).toEqual([
      { kind: "filled_in", count: 12 },
    ]);
  });

  it("waits longer before each attempt, and resets once one succeeds", () => {
    const one = run();
    one.hello(1);
    one.take({ kind: "lost" });
    one.pass(500);
    one.take({ kind: "lost" });
    one.pass(999);
    expect(one.count("open")).toBe(2);
    one.pass(1);
    expect(one.count("open")).toBe(3);
    one.hello(1);
    one.take({ kind: "lost" });
    one.pass(500);
    expect(one.count("open")).toBe(4);
  });

  it("opens the stream at once when the user retries, whatever it was waiting for", () => {
    for (const phase of ["opening", "waiting", "polling", "resting"] as const) {
      const one = run();
      one.hello(1);
      const lostSince = one.now();
      STATES[phase](one);
      one.pass(100);
      const opened = one.count("open");
      one.take({ kind: "reconnect" });
      expect(one.count("open")).toBe(opened + 1);
      expect(one.shown()).toEqual({ kind: "reconnecting", since: lostSince });
      // The outcome follows without another wait.
      one.take({ kind: "lost" });
      one.pollFailed();
      expect(one.shown()).toEqual({ kind: "offline", since: lostSince, reason: "down" });
      one.take({ kind: "reconnect" });
      one.hello(1);
      expect(one.shown()).toEqual({ kind: "live" });
    }
  });

  it("has nothing to retry while it is connected", () => {
    const one = run();
    one.hello(1);
    const opened = one.count("open");
    one.take({ kind: "reconnect" });
    expect(one.count("open")).toBe(opened);
    expect(one.shown()).toEqual({ kind: "live" });
  });

  it("was lost when a stream fell silent, not when that was noticed", () => {
    const one = run();
    one.hello(1);
    one.pass(5000);
    one.events(2, 2);
    const lastMessage = one.now();
    one.pass(SILENCE_MS + CHECK_MS);
    expect(one.shown()).toEqual({ kind: "reconnecting", since: lastMessage });
  });

  it("takes a stream that never says hello for a lost one", () => {
    const one = run();
    one.pass(HELLO_MS);
    expect(one.shown().kind).toBe("reconnecting");
    expect(one.last("close")).toBeDefined();
  });

  it("passes a malformed event, or each reconnect would request it again", () => {
    const one = run();
    one.hello(1);
    one.take({ kind: "events_received", events: [], lastId: 5 });
    one.take({ kind: "lost" });
    one.pass(500);
    expect(one.last("open")?.after).toBe(5);
  });

  it("forgets unsaved events at a reconnect: the stream sends those again that still are", () => {
    const one = run();
    one.hello(1);
    const before = one.count("forget_unsaved");
    one.take({ kind: "lost" });
    one.pass(500);
    one.hello(1);
    expect(one.count("forget_unsaved")).toBe(before + 1);
  });

  it("ends for good when it is stopped", () => {
    const one = run();
    one.hello(1);
    one.take({ kind: "stop" });
    one.hello(2);
    one.events(2, 3);
    one.pass(1_000_000);
    expect(one.machine()).toMatchObject({ phase: "stopped", due: null });
    expect(one.received()).toEqual([]);
  });
});

describe("without events", () => {
  it("only sessions are followed, and no position is kept", () => {
    const one = run({ withEvents: false });
    one.hello(7);
    expect(one.last("open")).toEqual({ kind: "open", after: null, withEvents: false });
    one.take({ kind: "lost" });
    one.pass(500);
    one.hello(9);
    expect(one.last("open")?.after).toBeNull();
    expect(one.count("started") + one.count("restarted") + one.count("filled_in")).toBe(0);
    expect(one.shown()).toEqual({ kind: "live" });
  });

  it("they start at the live end once a log is shown, and the connection stays live", () => {
    const one = run({ withEvents: false });
    one.hello(7);
    one.take({ kind: "events", on: true });
    expect(one.last("open")).toEqual({ kind: "open", after: null, withEvents: true });
    expect(one.shown()).toEqual({ kind: "live" });
    one.hello(9);
    one.events(10, 11);
    expect(one.last("started")).toEqual({ kind: "started", after: 9 });
    expect(one.received()).toEqual([10, 11]);
    one.take({ kind: "events", on: false });
    expect(one.machine().cursor).toBeNull();
  });

  for (const phase of PHASES)
    it(`they can be turned on and off while ${phase}`, () => {
      const one = run();
      one.hello(0);
      one.events(1, 10);
      STATES[phase](one);
      one.take({ kind: "events", on: false });
      one.take({ kind: "events", on: true });
      expect(one.machine().due).not.toBeNull();
      recover(one, 20);
      one.events(21, 22);
      expect(one.received().slice(-2)).toEqual([21, 22]);
    });
});

describe("another log", () => {
  it("starts over when it ends before the cursor", () => {
    const one = run();
    one.hello(100);
    one.take({ kind: "lost" });
    one.pass(500);
    one.hello(3);
    expect(one.last("restarted")?.why).toBe("replaced");
    expect(one.last("open")?.after).toBeNull();
    one.hello(3);
    one.events(4, 4);
    expect(one.received()).toEqual([4]);
  });

  it("starts over at another UUID, even if it ends after the cursor", () => {
    const one = run();
    one.hello(100, { log: "a" });
    one.take({ kind: "lost" });
    one.pass(500);
    one.hello(130, { log: "b" });
    expect(one.last("restarted")?.why).toBe("replaced");
    one.hello(130, { log: "b" });
    expect(one.last("started")?.after).toBe(130);
    expect(one.count("restarted")).toBe(1);
  });

  it("starts over at a second hello of one stream", () => {
    const one = run();
    one.hello(7);
    one.hello(0);
    expect(one.last("restarted")?.why).toBe("replaced");
    expect(one.count("open")).toBe(2);
  });

  it("starts over when another one answers a poll", () => {
    const one = run();
    one.hello(10, { log: "a" });
    loseForGood(one);
    one.polled([], "b");
    expect(one.last("restarted")?.why).toBe("replaced");
  });

  it("is the same one while its UUID is, or is unknown", () => {
    const one = run();
    one.hello(0);
    for (const log of ["a", null, "a"]) {
      one.take({ kind: "lost" });
      one.pass(500);
      one.hello(0, { log });
    }
    expect(one.count("restarted")).toBe(0);
  });

  it("is no matter for sessions alone", () => {
    const one = run({ withEvents: false });
    one.hello(7, { log: "a" });
    one.hello(9, { log: "b" });
    expect(one.count("restarted")).toBe(0);
    expect(one.count("greeted")).toBe(2);
  });
});

describe("too many missed events", () => {
  it("are not replayed", () => {
    const one = run();
    one.hello(100);
    one.take({ kind: "lost" });
    one.pass(500);
    one.hello(101 + REPLAY_MAX);
    expect(one.last("restarted")?.why).toBe("too_far");
    expect(one.last("open")?.after).toBeNull();
  });

  it("are not polled for either", () => {
    const one = run();
    one.hello(100);
    loseForGood(one);
    one.polled("too_far");
    expect(one.last("restarted")?.why).toBe("too_far");
  });
});

describe("polling", () => {
  it("takes over after repeated failures, from the same place, and retries the stream", () => {
    const one = run();
    one.hello(10);
    loseForGood(one);
    expect(one.last("poll")).toMatchObject({ after: 10, withEvents: true });
    one.polled(linesOf(11, 13));
    expect(one.shown()).toEqual({ kind: "polling" });
    expect(one.received()).toEqual([11, 12, 13]);
    // In case only the stream's connection was down.
    expect(one.machine().phase).toBe("opening");
    one.take({ kind: "lost" });
    expect(one.shown()).toEqual({ kind: "polling" });
    const opened = one.count("open");
    for (let i = 0; i < 5; i += 1) {
      one.pass(POLL_MS);
      one.polled([]);
    }
    expect(one.count("open")).toBe(opened + 1);
    one.hello(13);
    expect(one.shown()).toEqual({ kind: "live" });
  });

  it("starts at the newest event when the stream never opened", () => {
    const one = run();
    loseForGood(one);
    expect(one.last("poll")?.after).toBeNull();
    one.polled([], null, 40);
    expect(one.last("started")?.after).toBe(40);
  });

  it("that fails is offline since the connection was lost", () => {
    const one = run();
    one.hello(10);
    const lostAt = one.now();
    loseForGood(one);
    one.pollFailed();
    expect(one.shown()).toEqual({ kind: "offline", since: lostAt, reason: "down" });
    one.pass(POLL_MS);
    one.polled(linesOf(11, 12));
    expect(one.shown()).toEqual({ kind: "polling" });
  });
});

describe("a silent stream", () => {
  it("is checked against the log, and is alive while the log did not grow", () => {
    const one = run();
    one.hello(10);
    one.pass(SILENCE_MS);
    expect(one.count("check")).toBe(1);
    one.take({ kind: "checked", turn: one.machine().turn, newest: 10 });
    expect(one.machine().phase).toBe("open");
    expect(one.shown()).toEqual({ kind: "live" });
    one.pass(SILENCE_MS - 1);
    expect(one.count("check")).toBe(1);
    one.pass(1);
    expect(one.count("check")).toBe(2);
  });

  it("is dead when the log grew and nothing arrives", () => {
    const one = run();
    one.hello(10);
    one.pass(SILENCE_MS);
    one.take({ kind: "checked", turn: one.machine().turn, newest: 11 });
    one.pass(ON_ITS_WAY_MS);
    expect(one.shown().kind).toBe("reconnecting");
  });

  it("is alive when the event was on its way", () => {
    const one = run();
    one.hello(10);
    one.pass(SILENCE_MS);
    one.take({ kind: "checked", turn: one.machine().turn, newest: 11 });
    one.events(11, 11);
    one.pass(ON_ITS_WAY_MS);
    expect(one.shown()).toEqual({ kind: "live" });
  });

  it("is not checked while anything arrives", () => {
    const one = run();
    one.hello(10);
    for (let i = 0; i < 5; i += 1) {
      one.pass(SILENCE_MS / 2);
      one.take({ kind: "session_received", lastEventId: 10 });
    }
    expect(one.count("check")).toBe(0);
  });

  it("is checked at once when the user is back", () => {
    const one = run();
    one.hello(10);
    one.take({ kind: "nudge" });
    expect(one.count("check")).toBe(0);
    one.pass(ON_ITS_WAY_MS + 1);
    one.take({ kind: "nudge" });
    expect(one.count("check")).toBe(1);
  });
});

it("gives each event once though the stream repeats some", () => {
  const one = run();
  one.hello(7);
  one.events(8, 10);
  one.take({ kind: "events_received", events: [makeLine(9), makeLine(11)], lastId: 11 });
  expect(one.received()).toEqual([8, 9, 10, 11]);
});
