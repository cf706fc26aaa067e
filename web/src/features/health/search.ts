/**
 * What of the view is in the URL, as a schema.
 */
import * as v from "valibot";
import { FIGURE_RANGES, rangeSchema } from "../../url/range.ts";
import { part, searchSchema, word } from "../../url/search.ts";

export const healthSearch = searchSchema(
  part({
    /** Every type of event, those without hook and never heard of included. */
    hooks: word(["all"]),
    /** Every project, not only those heard of last. */
    projects: word(["all"]),
    /** The rate as a table. */
    rate: word(["table"]),
  }),
  // The range of the API's figures; `api` is its spelling of before.
  v.pipe(
    v.looseObject({}),
    v.transform((search): unknown => ({ range: search["api"], ...search })),
    rangeSchema(FIGURE_RANGES),
  ),
);
export type HealthSearch = v.InferOutput<typeof healthSearch>;
