/** The tab's title, "(2) Sessions · Hookwatch", and its icon. */
import { useRouterState } from "@tanstack/react-router";
import { useEffect, useSyncExternalStore } from "react";
import type { SessionRow } from "../api/client.ts";
import { useSessions, useStatus } from "../ui/use-live.ts";
import { shortId } from "../ui/marks.tsx";
import { titleStore } from "../ui/title.ts";
import { formatCount } from "../domain/format.ts";
import { useRecording } from "./bars/use-recording.ts";
import { sessionIdOf } from "./attention-button.tsx";
import { showFavicon } from "./favicon.ts";
import { VIEWS } from "./views.ts";

export function usePageTitle() {
  const path = useRouterState({ select: ({ location }) => location.pathname });
  const own = useSyncExternalStore(titleStore.subscribe, titleStore.get);
  const id = sessionIdOf(path);
  const row = useSessions(({ rows }) => (id === null ? undefined : rows.get(id)));
  const count = useSessions(({ needing }) => needing.length);
  const isOffline = useStatus(({ connection }) => connection.kind === "offline");
  const recording = useRecording();
  const isRecording = recording === null || recording.state === "recording";
  const problem = isOffline ? "offline" : isRecording ? null : "not recording";
  const title = titleOf(own ?? nameOf(path, id, row), count, problem);
  useEffect(() => {
    document.title = title;
  }, [title]);
  useEffect(() => showFavicon(count), [count]);
}

export function titleOf(name: string | null, count: number, problem: string | null): string {
  // The count is not the current one then.
  const head = problem !== null ? `${problem} · ` : count > 0 ? `(${formatCount(count)}) ` : "";
  return `${head}${name === null ? "" : `${name} · `}Hookwatch`;
}

export function nameOf(
  path: string,
  sessionId: string | null,
  row: Pick<SessionRow, "project" | "source_app"> | undefined,
): string | null {
  if (sessionId !== null)
    return `${row?.project ?? row?.source_app ?? "Session"} ${shortId(sessionId)}`;
  return VIEWS.find(({ to }) => to === path)?.name ?? null;
}
