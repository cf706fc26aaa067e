/**
 * The live engine: one connection for all tabs of a browser. It follows the log while a tab is
 * open, and sends each tab the changes that concern it, at a steady interval; an ask goes ahead.
 */
import type { EventLine, SessionRow } from "../../api/client.ts";
import { matches } from "../matches.ts";
import {
  NO_STATUS,
  type Call,
  type EngineStatus,
  type LogChange,
  type PagePort,
  type Tab,
  type ToEngine,
  type Update,
  type View,
} from "../protocol.ts";
import { createActiveSessions, type ActiveSessionsPorts } from "./active-sessions.ts";
import { createAsks } from "./asks.ts";
import { createFollower, type FollowPorts } from "./follow.ts";
import { createUnsaved } from "./unsaved.ts";

export type EnginePorts = Pick<FollowPorts, "openStream" | "fetchLines"> &
  Pick<ActiveSessionsPorts, "fetchActive">;
export type Engine = ReturnType<typeof createEngine>;

/** An update may cost two frames; a reader sees no more than 10 changes a second. */
export const UPDATE_MS = 100;
/** The interval after an update of more than `BUSY_ROWS` rows, which are more than can be read. */
export const BUSY_UPDATE_MS = 250;
const BUSY_ROWS = 20;
/** A hidden tab needs the counts in its title; its log is sent when the tab is shown. */
const HIDDEN_UPDATE_MS = 1_000;
/** More would make a long task of one update. */
export const UPDATE_EVENTS = 500;
/** A tab that falls behind by more loads the newest page instead. */
export const BEHIND_MAX = 5_000;
/** A tab that has nothing to draw is asked this often whether it is still there. */
export const PING_MS = 20_000;
/** A tab that draws nothing for this long is closed or frozen. */
export const EXPIRE_MS = 60_000;
/** The stream keeps its events this long after the last log was closed: the user may come back. */
export const LINGER_MS = 30_000;

interface Client {
  readonly port: PagePort;
  tab: Tab;
  view: View | null;
  /** The view has had its first events. */
  hasLog: boolean;
  /** The last update sent, and the last one drawn. */
  sent: number;
  drawn: number;
  /** When the last one with all that was new was sent, and how many rows it had. */
  sentAt: number;
  sentRows: number;
  /** Since when an update is not drawn. */
  waitsSince: number;
  seenAt: number;
  /** Not sent yet: */
  status: boolean;
  sessionState: boolean;
  allSessions: boolean;
  sessions: Set<string>;
  events: EventLine[];
  startsAfter: number | null | undefined;
  restarted: "replaced" | "too_far" | undefined;
  moved: boolean;
  unsaved: boolean;
  notify: Call[];
  settled: string[];
  /** All that is new is sent at once. */
  urgent: boolean;
  /** Sessions that started or ceased to ask: they are sent at once. */
  asking: Set<string>;
  /** Notifications that it may not have shown yet, by update. */
  unconfirmed: Map<number, Call[]>;
}

