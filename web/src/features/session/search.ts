/**
 * What of a session's page is in the URL. In: the URL's parameters, as anybody may have typed them.
 * Out: those that make sense. Each tab has keys of its own, so that all of them keep their place.
 */
import type { CallRow } from "../../api/client.ts";
import { readFilter, type Filter } from "../../url/filters.ts";
import { OUTCOMES } from "./outcomes.ts";

export const TABS = ["activity", "tools", "files", "agents", "events", "usage"] as const;
export type Tab = (typeof TABS)[number];

/** The keys `event_type`, `tool_name`, `agent_id` are the event log's own filter. */
export interface SessionSearch extends Omit<Filter, "session_id"> {
  tab?: Tab;
  /** A moment that was picked, ms since the epoch. */
  at?: number;
  /** Turns unfolded by hand; with a minus, folded by hand. */
  turn?: string[];
  /** Without it only the newest turn is unfolded. */
  fold?: "all" | "none";
  /** Calls that are open, by tool use. */
  call?: string[];
  /** The calls that the tools tab lists. */
  tool?: string[];
  outcome?: CallRow["outcome"][];
  /** The tools' and the files' order: a column, with a minus the largest first. */
  sort?: string;
  order?: string;
  /** Part of the path of the files wanted. */
  find?: string;
  /** Files that are open, by path. */
  file?: string[];
  /** Subagents that are open. */
  agent?: string[];
  /** The open row of the event log: an event's id, or `u` and a number for one not saved yet. */
  event?: string;
}

/** `replace` leaves no step to go back to: for letters typed. */
export type OnSearch = (search: SessionSearch, how?: { replace?: boolean }) => void;

const OPEN_MAX = 200;

export function readSessionSearch(search: Record<string, unknown>): SessionSearch {
  const filter = omit(readFilter(search), "session_id");
  const tab = TABS.find((one) => one === search["tab"]);
  const at = Number(one(search["at"]) ?? NaN);
  const fold = (["all", "none"] as const).find((one) => one === search["fold"]);
  const event = one(search["event"]);
  const outcome = many(search["outcome"]).filter((value) =>
    OUTCOMES.some((known) => known === value),
  ) as CallRow["outcome"][];
  return {
    ...filter,
    ...(tab !== undefined && { tab }),
    ...(Number.isSafeInteger(at) && at > 0 && { at }),
    ...(fold !== undefined && { fold }),
    ...list(
      "turn",
      many(search["turn"]).filter((value) => /^-?\d{1,15}$/.test(value)),
    ),
    ...list("call", many(search["call"])),
    ...list("tool", many(search["tool"])),
    ...(outcome.length > 0 && { outcome }),
    ...text("sort", search["sort"]),
    ...text("order", search["order"]),
    ...text("find", search["find"]),
    ...list("file", many(search["file"])),
    ...list("agent", many(search["agent"])),
    ...(event !== undefined && /^u?\d{1,15}$/.test(event) && { event }),
  };
}

/** The search with a value of a list put in, or taken out when it is there. */
export function toggled(
  search: SessionSearch,
  key: "call" | "file" | "agent",
  value: string,
): SessionSearch {
  const now = search[key] ?? [];
  return withList(
    search,
    key,
    now.includes(value) ? now.filter((one) => one !== value) : [...now, value].slice(-OPEN_MAX),
  );
}

/** The search with a list in place of another; an empty one leaves the URL. */
export function withList<K extends "call" | "file" | "agent" | "turn" | "tool" | "outcome">(
  search: SessionSearch,
  key: K,
  values: NonNullable<SessionSearch[K]>,
): SessionSearch {
  const rest: SessionSearch = omit(search, key);
  return values.length === 0 ? rest : { ...rest, [key]: values };
}

export function withTab(search: SessionSearch, tab: Tab): SessionSearch {
  const rest: SessionSearch = omit(search, "tab");
  return tab === "activity" ? rest : { ...rest, tab };
}

/** An object without some of its keys. */
export function omit<T extends object, K extends keyof T>(from: T, ...keys: K[]): Omit<T, K> {
  return Object.fromEntries(
    Object.entries(from).filter(([key]) => !keys.some((one) => one === key)),
  ) as Omit<T, K>;
}

function one(value: unknown): string | undefined {
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : undefined;
}

function many(value: unknown): string[] {
  const values = (Array.isArray(value) ? value : [value]).map(one);
  return [...new Set(values.filter((it): it is string => it !== undefined && it !== ""))].slice(
    0,
    OPEN_MAX,
  );
}

function list(key: string, values: string[]): object {
  return values.length > 0 ? { [key]: values } : {};
}

function text(key: string, value: unknown): object {
  return typeof value === "string" && value !== "" ? { [key]: value } : {};
}
