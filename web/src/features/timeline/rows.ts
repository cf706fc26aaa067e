/**
 * Arrange lanes in rows: sessions, with their subagents nested below; and sum up what a lane did.
 */
import type { AgentLane, Lane } from "../../api/client.ts";
import { agentTree } from "../../domain/agent-tree.ts";
import { endOf } from "./items.ts";
import type { Window } from "./scale.ts";

export interface Row {
  key: string;
  session: Lane;
  /** Null for the session's own lane. */
  agent: AgentLane | null;
  depth: number;
}

/** Seen in the window, or active or waiting in it; the response contains more. */
export function inSight(lanes: readonly Lane[], window: Window, now: number): Lane[] {
  return lanes
    .filter((it) => touches(it, window, now))
    .map((it) => {
      const agents = it.agents.filter((agent) => touches(agent, window, now));
      return agents.length === it.agents.length ? it : { ...it, agents };
    });
}

const UNDER_WAY = new Set(["working", "needs_permission", "needs_input", "background"]);

function touches(lane: Lane | AgentLane, window: Window, now: number): boolean {
  if (lane.first_event_at >= window.until) return false;
  const spans = lane.spans.filter(
    (it) => it.since < window.until && endOf(it, window, now) > window.since,
  );
  return (
    spans.some((it) => UNDER_WAY.has(it.status)) ||
    (lane.last_event_at >= window.since && spans.length > 0)
  );
}

/** In the order of the ids, further lanes last. */
export function inOrder(lanes: readonly Lane[], ids: readonly string[]): Lane[] {
  const places = new Map(ids.map((id, at) => [id, at]));
  const placeOf = (lane: Lane) => places.get(lane.session_id) ?? ids.length;
  return [...lanes].sort((a, b) => placeOf(a) - placeOf(b));
}

export function rowsOf(lanes: readonly Lane[], folded: ReadonlySet<string>): Row[] {
  return lanes.flatMap((session) => [
    { key: session.session_id, session, agent: null, depth: 0 },
    ...(folded.has(session.session_id) ? [] : agentRows(session)),
  ]);
}

const DEPTH_MAX = 6;

function agentRows(session: Lane): Row[] {
  return agentTree(session.agents).map(({ agent, depth }) => ({
    key: `${session.session_id} ${agent.agent_id}`,
    session,
    agent,
    depth: Math.min(depth + 1, DEPTH_MAX),
  }));
}

export interface Totals {
  working: number;
  waited: number;
  background: number;
  failed: number;
  calls: number;
  failedCalls: number;
}

/** Sum up ms by state, and calls by start, within a window. A bin counts if its middle is in it. */
export function totalsOf(
  lane: Pick<Lane, "spans" | "calls" | "bins">,
  window: Window,
  now: number,
): Totals {
  const totals: Totals = {
    working: 0,
    waited: 0,
    background: 0,
    failed: 0,
    calls: 0,
    failedCalls: 0,
  };
  for (const span of lane.spans) {
    const ms = Math.max(
      0,
      Math.min(window.until, now, endOf(span, window, now)) - Math.max(window.since, span.since),
    );
    if (span.status === "working") totals.working += ms;
    else if (span.status === "background") totals.background += ms;
    else if (span.status === "failed") totals.failed += ms;
    else if (span.status === "needs_permission" || span.status === "needs_input")
      totals.waited += ms;
  }
  for (const call of lane.calls) {
    if (call.started_at < window.since || call.started_at >= window.until) continue;
    totals.calls += 1;
    totals.failedCalls += Number(call.outcome === "failed");
  }
  for (const bin of lane.bins) {
    const middle = (bin.at + bin.until) / 2;
    if (middle < window.since || middle >= window.until) continue;
    totals.calls += bin.count;
    totals.failedCalls += bin.failed;
  }
  return totals;
}
