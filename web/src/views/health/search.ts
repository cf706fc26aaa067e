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
}

export function readHealthSearch(search: Record<string, unknown>): HealthSearch {
  return {
    ...(search["hooks"] === "all" && { hooks: "all" }),
    ...(search["projects"] === "all" && { projects: "all" }),
    ...(search["rate"] === "table" && { rate: "table" }),
  };
}
