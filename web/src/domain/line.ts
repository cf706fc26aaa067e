/**
 * Take the words of an event apart, to draw each part in its own way. In: an event, whose `summary`
 * queryd made. Out: a lead, a detail and an outcome, with how they look. Nothing throws, whatever a
 * payload holds.
 */
import type { Event } from "../api/client.ts";
import { isCode, toneOfOutcome, type Tone } from "./kinds.ts";
import { baseName, fields, text } from "./read.ts";

export interface Line {
  /** Empty where it would only repeat the type, as with events of no known type. */
  lead: string;
  detail: string | null;
  outcome: string | null;
  tone: Tone;
  /** The detail is code or a path, to be set in the fixed-width face. */
  code: boolean;
}

/** The grammar of `queryd/summaries/line.py`: no part holds two spaces in a row. */
const BETWEEN = "  ";
const ARROW = "  →  ";

export function lineOf(event: Event): Line {
  const { lead, ...rest } = partsOf(event.summary ?? "");
  return {
    lead: lead === event.hook_event_type ? "" : lead,
    ...rest,
    tone: toneOfOutcome(event),
    code: isCode(event.hook_event_type),
  };
}

/** The line as text: for the tooltip, for the opened event, for tests. */
export function sayLine(line: Line): string {
  const said =
    line.lead === ""
      ? (line.detail ?? "")
      : [line.lead, line.detail].filter((part) => part !== null).join(BETWEEN);
  return line.outcome === null ? said : `${said} → ${line.outcome}`;
}

/** The name of a session's place: its project, or the last part of its folder. */
export function projectOf(event: Event): string | null {
  return event.source_app ?? baseName(fields(event.payload)["cwd"]);
}

/** The kind of agent that an event happened in, or null in the main session. */
export function agentOf(event: Event): string | null {
  if (event.agent_id === null && !event.hook_event_type.startsWith("Subagent")) return null;
  return text(fields(event.payload)["agent_type"]) ?? "agent";
}

function partsOf(summary: string): Pick<Line, "lead" | "detail" | "outcome"> {
  // The last arrow, for a detail may be one itself.
  const arrow = summary.lastIndexOf(ARROW);
  const head = arrow < 0 ? summary : summary.slice(0, arrow);
  const outcome = arrow < 0 ? null : summary.slice(arrow + ARROW.length);
  const end = head.indexOf(BETWEEN);
  if (end < 0) return { lead: head, detail: null, outcome };
  return { lead: head.slice(0, end), detail: head.slice(end + BETWEEN.length), outcome };
}
