import type { TurnRow } from "../../api/client.ts";

/** The length of prompts and answers in a turn's row; the event has all of it. */
export const TEXT_CHARS = 4000;
const HEADING_CHARS = 300;

/** Up to this length the header shows all of a prompt. */
const SHORT_CHARS = 110;

/** Whether the header contains the whole prompt. */
export function isShortPrompt(turn: TurnRow): boolean {
  if (turn.kind === "notification") return false;
  return (
    turn.prompt === null ||
    (turn.prompt.length <= SHORT_CHARS && !turn.prompt.trim().includes("\n"))
  );
}

export interface TaskNote {
  summary: string | null;
  status: string | null;
  result: string | null;
  /** The call that launched the task. */
  toolUseId: string | null;
}

export function headingOf(turn: TurnRow): string {
  switch (turn.kind) {
    case "prompt":
      return firstLine(turn.prompt) ?? "Empty prompt";
    case "notification":
      return firstLine(noteOf(turn.prompt).summary) ?? "Background task finished";
    case "unknown":
      return "Prompt not recorded";
    default:
      turn.kind satisfies never;
      return firstLine(turn.prompt) ?? "A turn";
  }
}

/** The first line with text, without leading Markdown marks. */
export function firstLine(text: string | null): string | null {
  if (text === null) return null;
  const head = text.slice(0, 2 * HEADING_CHARS);
  const line = head.split("\n").find((one) => /[^\s#>*`-]/u.test(one));
  return line === undefined
    ? null
    : line
        .replace(/^[\s#>]+/u, "")
        .replace(/\*\*|`/gu, "")
        .slice(0, HEADING_CHARS);
}

export function noteOf(prompt: string | null): TaskNote {
  const text = prompt ?? "";
  return {
    summary: tagged(text, "summary"),
    status: tagged(text, "status"),
    result: tagged(text, "result"),
    toolUseId: tagged(text, "tool-use-id"),
  };
}

function tagged(text: string, tag: string): string | null {
  const start = text.indexOf(`<${tag}>`);
  if (start < 0) return null;
  const from = start + tag.length + 2;
  const end = text.indexOf(`</${tag}>`, from);
  const said = text.slice(from, end < 0 ? undefined : end).trim();
  return said === "" ? null : said;
}

/** Whether the row has only the start of a text; the server counts an emoji as one character. */
export function isCut(text: string | null): boolean {
  return text !== null && text.length - (text.match(/[\uD800-\uDBFF]/g)?.length ?? 0) >= TEXT_CHARS;
}

/** Whether a turn is expanded: by the user, by "expand all", or as the newest. */
export function isUnfolded(
  turn: TurnRow,
  marks: ReadonlySet<string>,
  fold: "all" | "none" | undefined,
  isNew: boolean,
): boolean {
  if (marks.has(String(turn.id))) return true;
  if (marks.has(`-${turn.id}`)) return false;
  if (fold === "all") return false;
  return fold === "none" || isNew;
}

/** The keys with a turn expanded or collapsed by the user. */
export function marked(marks: readonly string[], id: number, unfolded: boolean): string[] {
  const rest = marks.filter((one) => one !== String(id) && one !== `-${id}`);
  return [...rest, unfolded ? String(id) : `-${id}`];
}
