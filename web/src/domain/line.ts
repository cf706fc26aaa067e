/** Split an event's `summary`, which queryd writes, into lead, detail and outcome. */
import type { EventLine, SessionRow } from "../api/client.ts";
import { askOutcome, isAsk, toneOfAsk, WAITING } from "./asks.ts";
import { isCode, toneOfOutcome, type Tone } from "./kinds.ts";

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

/** A line, or a whole event. */
type Asking = Pick<EventLine, "id"> & { readonly summary: string | null };

export function lineOf(event: EventLine): Line {
  const { lead, ...rest } = partsOf(event.summary);
  return {
    lead: lead === event.hook_event_type ? "" : lead,
    ...rest,
    tone: isAsk(event) ? toneOfAsk(rest.outcome) : toneOfOutcome(event),
    code: isCode(event.hook_event_type),
  };
}

/** The outcome that a summary ends with. */
export function outcomeIn(summary: string | null): string | null {
  return partsOf(summary ?? "").outcome;
}

/** The event with another outcome in its summary; itself if that is the same. */
function withOutcome<E extends Asking>(event: E, outcome: string | null): E {
  const summary = event.summary ?? "";
  const arrow = summary.lastIndexOf(ARROW);
  const head = arrow < 0 ? summary : summary.slice(0, arrow);
  const changed = outcome === null ? head : `${head}${ARROW}${outcome}`;
  return changed === summary ? event : { ...event, summary: changed };
}

/** The event with the outcome as of now; it waits only while it is among its session's open asks. */
export function askAsOfNow<E extends Asking>(event: E, session: SessionRow | undefined): E {
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

/** The type of the subagent that sent the event; null for the main thread. */
export function agentOf(event: EventLine): string | null {
  if (event.agent_id === null && !event.hook_event_type.startsWith("Subagent")) return null;
  return event.agent_type ?? "agent";
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
