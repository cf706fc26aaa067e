/** Read payload fields of unknown shape. Nothing throws: clients change their payloads monthly. */

export type Fields = Readonly<Record<string, unknown>>;

const NONE: Fields = {};

export function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : NONE;
}

export function text(value: unknown): string | null {
  return typeof value === "string" && value.trim() !== "" ? value : null;
}

export function baseName(value: unknown): string | null {
  return (
    text(value)
      ?.split(/[\\/]/)
      .findLast((part) => part !== "") ?? null
  );
}
