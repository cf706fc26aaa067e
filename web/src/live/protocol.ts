/**
 * The messages between a page and the engine, which runs in a worker for all tabs. They carry
 * changes only. A page acknowledges each update once it is drawn, and gets the next after that: so
 * a slow page gets fewer and larger ones, and a page that is gone is noticed.
 */
import type { EventLine, EventQuery, Hello, Recording, SessionRow } from "../api/client.ts";
import type { Connection } from "./connection.ts";

export type ToEngine =
  | { kind: "attach"; tab: Tab; view: View | null }
  /** The tab shows a log under another filter, or none. */
  | { kind: "view"; view: View | null }
  | { kind: "tab"; tab: Tab }
  | { kind: "drawn"; update: number }
  /** The network or the user is back. */
  | { kind: "nudge" }
  /** The user asks to open the stream now. */
  | { kind: "reconnect" }
  | { kind: "refresh_sessions" }
  | { kind: "leave" };

export type ToPage =
  | Update
  /** The engine gave this tab up, as it was frozen: attach again. */
  | { kind: "expired" };

/** What a log view needs of the events. Messages for an earlier view are ignored. */
export interface View {
  readonly number: number;
  readonly query: EventQuery;
}

/** What the engine has to know of a tab to notify the user once. */
export interface Tab {
  readonly hidden: boolean;
  /** The user looks at all sessions, or at one. */
  readonly sees: "sessions" | { readonly session: string } | null;
  /** Notifications are on. */
  readonly notifies: boolean;
}

export interface Update {
  readonly kind: "update";
  readonly number: number;
  readonly status?: EngineStatus;
  readonly sessions?: SessionsChange;
  readonly log?: LogChange;
  readonly notify?: readonly Call[];
  /** Tags of notifications to close. */
  readonly settled?: readonly string[];
}

export interface EngineStatus {
  readonly connection: Connection;
  /** How many missed events the last reconnect brought, and when. */
  readonly filledIn: { readonly count: number; readonly at: number } | null;
  /** Messages that were not valid and were dropped. */
  readonly malformed: number;
  readonly hello: Hello | null;
  /** Whether events are stored; null until the stream says so. */
  readonly recording: Recording | null;
}

export const NO_STATUS: EngineStatus = {
  connection: { kind: "connecting" },
  filledIn: null,
  malformed: 0,
  hello: null,
  recording: null,
};

export interface SessionsChange {
  readonly phase: "loading" | "ready" | "failed";
  readonly problem: string | null;
  /** Rows that changed; with `whole` all rows. */
  readonly rows: readonly SessionRow[];
  readonly removed: readonly string[];
  readonly whole: boolean;
}

export interface LogChange {
  /** Of the view. */
  readonly view: number;
  /**
   * Events from this id on follow: those before were not sent. Null while they are not followed.
   */
  readonly startsAfter?: number | null;
  readonly restarted?: "replaced" | "too_far";
  /** Matching events; none for a text query, which only the server can match. */
  readonly events: readonly EventLine[];
  /** The newest id, matching or not. */
  readonly newest: number;
  /** All unsaved events that match, when they changed. */
  readonly unsaved?: readonly EventLine[];
}

export interface Call {
  readonly sessionId: string;
  readonly title: string;
  readonly body: string;
  /** The same in all tabs: the browser shows one notification per tag. */
  readonly tag: string;
}

/** The page's end of a connection to the engine. */
export interface EnginePort {
  post: (message: ToEngine) => void;
}

/** The engine's end of a connection to a page. */
export interface PagePort {
  post: (message: ToPage) => void;
}
