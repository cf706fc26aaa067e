/** Read payload values of unknown shape. Nothing throws. */
import { fields, type Fields } from "../read.ts";

/** The text unchanged, with its spaces; null when empty or not a text. */
export function str(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

export function num(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

export function records(value: unknown): Fields[] {
  return list(value).filter(isRecord).map(fields);
}

export function strings(value: unknown): string[] {
  return list(value).filter((one) => typeof one === "string");
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A scalar as text, for a field of a few words; null for objects, lists and null. */
export function scalar(value: unknown): string | null {
  if (typeof value === "string") return value === "" ? null : value;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : null;
}

/** The fields of an object that were not drawn yet. */
export function rest(given: Fields, drawn: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(given).filter(([key]) => !drawn.includes(key)));
}

/** The texts of message content: a string, a block, or a list of blocks. */
export function textOf(content: unknown): string | null {
  if (typeof content === "string") return str(content);
  if (isRecord(content)) return str(content["text"]);
  const texts = list(content).map((one) =>
    typeof one === "string" ? one : str(fields(one)["text"]),
  );
  return str(texts.filter((one) => one !== null).join("\n\n"));
}

/** A link that is safe to follow: http or https, never `javascript:`. */
export function webUrl(value: unknown): string | null {
  const given = str(value);
  if (given === null || !URL.canParse(given)) return null;
  return ["http:", "https:"].includes(new URL(given).protocol) ? given : null;
}
