/** Split an event's `summary`, which queryd writes, into lead, detail and outcome. */
import type { EventLine } from "../api/client.ts";
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

export function lineOf(event: EventLine): Line {
  const { lead, ...rest } = partsOf(event.summary);
  return {
    lead: lead === event.hook_event_type ? "" : lead,
    ...rest,
    tone: toneOfOutcome(event),
    code: isCode(event.hook_event_type),
  };
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
