/** How a permission request or a server's question stands: its event never changes, its session does. */
import type { SessionRow } from "../api/client.ts";
import { formatDuration } from "./dates.ts";
import type { Tone } from "./kinds.ts";

type AskRow = SessionRow["asks"][number];

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
