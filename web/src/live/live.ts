/**
 * The page's end of the live engine: applies its updates to the log, the sessions and the status,
 * and publishes them together, once a frame.
 */
import type { LogFilter } from "../url/filters.ts";
import { queryOf } from "../url/filters.ts";
import { oncePer, type Schedule } from "./frame.ts";
import { EMPTY_LOG, type LogSnapshot } from "./log-snapshot.ts";
import type { createLog, Log, LogPorts } from "./log.ts";
import {
  NO_STATUS,
  type Call,
  type EnginePort,
  type Tab,
  type ToPage,
  type Update,
  type View,
} from "./protocol.ts";
import type { RowKey } from "./rows.ts";
import { createSessions, type SessionsState } from "./sessions.ts";

export interface LivePorts extends Pick<LogPorts, "fetchLines" | "report" | "hides"> {
  /** Connect to the engine. */
  connect: (listen: (message: ToPage) => void) => EnginePort;
  /** Run work at the start of the next frame. */
  schedule: Schedule;
  /** Run work once a frame is drawn. */
  afterDrawing: Schedule;
  tab: () => Tab;
  notify: (call: Call) => void;
  /** Close the notification of this tag. */
  settled: (tag: string) => void;
}

export interface Store<T> {
  get: () => T;
  subscribe: (notify: () => void) => () => void;
}

interface ShowOptions {
  follow: boolean;
  /** Given by the view: a page that shows no log does not load it. */
  createLog: typeof createLog;
}

export type Live = ReturnType<typeof createLive>;

/** What the log view asks of the log. */
export type LogActions = Live["log"];

export function createLive(ports: LivePorts) {
  const sessions = createSessions(ports);
  const statusStore = createStore(NO_STATUS);
  const sessionsStore = createStore<SessionsState>(sessions.get());
  const logStore = createStore<LogSnapshot>(EMPTY_LOG);
  let log: Log | null = null;
  let view: View | null = null;
  let views = 0;
  let key = "";
  let split = false;
  let updates: Update[] = [];
  let tabText = "";

  const publish = oncePer(ports.schedule, () => {
    const applied = updates;
    updates = [];
    applied.forEach(apply);
    commit();
    const last = applied.at(-1)?.number;
    if (last !== undefined) ports.afterDrawing(() => engine.post({ kind: "drawn", update: last }));
  });

  const engine = ports.connect((message) => {
    switch (message.kind) {
      case "update":
        // A notification waits for no frame: the page is usually hidden.
        message.notify?.forEach(ports.notify);
        message.settled?.forEach(ports.settled);
        updates.push(message);
        publish();
        break;
      case "expired":
        attach();
        break;
      default:
        message satisfies never;
    }
  });

  function attach() {
    updates = [];
    const tab = ports.tab();
    tabText = JSON.stringify(tab);
    engine.post({ kind: "attach", tab, view });
  }

  function tabChanged() {
    const tab = ports.tab();
    const text = JSON.stringify(tab);
    if (text === tabText) return;
    tabText = text;
    engine.post({ kind: "tab", tab });
  }

  function apply({ status, sessions: changed, log: logChange }: Update) {
    if (status !== undefined) statusStore.set(status);
    if (changed !== undefined) sessions.receive(changed);
    if (logChange?.view === view?.number && logChange !== undefined) log?.receive(logChange);
  }

  /** All stores change before any subscriber is called. */
  function commit() {
    sessionsStore.set(sessions.commit());
    if (log !== null) logStore.set(log.commit());
    for (const store of [sessionsStore, logStore, statusStore]) store.notify();
  }

  function show(filter: LogFilter | null, options?: ShowOptions) {
    const wanted = JSON.stringify(filter);
    if (wanted === key) return;
    key = wanted;
    log?.stop();
    log = null;
    view = null;
    if (filter !== null && options !== undefined) {
      views += 1;
      view = { number: views, query: queryOf(filter) };
      const { query } = view;
      const { follow } = options;
      log = options.createLog({ filter, query, follow, split }, { ...ports, changed: publish });
    }
    engine.post({ kind: "view", view });
    log?.start();
    logStore.set(log === null ? EMPTY_LOG : log.commit());
    logStore.notify();
  }

  attach();

  return {
    status: statusStore.store,
    sessions: sessionsStore.store,
    /** The log of the current filter. */
    log: {
      get: logStore.store.get,
      subscribe: logStore.store.subscribe,
      loadOlder: () => void log?.loadOlder(),
      loadNewer: () => void log?.loadNewer(),
      retry: () => log?.retry(),
      setReading: (key: RowKey) => log?.setReading(key),
      setFollow: (on: boolean) => log?.setFollow(on),
      toEnd: () => log?.toEnd(),
      pause: () => log?.pause(),
      resume: () => log?.resume(),
      setSplit(on: boolean) {
        split = on;
        log?.setSplit(on);
      },
      reveal: (id: number): Promise<boolean> => log?.reveal(id) ?? Promise.resolve(true),
      cancelReveal: () => log?.cancelReveal(),
    },

    /** Show the log under this filter; the same filter again changes nothing. */
    show(filter: LogFilter, options: ShowOptions) {
      show(filter, options);
    },
    /** Show no log: the page needs sessions alone. */
    showNone() {
      show(null);
    },

    attach,
    leave: () => engine.post({ kind: "leave" }),
    nudge: () => engine.post({ kind: "nudge" }),
    reconnect: () => engine.post({ kind: "reconnect" }),
    refreshSessions: () => engine.post({ kind: "refresh_sessions" }),
    /** The tab was shown or hidden, or shows something else. */
    tabChanged,

    /** The hidden sessions changed. */
    hidesChanged() {
      sessions.hidesChanged();
      log?.hidesChanged();
      publish();
    },
  };
}

function createStore<T>(initial: T) {
  const listeners = new Set<() => void>();
  let state = initial;
  let isChanged = false;
  const store: Store<T> = {
    get: () => state,
    subscribe: (notify) => {
      listeners.add(notify);
      return () => void listeners.delete(notify);
    },
  };
  return {
    store,
    set(next: T) {
      isChanged ||= next !== state;
      state = next;
    },
    notify() {
      if (!isChanged) return;
      isChanged = false;
      for (const notify of listeners) notify();
    },
  };
}
