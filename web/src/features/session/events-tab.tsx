import { useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef } from "react";
import { fetchFullPage } from "../../api/client.ts";
import type { RowKey } from "../../live/rows.ts";
import { omit } from "../../url/edit.ts";
import { readFilter, type Filter } from "../../url/filters.ts";
import { rowKeyOf } from "../../url/search.ts";
import type { SessionSearch } from "./search.ts";
import type { TabProps } from "./session-view.tsx";
import type { SessionParts } from "./parts.ts";

export function EventsTab({
  row,
  search,
  onSearch,
  EventLog,
}: TabProps & Pick<SessionParts, "EventLog">) {
  const id = row.session_id;
  // Equal filters must be the same object, or the log would restart on every render.
  const text = JSON.stringify(filterOf(search));
  const filter = useMemo(() => JSON.parse(text) as Filter, [text]);
  const fixed = useMemo(() => ({ session_id: [id] }), [id]);
  const latest = useRef(search);
  useEffect(() => {
    latest.current = search;
  });
  const onFilter = useCallback(
    (next: Filter) => onSearch(withFilter(latest.current, next)),
    [onSearch],
  );
  const onOpen = useCallback(
    (key: RowKey | null) => {
      const rest: SessionSearch = omit(latest.current, "event", "at");
      onSearch(key === null ? rest : { ...rest, event: String(key) });
    },
    [onSearch],
  );
  useMoment(id, search, onOpen);
  return (
    <EventLog
      fixed={fixed}
      filter={filter}
      openKey={rowKeyOf(search.event)}
      onFilter={onFilter}
      onOpen={onOpen}
    />
  );
}

/** Open the last event at or before the selected moment. */
function useMoment(id: string, { at, event }: SessionSearch, onOpen: (key: number) => void) {
  const found = useQuery({
    queryKey: ["session", id, "event-at", at],
    queryFn: ({ signal }) => fetchFullPage({ session_id: [id], until: at ?? 0, limit: 1 }, signal),
    enabled: at !== undefined && event === undefined,
  });
  const key = at === undefined || event !== undefined ? null : (found.data?.[0]?.id ?? null);
  useEffect(() => {
    if (key !== null) onOpen(key);
  }, [key, onOpen]);
}

function filterOf(search: SessionSearch | Filter): Filter {
  return omit(readFilter(search), "session_id");
}

function withFilter(search: SessionSearch, filter: Filter): SessionSearch {
  const rest = omit(
    search,
    ...(Object.keys(filterOf(search)) as (keyof Filter & keyof SessionSearch)[]),
  );
  return { ...rest, ...filterOf(filter) };
}
