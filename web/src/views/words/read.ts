/**
 * Read fields of payloads that may be anything. In: unknown values. Out: a value of the wanted type
 * or null. Nothing here throws: clients change their payloads every month.
 */

export type Fields = Readonly<Record<string, unknown>>;

const NONE: Fields = {};
/** More than any row can show, and little enough to draw forty of at once. */
export const LINE_MAX = 400;

export function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : NONE;
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function text(value: unknown): string | null {
  return typeof value === "string" && value.trim() !== "" ? value : null;
}

export function number(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

/** The first line that says something, cut to what a row can show. */
export function firstLine(value: unknown): string | null {
  // A payload may hold megabytes; the first line that matters is near the start.
  const start = text(value)?.slice(0, 4000).trimStart();
  if (start === undefined) return null;
  const end = start.search(/[\r\n]/);
  const line = end < 0 ? start : `${start.slice(0, end).trimEnd()} …`;
  return line.length > LINE_MAX ? `${line.slice(0, LINE_MAX)}…` : line;
}

/** A path as people say it: relative to the session's folder where it is inside. */
export function path(value: unknown, cwd: unknown): string | null {
  const whole = text(value);
  const base = text(cwd);
  if (whole === null || base === null) return whole;
  const folder = base.endsWith("/") || base.endsWith("\\") ? base : base + (base.includes("\\") ? "\\" : "/");
  return whole.startsWith(folder) ? whole.slice(folder.length) : whole;
}

export function baseName(value: unknown): string | null {
  return text(value)?.split(/[\\/]/).findLast((part) => part !== "") ?? null;
}

export function joined(parts: readonly (string | null)[], separator = ", "): string | null {
  const said = parts.filter((part) => part !== null && part !== "");
  return said.length === 0 ? null : said.join(separator);
}
