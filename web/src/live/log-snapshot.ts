/** What a log publishes, and the state before there is one: all that a page without a log needs. */
import type { EventPage } from "../api/client.ts";
import type { Rows } from "./row-store.ts";
import type { LogRow } from "./rows.ts";

export type Snippet = EventPage["snippets"][number];

/** One immutable state of the log. */
export interface LogSnapshot extends Rows {
  /** Another number for other rows. */
  readonly version: number;
  /** The filter as JSON. */
  readonly filter: string;
  readonly phase: "loading" | "ready" | "failed";
  /** Why the first page failed. */
  readonly problem: string | null;
  /** What is wrong with the query; no request is sent until it changes. */
  readonly refused: string | null;
  /** Saved events in the rows; a call with its result counts twice. */
  readonly events: number;
  /** How many of the events, always the last, are unsaved. */
  readonly unsaved: number;
  /** The rows reach the live end. */
  readonly joined: boolean;
  /** The log has rows before the first. */
  readonly hasOlder: boolean;
  /** Old rows were removed to stay below the limit of memory. */
  readonly trimmed: boolean;
  readonly follow: boolean;
  readonly paused: boolean;
  /** Live events received since the user left the end. */
  readonly fresh: number;
  /** Live events a second, lately. */
  readonly rate: number;
  /** Fetched events that were not valid and were dropped. */
  readonly malformed: number;
  readonly loadingOlder: boolean;
  readonly loadingNewer: boolean;
  /** The log was replaced, or was too far ahead to replay. */
  readonly restarted: "replaced" | "too_far" | null;
  /** Events that are not indexed yet and were not searched. */
  readonly unsearched: EventPage["unsearched"];
  /** The event last requested by `reveal`, together with rows that contain it. */
  readonly revealed: { readonly id: number } | null;
  /** Where the query matched; undefined for most rows. */
  readonly snippetsOf: (row: LogRow) => readonly Snippet[] | undefined;
}

const NO_ROWS: Rows = { count: 0, firstSeq: 0, rowAt: () => undefined, indexOf: () => -1 };

export const EMPTY_LOG: LogSnapshot = {
  ...NO_ROWS,
  version: 0,
  filter: "",
  phase: "loading",
  problem: null,
  refused: null,
  events: 0,
  unsaved: 0,
  joined: false,
  hasOlder: false,
  trimmed: false,
  follow: true,
  paused: false,
  fresh: 0,
  rate: 0,
  malformed: 0,
  loadingOlder: false,
  loadingNewer: false,
  restarted: null,
  unsearched: null,
  revealed: null,
  snippetsOf: () => undefined,
};
