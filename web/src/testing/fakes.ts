import type { Event, EventLine, EventLinePage, EventQuery, SessionRow } from "../api/client.ts";
import { matches } from "../live/matches.ts";
import { comparePositions, isBefore, positionIn } from "../live/position.ts";
import type { Source } from "../live/engine/follow.ts";

export function makeEvent(id: number | null, fields: Partial<Event> = {}): Event {
  return {
    id,
    timestamp: 1_700_000_000_000 + (id ?? 0),
    received_at: 1_700_000_000_000 + (id ?? 0),
    session_id: "a41f0000-0000-4000-8000-000000000000",
    hook_event_type: "PreToolUse",
    source_app: "shop-api",
    model_name: null,
    tool_name: null,
    tool_use_id: null,
    agent_id: null,
    summary: null,
    sender: null,
    payload: {},
    payload_bytes: 2,
    payload_clipped: false,
    unsaved_id: null,
    ...fields,
  };
}

export function makeLine(id: number | null, fields: Partial<EventLine> = {}): EventLine {
  return {
    id,
    session_id: "a41f0000-0000-4000-8000-000000000000",
    hook_event_type: "PreToolUse",
    timestamp: 1_700_000_000_000 + (id ?? 0),
    received_at: 1_700_000_000_000 + (id ?? 0),
    source_app: "shop-api",
    project: "shop-api",
    tool_name: null,
    tool_use_id: null,
    agent_id: null,
    agent_type: null,
    summary: "",
    outcome: null,
    waited_ms: null,
    source: null,
    notification_type: null,
    call_ids: [],
    payload_bytes: 2,
    unsaved_id: null,
    ...fields,
  };
}

export function makeSession(id: string, fields: Partial<SessionRow> = {}): SessionRow {
  return {
    session_id: id,
    project: "shop-api",
    source_app: "shop-api",
    title: null,
    status: "working",
    status_since: 1_700_000_000_000,
    status_reason: null,
    status_source: "hook",
    asks: [],
    model_name: null,
    permission_mode: null,
    cwd: "/home/dev/shop-api",
    client_version: null,
    context: null,
    compactions: [],
    cost: null,
    tokens: null,
    current_tool: null,
    background_tasks: [],
    last_prompt: null,
    last_answer: null,
    event_count: 1,
    record_count: 0,
    tool_count: 0,
    failure_count: 0,
    turn_count: 1,
    compaction_count: 0,
    agent_count: 0,
    first_event_at: 1_700_000_000_000,
    last_event_at: 1_700_000_000_000,
    last_event_id: 1,
    ended_at: null,
    end_reason: null,
    activity: Array<number>(30).fill(0),
    activity_until: 1_700_000_040_000,
    agents: [],
    ...fields,
  };
}

export function makeContext(
  fields: Partial<NonNullable<SessionRow["context"]>> = {},
): NonNullable<SessionRow["context"]> {
  return {
    used_tokens: 100_000,
    window_tokens: 200_000,
    used_percent: 50,
    source: "status_line",
    at: 1_700_000_000_000,
    peak_tokens: 100_000,
    compact_at_tokens: 167_000,
    exceeds_window: false,
    ...fields,
  };
}

export function makeCost(
  fields: Partial<NonNullable<SessionRow["cost"]>> = {},
): NonNullable<SessionRow["cost"]> {
  return {
    usd: 2.14,
    source: "otlp",
    others: [],
    disagrees: false,
    unpriced_requests: 0,
    ...fields,
  };
}

export function linesOf(from: number, to: number): EventLine[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => makeLine(from + i));
}

export function idsOf(events: readonly EventLine[]): (number | null)[] {
  return events.map((event) => event.id);
}

/** An EventSource whose messages the test sends. */
export class FakeSource implements Source {
  closed = false;
  readonly #handlers = new Map<string, ((message: MessageEvent) => void)[]>();

  addEventListener(type: string, handle: unknown) {
    this.#handlers.set(type, [
      ...(this.#handlers.get(type) ?? []),
      handle as (message: MessageEvent) => void,
    ]);
  }

  close() {
    this.closed = true;
  }

  send(type: string, data: unknown, lastEventId = "") {
    const text = typeof data === "string" ? data : JSON.stringify(data);
    for (const handle of this.#handlers.get(type) ?? [])
      handle(new MessageEvent(type, { data: text, lastEventId }));
  }

  hello(lastId: number, after = lastId, log: string | null = null) {
    this.send("hello", { version: "0.1.0", last_id: lastId, after, build: null, log });
  }

  /** One message with these events. */
  events(...events: EventLine[]) {
    this.send("message", events, String(events.at(-1)?.id ?? ""));
  }

  fail() {
    this.send("error", "");
  }
}

/** The log behind queryd's lists: newest first, `before` and `after` exclusive. */
export class FakeLog {
  constructor(
    public events: EventLine[] = [],
    public uuid: string | null = null,
  ) {}

  page(query: EventQuery): EventLinePage {
    const {
      before = Infinity,
      after = 0,
      limit = 100,
      order,
      direction,
      before_at,
      after_at,
    } = query;
    const isByTime = order === "happened";
    const place = positionIn(order ?? "received");
    const from = isByTime ? { at: after_at ?? -1, id: after } : { at: 0, id: after };
    const to = isByTime ? { at: before_at ?? Infinity, id: before } : { at: 0, id: before };
    const found = this.events
      .filter((event) => event.id !== null && isBefore(from, place(event)))
      .filter((event) => isBefore(place(event), to))
      .filter((event) => matches(event, query))
      .filter(({ summary }) => query.q === undefined || summary.includes(query.q))
      .sort((a, b) => comparePositions(place(a), place(b)));
    if (direction !== "forward") found.reverse();
    const events = found.slice(0, limit);
    const last = found.length > limit ? events.at(-1) : undefined;
    return {
      events,
      next_before: isByTime ? null : (last?.id ?? null),
      next: isByTime && last !== undefined ? place(last) : null,
      snippets: [],
      unsearched: null,
      log: this.uuid,
    };
  }
}

/** Seeded random numbers, so that a failing property can be reproduced. */
export function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
