/** Split an event's `summary`, which queryd writes, into lead, detail and outcome. */
import type { Event, SessionRow } from "../api/client.ts";
import { askOutcome, isAsk, toneOfAsk, WAITING } from "./asks.ts";
import { isCode, toneOfOutcome, type Tone } from "./kinds.ts";
import { baseName, fields, text } from "./read.ts";

export interface Line {
  /** Empty where it would repeat the type, as for unknown types. */
  lead: string;
  detail: string | null;
  outcome: string | null;
  tone: Tone;
  /** The detail is code or a path, in the fixed-width font. */
  code: boolean;
}

/** The grammar of `queryd/summaries/line.py`: no part contains two spaces in a row. */
const BETWEEN = "  ";
const ARROW = "  →  ";

export function lineOf(event: Event): Line {
  const { lead, ...rest } = partsOf(event.summary ?? "");
  return {
    lead: lead === event.hook_event_type ? "" : lead,
    ...rest,
    tone: isAsk(event) ? toneOfAsk(rest.outcome) : toneOfOutcome(event),
    code: isCode(event.hook_event_type),
  };
}

/** The event with another outcome in its summary; itself if that is the same. */
function withOutcome(event: Event, outcome: string | null): Event {
  const summary = event.summary ?? "";
  const arrow = summary.lastIndexOf(ARROW);
  const head = arrow < 0 ? summary : summary.slice(0, arrow);
  const changed = outcome === null ? head : `${head}${ARROW}${outcome}`;
  return changed === summary ? event : { ...event, summary: changed };
}

/** The event with the outcome as of now; it waits only while it is among its session's open asks. */
export function askAsOfNow(event: Event, session: SessionRow | undefined): Event {
  if (session === undefined || event.id === null) return event;
  const ask = session.asks.find(({ event_id: id }) => id === event.id);
  if (ask !== undefined) return withOutcome(event, askOutcome(ask));
  const isKnown = session.last_event_id >= event.id;
  return isKnown && event.summary?.endsWith(WAITING) === true ? withOutcome(event, null) : event;
}

/** The line as plain text. */
export function sayLine(line: Line): string {
  const said =
    line.lead === ""
      ? (line.detail ?? "")
      : [line.lead, line.detail].filter((part) => part !== null).join(BETWEEN);
  return line.outcome === null ? said : `${said} → ${line.outcome}`;
}

/** A session's label: its project, or the last part of its folder. */
export function projectOf(event: Event): string | null {
  return event.source_app ?? baseName(fields(event.payload)["cwd"]);
}

/** The type of the subagent that sent the event; null for the main thread. */
export function agentOf(event: Event): string | null {
  if (event.agent_id === null && !event.hook_event_type.startsWith("Subagent")) return null;
  return text(fields(event.payload)["agent_type"]) ?? "agent";
}

function partsOf(summary: string): Pick<Line, "lead" | "detail" | "outcome"> {
  // The last arrow: the detail may contain one too.
  const arrow = summary.lastIndexOf(ARROW);
  const head = arrow < 0 ? summary : summary.slice(0, arrow);
  const outcome = arrow < 0 ? null : summary.slice(arrow + ARROW.length);
  const end = head.indexOf(BETWEEN);
  if (end < 0) return { lead: head, detail: null, outcome };
  return { lead: head.slice(0, end), detail: head.slice(end + BETWEEN.length), outcome };
}
