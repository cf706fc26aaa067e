/** Find text in a session's activity: which rows contain it, in their order. */
import { toolLabel } from "../../domain/tools.ts";
import type { ActivityRow, Section } from "./activity-rows.ts";
import { typeOf } from "./nest.ts";
import { headingOf } from "./turn-summary.ts";

export interface Hit {
  /** The row's key. */
  key: string;
  turnId: number | null;
  /** The call, if it is one. */
  toolUseId: string | null;
}

/** The sections must be unfolded. */
export function findText(sections: readonly Section[], query: string): Hit[] {
  const wanted = query.toLowerCase();
  if (wanted.trim() === "") return [];
  return sections.flatMap(({ turn, rows }) =>
    rows
      .filter((row) => textOf(row).toLowerCase().includes(wanted))
      .map((row) => ({
        key: row.key,
        turnId: turn?.id ?? null,
        toolUseId: row.kind === "call" ? row.call.tool_use_id : null,
      })),
  );
}

/** What a row shows, as far as its line and its text go. */
function textOf(row: ActivityRow): string {
  switch (row.kind) {
    case "turn":
      return headingOf(row.turn);
    case "prompt":
      return row.turn.prompt ?? "";
    case "answer":
      return row.turn.answer ?? "";
    case "call": {
      const { tool_name, target, error } = row.call;
      return `${toolLabel(tool_name)} ${target ?? ""} ${error ?? ""}`;
    }
    case "agent":
      return `${typeOf(row.item)} ${row.item.agent?.description ?? ""}`;
    case "older":
    case "loose":
    case "link":
    case "pending":
    case "run":
    case "pause":
    case "axis":
    case "bar":
      return "";
    default:
      return row satisfies never;
  }
}
