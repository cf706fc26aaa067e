import * as v from "valibot";
import type { ToolQuery } from "../../api/client.ts";
import { pick } from "../../url/edit.ts";
import { FIGURE_RANGES, rangeOf, rangeQuery, rangeSchema } from "../../url/range.ts";
import { ANY, lists, part, searchSchema, subset, text, word } from "../../url/search.ts";
import { sortSchema } from "../../url/sorting.ts";
import { COLUMNS, OUTCOMES } from "./figures.ts";

export const FILTER_KEYS = [
  "source_app",
  "session_id",
  "model_name",
  "agent_type",
  "mcp_server",
] as const;
export type FilterKey = (typeof FILTER_KEYS)[number];

const KEYS = OUTCOMES.map(({ key }) => key);

export const toolsSearch = searchSchema(
  rangeSchema(FIGURE_RANGES),
  lists(FILTER_KEYS, ANY),
  sortSchema(COLUMNS),
  part({
    /** The tool whose panel is open. */
    tool: text(),
    /** Outcomes hidden in the chart, which always keeps one. */
    hide: v.pipe(
      subset(KEYS),
      v.transform((hide) => (hide?.length === KEYS.length ? undefined : hide)),
    ),
    /** Show the calls over time as a table. */
    as: word(["table"]),
  }),
);
export type ToolsSearch = v.InferOutput<typeof toolsSearch>;

export function toolQuery(search: ToolsSearch, now = Date.now()): ToolQuery {
  const { range, ...between } = rangeQuery(rangeOf(search, FIGURE_RANGES));
  return {
    ...between,
    // All time is requested by its end alone: the server knows the first call.
    ...(range === "all" ? { until: now } : range !== undefined && { range }),
    ...pick(search, FILTER_KEYS),
  };
}
