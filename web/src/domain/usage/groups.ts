/**
 * Make rows of a table of the API's. In: an answer, how names are shortened. Out: groups; what has no
 * key has an empty one, which is how the API is asked for it.
 */
import type { Usage } from "../../api/client.ts";
import type { Group } from "./figures.ts";

export function groupsOf(
  usage: Usage,
  labelOf: (label: string) => string = (label) => label,
): Group[] {
  return usage.rows.map((row) => ({ ...row, key: row.key ?? "", label: labelOf(row.label) }));
}
