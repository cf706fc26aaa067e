/**
 * Read what payloads hold, whatever they hold. In: unknown values. Out: a value of the wanted type,
 * or null; nothing throws. Goes beyond `words/read.ts`: numbers, lists, texts kept as they are.
 */
import { fields, type Fields } from "../read.ts";

/** The text as it is, spaces and all; null where it is none or empty. */
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

/** A scalar as text: what a field of a few words can show. Null for objects, lists and nothing. */
export function scalar(value: unknown): string | null {
  if (typeof value === "string") return value === "" ? null : value;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : null;
}

/** What is left of an object when some of its fields have been drawn. */
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

/** A link that may be followed: nothing but the web, never `javascript:` and its kin. */
export function webUrl(value: unknown): string | null {
  const given = str(value);
  if (given === null || !URL.canParse(given)) return null;
  return ["http:", "https:"].includes(new URL(given).protocol) ? given : null;
}
