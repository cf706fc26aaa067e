import * as v from "valibot";
import { FIGURE_RANGES, rangeSchema } from "../../url/range.ts";
import { part, searchSchema, word } from "../../url/search.ts";

export const healthSearch = searchSchema(
  part({
    /** List every event type, also those without a hook and never received. */
    hooks: word(["all"]),
    /** List every project, not only the most recent. */
    projects: word(["all"]),
    /** Show the rate as a table. */
    rate: word(["table"]),
  }),
  // The range of the API's figures; `api` is its old spelling.
  v.pipe(
    v.looseObject({}),
    v.transform((search): unknown => ({ range: search["api"], ...search })),
    rangeSchema(FIGURE_RANGES),
  ),
);
export type HealthSearch = v.InferOutput<typeof healthSearch>;
