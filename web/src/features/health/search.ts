/**
 * What of the view is in the URL. In: the URL's parameters, as anybody may have typed them. Out:
 * those that make sense.
 */

export interface HealthSearch {
  /** Every type of event, those without hook and never heard of included. */
  hooks?: "all";
  /** Every project, not only those heard of last. */
  projects?: "all";
  /** The rate as a table. */
  rate?: "table";
  /** The range of the API's figures; without it, a day. */
  api?: ApiRange;
}

export const API_RANGES = ["1h", "24h", "7d", "30d"] as const;
export type ApiRange = (typeof API_RANGES)[number];

export function readHealthSearch(search: Record<string, unknown>): HealthSearch {
  const api = API_RANGES.find((one) => one === search["api"]);
  return {
    ...(search["hooks"] === "all" && { hooks: "all" }),
    ...(search["projects"] === "all" && { projects: "all" }),
    ...(search["rate"] === "table" && { rate: "table" }),
    ...(api !== undefined && api !== "24h" && { api }),
  };
}
