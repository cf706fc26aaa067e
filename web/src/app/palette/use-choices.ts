import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import {
  get,
  type SessionMatch,
  type SessionMatchPage,
  type SessionPage,
  type SessionRow,
} from "../../api/client.ts";
import { asTyped, bySession } from "../../domain/session-search.ts";
import { notificationStore } from "../../live/notifications.ts";
import { sampleStore } from "../../live/samples.ts";
import { settingsStore, THEMES } from "../../live/settings.ts";
import { useLive, useSessions } from "../../ui/use-live.ts";
import { copyText } from "../../ui/copy.tsx";
import { copyResume } from "../../ui/resume.ts";
import { toastStore } from "../../live/toasts.ts";
import { toggleNotifications } from "../notify.ts";
import { VIEWS } from "../views.ts";
import {
  matchChoice,
  resumeChoice,
  sessionChoice,
  valueChoices,
  viewChoices,
  type Choice,
} from "./choices.ts";
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
    ];
  }, [live, older.data]);
  const resumed = useMemo(
    () =>
      sessions.flatMap((row) => [
        sessionChoice(row),
        resumeChoice(row, () => void copyResume(row.session_id)),
      ]),
    [sessions],
  );
  const others = useMemo(
    () => (values.data === undefined ? [] : valueChoices(values.data)),
    [values.data],
  );
  const choices = useMemo(
    () => [...resumed, ...viewChoices(VIEWS), ...actions, ...others],
    [resumed, actions, others],
  );
  return { choices, loading: older.isLoading || values.isLoading };
}

const SAID_MAX = 7;
const SAID_CHARS = 3;
const WAIT_MS = 200;

/** Sessions that have the words in a prompt or an answer, once the user stops typing. */
export function useSaid(query: string): { said: readonly Choice[]; searching: boolean } {
  const [settled, setSettled] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setSettled(query), WAIT_MS);
    return () => clearTimeout(timer);
  }, [query]);
  const wanted = settled === query && query.trim().length >= SAID_CHARS;
  const found = useQuery({
    queryKey: ["palette", "said", settled],
    queryFn: ({ signal }) => firstMatches(asTyped(settled), signal),
    enabled: wanted,
    staleTime: FRESH_MS,
    // A half-typed search may be refused.
    retry: false,
  });
  const { data } = found;
  const said = useMemo(() => (wanted ? (data ?? []).map(matchChoice) : NONE), [wanted, data]);
  return { said, searching: wanted && found.isFetching };
}

const NONE: readonly Choice[] = [];
/** A search stops early where matches are rare. */
const PAGES = 20;

async function firstMatches(q: string, signal: AbortSignal): Promise<SessionMatch[]> {
  const pages: SessionMatchPage[] = [];
  let before: number | null = null;
  do {
    const query = { q, limit: SAID_MAX, ...(before !== null && { before }) };
    const page: SessionMatchPage = await get("/api/sessions/search", { params: { query }, signal });
    pages.push(page);
    before = page.next_before;
  } while (before !== null && pages.length < PAGES && bySession(pages).length < SAID_MAX);
  return bySession(pages).filter(({ session }) => !sampleStore.hides(session.session_id));
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
