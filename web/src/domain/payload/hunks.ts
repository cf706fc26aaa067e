/**
 * Find the hunks of an edit; null where the payload has none. The diff is bounded: two large texts
 * with nothing in common would take minutes.
 */
import { diffWordsWithSpace, structuredPatch } from "diff";
import { fields, type Fields } from "../read.ts";
import { list, num, records, str, strings } from "./values.ts";

export interface Hunk {
  /** Null where only the changed text is known, not its place in the file. */
  oldStart: number | null;
  newStart: number | null;
  /** Each starts with " ", "-" or "+". */
  lines: readonly string[];
}

export interface Change {
  path: string | null;
  isNew: boolean;
  hunks: readonly Hunk[];
  added: number;
  removed: number;
}

const COMPARED_CHARS = 400_000;
const COMPARE_MS = 300;

export function changeOf(payload: Fields): Change | null {
  const input = fields(payload["tool_input"]);
  const answer = fields(payload["tool_response"]);
  const path = str(input["file_path"]) ?? str(input["notebook_path"]) ?? str(answer["filePath"]);
  const isNew = answer["type"] === "create";
  const hunks = patched(answer) ?? (isNew ? null : compared(answer)) ?? asked(input, answer);
  if (hunks === null) return null;
  const count = (sign: string) =>
    hunks.reduce((sum, hunk) => sum + hunk.lines.filter((line) => line.startsWith(sign)).length, 0);
  return { path, isNew, hunks, added: count("+"), removed: count("-") };
}

/** The client's own patch, with its line numbers. */
function patched(answer: Fields): Hunk[] | null {
  const hunks = records(answer["structuredPatch"])
    .map((hunk) => ({
      oldStart: num(hunk["oldStart"]),
      newStart: num(hunk["newStart"]),
      lines: strings(hunk["lines"]).filter((line) => !line.startsWith("\\")),
    }))
    .filter((hunk) => hunk.lines.length > 0);
  return hunks.length > 0 ? hunks : null;
}

/** The whole file before and after, where both are in the payload. */
function compared(answer: Fields): Hunk[] | null {
  const before = answer["originalFile"] ?? answer["original_file"];
  const after = answer["content"] ?? answer["updated_file"];
  return typeof before === "string" && typeof after === "string"
    ? between(before, after, true)
    : null;
}

/** The requested change: all that is known before the result, and for tools with a text result. */
function asked(input: Fields, answer: Fields): Hunk[] | null {
  const edits = records(input["edits"]);
  if (edits.length > 0) return edits.flatMap((edit) => replacement(edit) ?? []);
  const one =
    replacement(input) ??
    replacement({ old_string: answer["oldString"], new_string: answer["newString"] });
  if (one !== null) return one;
  const content = input["content"] ?? input["new_source"] ?? answer["content"];
  if (typeof content === "string") return between("", content, true);
  return list(input["edits"]).length > 0 || input["edit_mode"] === "delete" ? [] : null;
}

function replacement(edit: Fields): Hunk[] | null {
  const before = edit["old_string"];
  const after = edit["new_string"];
  return typeof before === "string" && typeof after === "string"
    ? between(before, after, before === "")
    : null;
}

function between(before: string, after: string, numbered: boolean): Hunk[] {
  const placed = (hunk: Hunk): Hunk =>
    numbered ? hunk : { ...hunk, oldStart: null, newStart: null };
  if (before === "" || after === "" || before.length + after.length > COMPARED_CHARS)
    return [placed(replaced(before, after))];
  const patch = structuredPatch("", "", before, after, "", "", { context: 3, timeout: COMPARE_MS });
  if (patch === undefined) return [placed(replaced(before, after))];
  return patch.hunks.map(({ oldStart, newStart, lines }) =>
    placed({ oldStart, newStart, lines: lines.filter((line) => !line.startsWith("\\")) }),
  );
}

/** The whole old text removed, the whole new text added. */
function replaced(before: string, after: string): Hunk {
  return {
    oldStart: 1,
    newStart: 1,
    lines: [
      ...linesOf(before).map((line) => `-${line}`),
      ...linesOf(after).map((line) => `+${line}`),
    ],
  };
}

function linesOf(text: string): string[] {
  if (text === "") return [];
  return (text.endsWith("\n") ? text.slice(0, -1) : text).split("\n");
}

export interface Line {
  sign: " " | "-" | "+";
  text: string;
  oldNo: number | null;
  newNo: number | null;
  /** Ranges that differ from the line it replaces. */
  marks: readonly { text: string; hit: boolean }[] | null;
}

const MARKED_CHARS = 400;
const MARKED_PAIRS = 20;

export function linesOfHunk(hunk: Hunk): Line[] {
  let oldNo = hunk.oldStart;
  let newNo = hunk.newStart;
  const lines = hunk.lines.map((raw): Line => {
    const sign = raw.startsWith("+") ? "+" : raw.startsWith("-") ? "-" : " ";
    const text = /^[ +-]/.test(raw) ? raw.slice(1) : raw;
    const line = {
      sign,
      text,
      oldNo: sign === "+" ? null : oldNo,
      newNo: sign === "-" ? null : newNo,
      marks: null,
    } as const;
    if (sign !== "+" && oldNo !== null) oldNo += 1;
    if (sign !== "-" && newNo !== null) newNo += 1;
    return line;
  });
  return marked(lines);
}

/** Mark changed words where as many lines were removed as added. */
function marked(lines: Line[]): Line[] {
  const found = [...lines];
  for (let i = 0; i < lines.length; i += 1) {
    if (lines[i]?.sign !== "-") continue;
    const removed = runFrom(lines, i, "-");
    const added = runFrom(lines, i + removed, "+");
    if (removed === added && removed <= MARKED_PAIRS)
      for (let k = 0; k < removed; k += 1) markPair(found, i + k, i + removed + k);
    i += removed + added - 1;
  }
  return found;
}

function runFrom(lines: readonly Line[], from: number, sign: Line["sign"]): number {
  let end = from;
  while (lines[end]?.sign === sign) end += 1;
  return end - from;
}

function markPair(lines: Line[], removedAt: number, addedAt: number) {
  const removed = lines[removedAt];
  const added = lines[addedAt];
  if (removed === undefined || added === undefined) return;
  if (removed.text.length > MARKED_CHARS || added.text.length > MARKED_CHARS) return;
  const parts = diffWordsWithSpace(removed.text, added.text);
  // Two lines with little in common are not one edited line: marks would be noise.
  const kept = parts
    .filter((part) => !part.added && !part.removed)
    .reduce((sum, part) => sum + part.value.trim().length, 0);
  if (kept * 3 < Math.max(removed.text.trim().length, added.text.trim().length)) return;
  const side = (out: "added" | "removed") =>
    parts
      .filter((part) => !part[out])
      .map((part) => ({ text: part.value, hit: part.added || part.removed }));
  lines[removedAt] = { ...removed, marks: side("added") };
  lines[addedAt] = { ...added, marks: side("removed") };
}
