import { COLUMN_NAMES } from "./columns.ts";
import type { Sort } from "./search.ts";

export const SORT_NAMES: Record<Sort, string> = {
  status: "State",
  name: "Session",
  ...COLUMN_NAMES,
};
