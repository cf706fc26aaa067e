/** Columns, formats and sort of the figures of a group of calls. */
import type { ToolStats } from "../../api/client.ts";
import type { Texture } from "../../ui/charts/paint.ts";
import type { Tone } from "../../domain/kinds.ts";

export type Summary = ToolStats["total"];
export type Failure = NonNullable<ToolStats["tools"][number]["last_failure"]>;

/** A tool, a server or an agent type. */
export interface Group extends Summary {
  key: string;
  label: string;
  /** Undefined where such groups do not have it. */
  last_failure?: Failure | null;
}

export const COLUMNS = [
  "name",
  "calls",
  "succeeded",
  "failed",
  "denied",
  "interrupted",
  "running",
  "no_result",
  "p50_ms",
  "p90_ms",
  "p99_ms",
  "max_ms",
  "waiting_ms",
  "last_failure",
] as const;
export type Column = (typeof COLUMNS)[number];

interface Outcome {
  key: "succeeded" | "failed" | "denied" | "interrupted" | "no_result" | "waiting" | "running";
  label: string;
  tone: Tone;
  texture: Texture;
}

/** In stacking order: failures are on top, where they are visible. */
export const OUTCOMES: readonly Outcome[] = [
  { key: "succeeded", label: "succeeded", tone: "ok", texture: "soft" },
  { key: "running", label: "running", tone: "working", texture: "solid" },
  { key: "waiting", label: "waiting", tone: "needs", texture: "solid" },
  { key: "no_result", label: "no result", tone: "quiet", texture: "hatch" },
  { key: "interrupted", label: "interrupted", tone: "quiet", texture: "soft" },
  { key: "denied", label: "denied", tone: "failed", texture: "hatch" },
  { key: "failed", label: "failed", tone: "failed", texture: "solid" },
];

export function sortValue(row: Group, column: Exclude<Column, "name">): number | null {
  switch (column) {
    case "last_failure":
      return row.last_failure?.at ?? null;
    case "succeeded":
      return successRate(row);
    case "running":
      return unfinished(row);
    default:
      return row[column];
  }
}

/** How many calls ended, with a known outcome. */
export function ended(row: Summary): number {
  return row.calls - unfinished(row) - row.no_result;
}

/** How many calls run, or wait for the user. */
export function unfinished(row: Summary): number {
  return row.running + row.waiting;
}

/** From 0 to 1, of the calls that ended; null where none has. */
export function successRate(row: Summary): number | null {
  return ended(row) === 0 ? null : row.succeeded / ended(row);
}

export function agentLabel(type: string | null): string {
  return type === null || type === "" ? "main agent" : type;
}
