/** The engine with the browser's EventSource and fetch: in a page or in a worker. */
import { get, getLines, streamUrl } from "../../api/client.ts";
import { createEngine } from "./engine.ts";

export function browserEngine() {
  return createEngine({
    openStream: ({ after, withEvents }) =>
      new EventSource(
        streamUrl({
          fields: "line",
          batch: "1",
          sessions: "all",
          ...(!withEvents && { events: "none" }),
          ...(after !== null && { after }),
        }),
      ),
    fetchLines: (query) => getLines(query),
    fetchActive: (query) => get("/api/sessions/active", { params: { query } }),
  });
}
