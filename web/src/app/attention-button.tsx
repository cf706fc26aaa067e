/** How many sessions need the user. Each click goes to the next one, the longest wait first. */
import { useNavigate, useRouterState } from "@tanstack/react-router";
import { Hand } from "lucide-react";
import { useCallback } from "react";
import type { SessionRow } from "../api/client.ts";
import { useLive, useSessions } from "../ui/use-live.ts";
import { formatCount } from "../domain/format.ts";

export function AttentionButton() {
  const count = useSessions(({ needing }) => needing.length);
  const next = useNextNeeding();
  const words = count === 1 ? "needs you" : "need you";
  return (
    <>
      {/* Present even when empty: a live region that is inserted with its text is not
          announced. */}
      <span role="status" className="sr-only">
        {count === 0
          ? ""
          : `${formatCount(count)} ${count === 1 ? "session" : "sessions"} ${words}`}
      </span>
      {count === 0 ? null : (
        <button
          type="button"
          title="Go to the longest-waiting session (G N)"
          onClick={next}
          className="tone-needs tinted toned inline-flex h-7 shrink-0 items-center gap-1.5 rounded-md px-2 font-semibold whitespace-nowrap hover:underline"
        >
          <Hand aria-hidden size={13} strokeWidth={2.25} />
          {formatCount(count)} {words}
        </button>
      )}
    </>
  );
}

/** The next session that needs the user after the current one, else the one that waits longest. */
export function useNextNeeding(): () => void {
  const { sessions } = useLive();
  const navigate = useNavigate();
  const path = useRouterState({ select: ({ location }) => location.pathname });
  return useCallback(() => {
    const row = nextOf(sessions.get().needing, sessionIdOf(path));
    if (row !== undefined)
      void navigate({ to: "/sessions/$sessionId", params: { sessionId: row.session_id } });
  }, [sessions, navigate, path]);
}

export function nextOf(
  needing: readonly SessionRow[],
  current: string | null,
): SessionRow | undefined {
  return needing[(needing.findIndex((row) => row.session_id === current) + 1) % needing.length];
}

export function sessionIdOf(path: string): string | null {
  const found = /^\/sessions\/([^/]+)/.exec(path)?.[1];
  if (found === undefined) return null;
  try {
    return decodeURIComponent(found);
  } catch {
    return found;
  }
}
