/** How a permission request or a server's question stands: its event never changes, its session does. */
import type { AgentRow, SessionRow } from "../api/client.ts";
import { formatDuration } from "./dates.ts";
import type { Tone } from "./kinds.ts";
import { toolLabel } from "./tools.ts";

export type AskRow = SessionRow["asks"][number];

export const WAITING = "waiting for you";

export function isAsk({ hook_event_type: type }: { hook_event_type: string }): boolean {
  return type === "PermissionRequest" || type === "Elicitation";
}

/** The words of `queryd/summaries/asks.py`. */
export function askOutcome({ outcome, asked_at, ended_at }: AskRow): string {
  if (outcome === "open") return WAITING;
  if (outcome === "expired" || ended_at === null) return outcome;
  return `${outcome} after ${formatDuration(ended_at - asked_at)}`;
}

export function toneOfAsk(outcome: string | null): Tone {
  if (outcome === WAITING) return "needs";
  if (outcome?.startsWith("allowed") === true) return "ok";
  return outcome?.startsWith("denied") === true ? "failed" : "quiet";
}

/** Whether a call waits for an answer of the user. */
export function isAsked(toolUseId: string | null, session: SessionRow | undefined): boolean {
  return (
    toolUseId !== null &&
    session?.asks.some((ask) => ask.outcome === "open" && ask.tool_use_id === toolUseId) === true
  );
}

export function isOpen({ outcome }: AskRow): boolean {
  return outcome === "open";
}

/** What is asked, on one line: Claude's own description, the question, or the call. */
export function askTitle({ title, text, kind }: AskRow): string {
  return title ?? text ?? (kind === "permission" ? "Permission needed" : "Question for you");
}

/** These are no tools to a user: their questions and plans say what they are. */
const OWN_WORDS: ReadonlySet<string> = new Set(["AskUserQuestion", "ExitPlanMode"]);

/** The tool that is asked for, unless the title begins with it. */
export function askedTool(ask: AskRow): string | null {
  if (ask.tool_name === null || OWN_WORDS.has(ask.tool_name)) return null;
  const label = toolLabel(ask.tool_name);
  return askTitle(ask).startsWith(label) ? null : label;
}

const UNNAMED = "a subagent";

/** Its subagent's name. */
export function askedBy(ask: AskRow, agents: readonly AgentRow[]): string | null {
  if (ask.agent_id === null) return null;
  const agent = agents.find(({ agent_id: id }) => id === ask.agent_id);
  return agent?.agent_type ?? UNNAMED;
}

/** The ask to answer first: permissions before questions, the oldest first. */
export function firstOpen(asks: readonly AskRow[]): AskRow | undefined {
  return onceForEachCall(asks)
    .filter(isOpen)
    .sort(
      (a, b) =>
        Number(a.kind !== "permission") - Number(b.kind !== "permission") ||
        a.asked_at - b.asked_at,
    )[0];
}

/** A question is reported as a call and as a permission request: the request has more of it. */
function onceForEachCall(asks: readonly AskRow[]): readonly AskRow[] {
  const last = new Map(asks.map((ask) => [ask.tool_use_id, ask]));
  return asks.filter((ask) => ask.tool_use_id === null || last.get(ask.tool_use_id) === ask);
}

/**
 * The asks of a session that were seen open, with their texts: the server drops those with the
 * answer. Equal asks are the same objects.
 */
export function createSeenAsks() {
  const seen = new Map<number, AskRow>();
  const ended = new Map<number, { from: AskRow; whole: AskRow }>();
  return (asks: readonly AskRow[]): AskRow[] =>
    onceForEachCall(asks).flatMap((ask) => {
      if (isOpen(ask)) {
        seen.set(ask.event_id, ask);
        forgetOldest(seen);
        return [ask];
      }
      const before = seen.get(ask.event_id);
      if (before === undefined) return [];
      const known = ended.get(ask.event_id);
      if (known?.from === ask) return [known.whole];
      const whole = { ...ask, title: before.title, detail: before.detail, text: before.text };
      ended.set(ask.event_id, { from: ask, whole });
      forgetOldest(ended);
      return [whole];
    });
}

const SEEN_MAX = 500;

function forgetOldest(asks: Map<number, unknown>) {
  if (asks.size <= SEEN_MAX) return;
  const [oldest] = asks.keys();
  if (oldest !== undefined) asks.delete(oldest);
}

/** In a notification, as text of bounded length. */
const NOTICE_CHARS = 300;

export function askNotice(row: SessionRow): { title: string; body: string } {
  const project = row.project ?? row.source_app ?? "A session";
  const needs = row.status === "needs_permission" ? "needs permission" : "has a question";
  const ask = firstOpen(row.asks);
  if (ask === undefined)
    return {
      title: `${project} ${needs}`,
      body: (row.status_reason ?? row.title ?? "").slice(0, NOTICE_CHARS),
    };
  const agent = askedBy(ask, row.agents);
  const tool = askedTool(ask);
  const who = [
    `${project} ${needs}`,
    ...(agent === null ? [] : [agent === UNNAMED ? agent : `subagent ${agent}`]),
    ...(tool === null ? [] : [tool]),
  ].join(" · ");
  return {
    title: askTitle(ask),
    body: (ask.detail === null ? who : `${who}\n${ask.detail}`).slice(0, NOTICE_CHARS),
  };
}
