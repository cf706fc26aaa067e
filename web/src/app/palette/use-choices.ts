import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useMemo, useSyncExternalStore } from "react";
import { get, type SessionPage, type SessionRow } from "../../api/client.ts";
import { notificationStore } from "../../live/notifications.ts";
import { sampleStore } from "../../live/samples.ts";
import { settingsStore, THEMES } from "../../live/settings.ts";
import { useLive, useSessions } from "../../ui/use-live.ts";
import { copyText } from "../../ui/copy.tsx";
import { toastStore } from "../../live/toasts.ts";
import { toggleNotifications } from "../notify.ts";
import { VIEWS } from "../views.ts";
import { sessionChoice, valueChoices, viewChoices, type Choice } from "./choices.ts";
import { fold } from "./fuzzy.ts";

const FRESH_MS = 30_000;
const PAGE = 500;
/** Older sessions are found by id or through event search. */
const SESSIONS_MAX = 2_000;

export function useChoices(onHelp: () => void): { choices: readonly Choice[]; loading: boolean } {
  // A busy log updates rows many times a second; the list does not need each update.
  const live = useDeferredValue(useSessions(({ rows }) => rows));
  const older = useQuery({
    queryKey: ["palette", "sessions"],
    queryFn: ({ signal }) => latestSessions(signal),
    staleTime: FRESH_MS,
  });
  const values = useQuery({
    queryKey: ["palette", "values"],
    queryFn: ({ signal }) => get("/api/filters", { signal }),
    staleTime: FRESH_MS,
  });
  const actions = useActions(onHelp);
  const sessions = useMemo(() => {
    const rows = [...live.values()].sort((a, b) => b.last_event_at - a.last_event_at);
    return [
      ...rows,
      ...(older.data ?? []).filter(
        (row) => !live.has(row.session_id) && !sampleStore.hides(row.session_id),
      ),
    ].map(sessionChoice);
  }, [live, older.data]);
  const others = useMemo(
    () => (values.data === undefined ? [] : valueChoices(values.data)),
    [values.data],
  );
  const choices = useMemo(
    () => [...sessions, ...viewChoices(VIEWS), ...actions, ...others],
    [sessions, actions, others],
  );
  return { choices, loading: older.isLoading || values.isLoading };
}

async function latestSessions(signal: AbortSignal): Promise<SessionRow[]> {
  const found: SessionRow[] = [];
  let cursor: string | null = null;
  do {
    const query = { limit: PAGE, ...(cursor !== null && { cursor }) };
    const page: SessionPage = await get("/api/sessions", { params: { query }, signal });
    found.push(...page.sessions);
    cursor = page.next;
  } while (cursor !== null && found.length < SESSIONS_MAX);
  return found;
}

function useActions(onHelp: () => void): Choice[] {
  const live = useLive();
  const notifications = useSyncExternalStore(notificationStore.subscribe, notificationStore.get);
  const path = window.location.pathname;
  return useMemo(() => {
    const action = (id: string, label: string, run: () => void, keys?: string): Choice => ({
      id: `action ${id}`,
      group: "Actions",
      label,
      detail: "",
      texts: [[fold(label), 0.9]],
      goal: { run },
      ...(keys !== undefined && { keys }),
    });
    const { log } = live;
    return [
      ...(path === "/events"
        ? [
            action("follow", "Go to the newest event", () => log.toEnd(), "f"),
            log.get().paused
              ? action("resume", "Resume updates", () => log.resume(), "p")
              : action("pause", "Pause updates", () => log.pause(), "p"),
          ]
        : []),
      ...THEMES.map((theme) =>
        action(`theme ${theme}`, `Theme: ${theme}`, () => settingsStore.set({ theme })),
      ),
      action(
        "notifications",
        notifications === "on" ? "Turn notifications off" : "Turn notifications on",
        () => void toggleNotifications(),
      ),
      action("sample", "Send sample events", () => void sampleStore.play()),
      action("link", "Copy link to this page", () => void copyLink()),
      action("keys", "Keyboard shortcuts", onHelp, "?"),
    ];
  }, [live, notifications, path, onHelp]);
}

async function copyLink() {
  if (await copyText(window.location.href)) toastStore.notify("Link copied");
}
