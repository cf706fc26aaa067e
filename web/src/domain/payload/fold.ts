/** Limit how much of a long text is drawn: a megabyte must cost no more than a screenful. */
import { counted, formatBytes } from "../format.ts";

export interface Limit {
  lines: number;
  chars: number;
}

export const HEAD: Limit = { lines: 30, chars: 4_000 };
/** Added by each "show more": as much as a browser lays out without a pause. */
export const STEP: Limit = { lines: 2_000, chars: 100_000 };

export function headOf(text: string, { lines, chars }: Limit): string {
  let end = -1;
  for (let line = 0; line < lines; line += 1) {
    end = text.indexOf("\n", end + 1);
    if (end === -1 || end > chars) break;
  }
  const cut = end === -1 ? text.length : end;
  return cut <= chars ? text.slice(0, cut) : wholeChars(text, chars);
}

/** Never splits a surrogate pair: half an emoji is drawn as a broken character. */
function wholeChars(text: string, chars: number): string {
  const last = text.charCodeAt(chars - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? chars - 1 : chars);
}

export function linesIn(text: string): number {
  let lines = 1;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) lines += 1;
  return text.endsWith("\n") ? lines - 1 : lines;
}

/** "12,345 lines, 1.2 MiB" */
export function sizeOf(text: string): string {
  const lines = linesIn(text);
  const bytes = formatBytes(text.length);
  return lines > 1 ? `${counted(lines, "line")}, ${bytes}` : bytes;
}
