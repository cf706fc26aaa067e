/** Subscribe to a slice of the live state; renders only when that slice changes. */
import { createContext, useContext, useEffect, useMemo, useSyncExternalStore } from "react";
import type { Event, EventLine } from "../api/client.ts";
import { isAsk } from "../domain/asks.ts";
import { askAsOfNow } from "../domain/line.ts";
import type { Live } from "../live/live.ts";
import { EMPTY_LOG, type LogSnapshot } from "../live/log-snapshot.ts";
import type { EngineStatus } from "../live/protocol.ts";
import type { SessionsState } from "../live/sessions.ts";
import type { LogFilter } from "../url/filters.ts";

export const LiveContext = createContext<Live | null>(null);

export function useLive(): Live {
  const live = useContext(LiveContext);
  if (live === null) throw new Error("useLive needs a LiveContext above it");
  return live;
}

/** `select` must return an existing part of the state, never a new object. */
export function useStatus<T>(select: (status: EngineStatus) => T): T {
  const { status } = useLive();
  return useSyncExternalStore(status.subscribe, () => select(status.get()));
}

/** `select` must return an existing part of the state, never a new object. */
export function useSessions<T>(select: (state: SessionsState) => T): T {
  const { sessions } = useLive();
  return useSyncExternalStore(sessions.subscribe, () => select(sessions.get()));
}

/** An ask's event with its outcome as of now; any other event as it is. */
export function useAskAsOfNow<E extends Event | EventLine | null>(event: E): E {
  const session = useSessions((state) =>
    event !== null && isAsk(event) ? state.rows.get(event.session_id) : undefined,
  );
  return event === null ? event : askAsOfNow(event, session);
}

/**
 * A part of the log under a filter. While the page still has the log of another filter, it is a
 * part of an empty one that loads: rows of the other filter are never drawn.
 */
export function useLog<T>(filter: LogFilter, select: (log: LogSnapshot) => T): T {
  const { log } = useLive();
  const wanted = useMemo(() => JSON.stringify(filter), [filter]);
  return useSyncExternalStore(log.subscribe, () => {
    const shown = log.get();
    return select(shown.filter === wanted ? shown : EMPTY_LOG);
  });
}

/** This page shows no log, so the stream need not carry events. */
export function useNoLog() {
  const live = useLive();
  useEffect(() => live.showNone(), [live]);
}