export function createEngine(ports: EnginePorts) {
  const clients = new Map<PagePort, Client>();
  const unsaved = createUnsaved();
  let status = NO_STATUS;
  let newest = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** When the last log view closed; null while one is open or events are not followed. */
  let logClosedAt: number | null = null;
  /** Asks of before the first response are no news. */
  let isReady = false;
  let isFlushing = false;

  const sessions = createActiveSessions({
    fetchActive: ports.fetchActive,
    changed: sessionChanged,
    stateChanged: () => {
      isReady ||= sessions.phase() === "ready";
      mark((client) => {
        client.sessionState = true;
      });
    },
  });
  const asks = createAsks({
    notify,
    settled: (tag) =>
      mark((client) => {
        client.settled.push(tag);
      }),
    tabs: () => [...clients.values()].map(({ tab }) => tab),
  });
  const follower = createFollower(
    { ...ports, refreshSessions: () => sessions.refresh() },
    {
      connection: (connection) => setStatus({ connection }),
      greeted: (hello) => {
        // The stream says anew whether events are stored.
        setStatus({ hello, recording: null });
        // The sessions report their own failures, and are requested again.
        sessions.refresh().catch(() => undefined);
      },
      session: (row) => sessions.take(row),
      recording: (recording) => setStatus({ recording }),
      started: (after) => {
        newest = after;
        mark((client) => restart(client, after));
      },
      events: takeEvents,
      unsaved: (events) => {
        if (unsaved.add(events)) markUnsaved();
      },
      forgetUnsaved: () => {
        if (unsaved.clear()) markUnsaved();
      },
      malformed: () => setStatus({ malformed: status.malformed + 1 }),
      filledIn: (count) => setStatus({ filledIn: { count, at: Date.now() } }),
      restarted: (why) =>
        mark((client) => {
          restart(client, null);
          client.restarted = why;
        }),
    },
  );

  /** Note a change for each tab, to be sent with its next update. */
  function mark(change: (client: Client) => void) {
    for (const client of clients.values()) change(client);
    flushSoon();
  }

  /** After all changes of this message. */
  function flushSoon() {
    if (isFlushing) return;
    isFlushing = true;
    queueMicrotask(flush);
  }

  function setStatus(change: Partial<EngineStatus>) {
    status = { ...status, ...change };
    mark((client) => {
      client.status = true;
    });
  }

  function sessionChanged(id: string) {
    const row = sessions.rows().get(id);
    const isOtherAsk = asks.look(id, row, { isNews: isReady });
    mark((client) => {
      client.sessions.add(id);
      if (isOtherAsk && !client.tab.hidden) client.asking.add(id);
    });
  }

  function takeEvents(events: readonly EventLine[]) {
    newest = events.at(-1)?.id ?? newest;
    if (unsaved.replaceBy(events)) markUnsaved();
    mark((client) => addEvents(client, events));
  }

  function addEvents(client: Client, events: readonly EventLine[]) {
    const { view } = client;
    if (view === null) return;
    client.moved = true;
    // Only the server can match a text.
    if (view.query.q !== undefined) return;
    for (const event of events) if (matches(event, view.query)) client.events.push(event);
    if (client.events.length > BEHIND_MAX) restart(client, newest);
  }

  /** Events after this id are sent, none of before. */
  function restart(client: Client, after: number | null) {
    client.events = [];
    if (client.view !== null) client.startsAfter = after;
  }

  function markUnsaved() {
    mark((client) => {
      client.unsaved = true;
    });
  }

  /** One tab shows it: the one that the user looked at last. */
  function notify(call: Call) {
    const [best] = [...clients.values()]
      .filter(({ tab }) => tab.notifies)
      .sort((a, b) => Number(a.tab.hidden) - Number(b.tab.hidden) || b.seenAt - a.seenAt);
    if (best === undefined) return;
    best.notify.push(call);
    flushSoon();
  }

  /** Send what is due, and wait for what is not. */
  function flush() {
    isFlushing = false;
    const now = Date.now();
    let next = Infinity;
    for (const client of clients.values()) {
      if (client.drawn < client.sent && now - client.waitsSince >= EXPIRE_MS) expire(client);
      else {
        if (dueOf(client) <= now) send(client, now);
        next = Math.min(next, dueOf(client));
      }
    }
    if (logClosedAt !== null && now - logClosedAt >= LINGER_MS) {
      logClosedAt = null;
      follower.setEvents(false);
    } else if (logClosedAt !== null) next = Math.min(next, logClosedAt + LINGER_MS);
    clearTimeout(timer);
    if (next < Infinity) timer = setTimeout(flush, Math.max(0, next - Date.now()));
  }

  function dueOf(client: Client): number {
    if (client.urgent || client.asking.size > 0 || client.notify.length > 0) return 0;
    if (client.drawn < client.sent) return client.waitsSince + EXPIRE_MS;
    return client.sentAt + (hasNews(client) ? intervalOf(client) : PING_MS);
  }

  function intervalOf({ tab, sentRows }: Client): number {
    if (tab.hidden) return HIDDEN_UPDATE_MS;
    return sentRows > BUSY_ROWS ? BUSY_UPDATE_MS : UPDATE_MS;
  }

  function send(client: Client, now: number) {
    const isWhole =
      client.urgent || client.allSessions || now - client.sentAt >= intervalOf(client);
    if (client.drawn === client.sent) client.waitsSince = now;
    client.sent += 1;
    const { notify: calls, settled } = client;
    if (calls.length > 0) client.unconfirmed.set(client.sent, calls);
    const update: Update = {
      kind: "update",
      number: client.sent,
      ...(calls.length > 0 && { notify: calls }),
      ...(settled.length > 0 && { settled }),
      ...(isWhole ? newsOf(client, now) : sessionsOf(client, client.asking)),
    };
    client.notify = [];
    client.settled = [];
    client.asking = new Set();
    client.port.post(update);
  }

  function newsOf(client: Client, now: number): Pick<Update, "status" | "sessions" | "log"> {
    const news = {
      ...(client.status && { status }),
      ...sessionsOf(client, client.sessions),
      ...logOf(client),
    };
    client.status = client.urgent = false;
    client.sentAt = now;
    client.sentRows = (news.sessions?.rows.length ?? 0) + (news.log?.events.length ?? 0);
    return news;
  }

  function sessionsOf(client: Client, ids: ReadonlySet<string>): Pick<Update, "sessions"> {
    const { allSessions, sessionState } = client;
    if (!allSessions && !sessionState && ids.size === 0) return {};
    const known = sessions.rows();
    const rows: SessionRow[] = [];
    const removed: string[] = [];
    for (const id of allSessions ? known.keys() : [...ids]) {
      client.sessions.delete(id);
      const row = known.get(id);
      if (row === undefined) removed.push(id);
      else rows.push(row);
    }
    if (allSessions) client.sessions.clear();
    client.allSessions = client.sessionState = false;
    const [phase, problem] = [sessions.phase(), sessions.problem()];
    return { sessions: { phase, problem, rows, removed, whole: allSessions } };
  }

  function logOf(client: Client): Pick<Update, "log"> {
    const { view, startsAfter, restarted } = client;
    if (view === null || !hasLogNews(client)) return {};
    const events = client.events.slice(0, UPDATE_EVENTS);
    client.events = client.events.slice(UPDATE_EVENTS);
    const isAll = client.events.length === 0;
    const log: LogChange = {
      view: view.number,
      events,
      // What is not sent yet is not known to the page.
      newest: isAll ? newest : (events.at(-1)?.id ?? newest),
      ...(startsAfter !== undefined && { startsAfter }),
      ...(restarted !== undefined && { restarted }),
      ...(client.unsaved && {
        unsaved: unsaved
          .all()
          .filter((event) => view.query.q === undefined && matches(event, view.query)),
      }),
    };
    client.startsAfter = client.restarted = undefined;
    client.unsaved = client.moved = false;
    client.hasLog = true;
    return { log };
  }

  function attach(port: PagePort, tab: Tab, view: View | null) {
    const client: Client = {
      port,
      tab,
      view: null,
      hasLog: false,
      sent: 0,
      drawn: 0,
      sentAt: 0,
      sentRows: 0,
      waitsSince: 0,
      seenAt: 0,
      status: true,
      sessionState: true,
      allSessions: true,
      sessions: new Set(),
      events: [],
      startsAfter: undefined,
      restarted: undefined,
      moved: false,
      unsaved: false,
      notify: [],
      settled: [],
      urgent: true,
      asking: new Set(),
      unconfirmed: new Map(),
    };
    clients.set(port, client);
    setTab(client, tab);
    setView(client, view);
    if (clients.size === 1) follower.start(view !== null);
    flushSoon();
  }

  function setTab(client: Client, tab: Tab) {
    client.urgent ||= client.tab.hidden && !tab.hidden;
    client.tab = tab;
    if (!tab.hidden) client.seenAt = Date.now();
  }

  function setView(client: Client, view: View | null) {
    client.view = view;
    client.hasLog = false;
    client.unsaved = view !== null;
    client.restarted = undefined;
    client.startsAfter = undefined;
    client.events = [];
    if (view !== null) {
      client.startsAfter = follower.cursor();
      client.urgent = true;
    }
    viewsChanged();
  }

  /** The stream carries events while a tab shows a log. */
  function viewsChanged() {
    if ([...clients.values()].some(({ view }) => view !== null)) {
      logClosedAt = null;
      follower.setEvents(true);
    } else if (follower.cursor() !== null) logClosedAt ??= Date.now();
  }

  function expire(client: Client) {
    client.port.post({ kind: "expired" });
    leave(client);
  }

  function leave(client: Client) {
    clients.delete(client.port);
    if (clients.size > 0) {
      viewsChanged();
      for (const calls of client.unconfirmed.values()) calls.filter(asks.isOpen).forEach(notify);
      flushSoon();
      return;
    }
    clearTimeout(timer);
    follower.stop();
    sessions.stop();
    asks.clear();
    unsaved.clear();
    status = NO_STATUS;
    newest = 0;
    isReady = false;
    logClosedAt = null;
  }

  /** A message of a page. */
  function take(port: PagePort, message: ToEngine) {
    const client = clients.get(port);
    if (message.kind === "attach") {
      if (client !== undefined) clients.delete(port);
      attach(port, message.tab, message.view);
      return;
    }
    if (client === undefined) {
      if (message.kind !== "leave") port.post({ kind: "expired" });
      return;
    }
    switch (message.kind) {
      case "view":
        setView(client, message.view);
        break;
      case "tab":
        setTab(client, message.tab);
        break;
      case "drawn":
        client.drawn = Math.max(client.drawn, message.update);
        client.waitsSince = Date.now();
        for (const number of client.unconfirmed.keys())
          if (number <= client.drawn) client.unconfirmed.delete(number);
        break;
      case "nudge":
        follower.nudge();
        break;
      case "reconnect":
        follower.reconnect();
        break;
      case "refresh_sessions":
        sessions.refresh().catch(() => undefined);
        break;
      case "leave":
        leave(client);
        return;
      default:
        message satisfies never;
    }
    flushSoon();
  }

  return { take };
}

function hasLogNews(client: Client): boolean {
  const { view, events, startsAfter, restarted, moved, unsaved } = client;
  if (client.tab.hidden && client.hasLog) return false;
  return (
    view !== null &&
    (moved || unsaved || events.length > 0 || startsAfter !== undefined || restarted !== undefined)
  );
}

function hasNews(client: Client): boolean {
  return (
    client.status ||
    client.sessionState ||
    client.allSessions ||
    client.sessions.size > 0 ||
    client.notify.length > 0 ||
    client.settled.length > 0 ||
    hasLogNews(client)
  );
}
