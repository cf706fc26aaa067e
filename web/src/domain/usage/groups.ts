/** Rows of usage by group. A group without a key has an empty one, as the API's filters expect. */
import type { Usage } from "../../api/client.ts";
import type { Group } from "./figures.ts";

export function groupsOf(
  usage: Usage,
  labelOf: (label: string) => string = (label) => label,
): Group[] {
  return usage.rows.map((row) => ({ ...row, key: row.key ?? "", label: labelOf(row.label) }));
}
