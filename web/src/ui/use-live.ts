/** Subscribe to a slice of the live state; renders only when that slice changes. */
import { createContext, useContext, useEffect, useSyncExternalStore } from "react";
import type { Event } from "../api/client.ts";
import { isAsk } from "../domain/asks.ts";
import { askAsOfNow } from "../domain/line.ts";
import type { FeedState } from "../live/feed.ts";
import type { Live } from "../live/live.ts";
import type { SessionsState } from "../live/sessions.ts";

export const LiveContext = createContext<Live | null>(null);

export function useLive(): Live {
  const live = useContext(LiveContext);
  if (live === null) throw new Error("useLive needs a LiveContext above it");
  return live;
}

/** `select` must return an existing part of the state, never a new object. */
export function useLiveState<T>(select: (state: FeedState | null) => T): T {
  const live = useLive();
  return useSyncExternalStore(live.subscribe, () => select(live.get()));
}

/** `select` must return an existing part of the state, never a new object. */
export function useSessions<T>(select: (state: SessionsState) => T): T {
  const { sessions } = useLive();
  return useSyncExternalStore(sessions.subscribe, () => select(sessions.get()));
}

/** An ask's event with its outcome as of now; any other event as it is. */
export function useAskAsOfNow<E extends Event | null>(event: E): E | Event {
  const session = useSessions((state) =>
    event !== null && isAsk(event) ? state.rows.get(event.session_id) : undefined,
  );
  return event === null ? event : askAsOfNow(event, session);
}

/** This page shows no log, so the stream need not carry events. */
export function useNoLog() {
  const live = useLive();
  useEffect(() => live.showNone(), [live]);
}
