/** Build the palette's groups of choices, best match first. */
import type { Filters, SessionMatch, SessionRow } from "../../api/client.ts";
import { askTitle, firstOpen } from "../../domain/asks.ts";
import { needsYou } from "../../live/needs-you.ts";
import { shortId } from "../../ui/marks.tsx";
import { hrefAt } from "../../domain/session-search.ts";
import { statusLook } from "../../domain/statuses.ts";
import { toolLabel } from "../../domain/tools.ts";
import { fold, score, wordsOf, type Weighted } from "./fuzzy.ts";

export type GroupName =
  | "Recent"
  | "Needs you"
  | "Sessions"
  | "Prompts and answers"
  | "Views"
  | "Tools"
  | "Filter events"
  | "Actions"
  | "Search";

export interface Choice {
  /** Stable between visits: recent choices are stored by id. */
  id: string;
  group: Exclude<GroupName, "Recent" | "Needs you">;
  label: string;
  detail: string;
  /** Normalized texts that the choice is found by. */
  texts: readonly Weighted[];
  keys?: string;
  session?: SessionRow;
  /** A word that the query must start to spell: otherwise the choice would stand beside another. */
  verb?: string;
  /** An address of this page, or an action. */
  goal: { href: string } | { run: () => void };
}

export interface Group {
  value: GroupName;
  items: Choice[];
}

/** Per group; one more letter narrows the list. */
const GROUP_MAX = 7;
const PROMPT_MAX = 160;
const ID = /^[0-9a-z][0-9a-z_-]{30,}$/i;

export function sessionChoice(row: SessionRow): Choice {
  const project = row.project ?? row.source_app ?? "session";
  const ask = needsYou(row) ? firstOpen(row.asks) : undefined;
  const asked = ask === undefined ? (needsYou(row) ? row.status_reason : null) : askTitle(ask);
  const title = row.title ?? row.last_prompt;
  const texts: Weighted[] = [
    [fold(project), 1],
    [fold(row.session_id), 0.95],
    [statusLook(row.status).word, 0.4],
  ];
  if (row.title !== null) texts.push([fold(row.title.slice(0, PROMPT_MAX)), 0.9]);
  if (row.last_prompt !== null) texts.push([fold(row.last_prompt.slice(0, PROMPT_MAX)), 0.7]);
  return {
    id: `session ${row.session_id}`,
    group: "Sessions",
    label: title === null ? `${project} ${shortId(row.session_id)}` : title.slice(0, PROMPT_MAX),
    detail: [project, asked]
      .filter((part) => part !== null)
      .join(" · ")
      .slice(0, PROMPT_MAX),
    texts,
    session: row,
    goal: { href: `/sessions/${encodeURIComponent(row.session_id)}` },
  };
}

/** The command that resumes a session, found as "resume" with the session's own words. */
export function resumeChoice(row: SessionRow, run: () => void): Choice {
  const { label, detail, texts } = sessionChoice(row);
  return {
    id: `resume ${row.session_id}`,
    group: "Actions",
    label: `Resume ${label}`,
    detail,
    verb: "resume",
    texts: [["resume", 1], ...texts],
    goal: { run },
  };
}

/** A session by what was said in it; it opens at that turn. */
export function matchChoice({ session, event_id, timestamp, parts }: SessionMatch): Choice {
  const said = parts.map(({ text }) => text).join("");
  return {
    id: `match ${event_id}`,
    group: "Prompts and answers",
    label: (session.title ?? session.project ?? shortId(session.session_id)).slice(0, PROMPT_MAX),
    detail: said.replaceAll(/\s+/g, " ").slice(0, PROMPT_MAX),
    texts: [],
    session,
    goal: { href: hrefAt(session.session_id, timestamp) },
  };
}

export function viewChoices(
  views: readonly { to: string; key: string; name: string; also?: string }[],
): Choice[] {
  return views.map(({ to, key, name, also = "" }) => ({
    id: `view ${to}`,
    group: "Views",
    label: name,
    detail: also.split(" ").slice(0, 3).join(", "),
    keys: key,
    texts: [
      [fold(name), 1.1],
      ["go to view", 0.3],
      ...also
        .split(" ")
        .filter((word) => word !== "")
        .map((word): Weighted => [word, 1]),
    ],
    goal: { href: to },
  }));
}

export function valueChoices(values: Filters): Choice[] {
  return [
    ...values.tool_names.map(({ value }) =>
      choiceOf(
        "Tools",
        `tool ${value}`,
        toolLabel(value),
        "calls and failures",
        `/tools?tool=${encodeURIComponent(value)}`,
        value,
      ),
    ),
    ...values.source_apps.map(({ value }) => filterChoice("source_app", value, value, "project")),
    ...values.event_types.map(({ value }) => filterChoice("event_type", value, value, "type")),
    ...values.tool_names.map(({ value }) =>
      filterChoice("tool_name", value, toolLabel(value), "tool"),
    ),
  ];
}

function filterChoice(key: string, value: string, label: string, kind: string): Choice {
  return choiceOf(
    "Filter events",
    `filter ${key} ${value}`,
    label,
    `events of this ${kind}`,
    `/events?${key}=${encodeURIComponent(value)}`,
    `${value} ${kind}`,
  );
}

function choiceOf(
  group: "Tools" | "Filter events",
  id: string,
  label: string,
  detail: string,
  href: string,
  found: string,
): Choice {
  return {
    id,
    group,
    label,
    detail,
    texts: [
      [fold(label), 0.85],
      [fold(found), 0.8],
      [group === "Tools" ? "tool" : "filter events", 0.3],
    ],
    goal: { href },
  };
}

/**
 * Without a query: recent choices, sessions that need the user, and the first few of each group.
 */
export function startGroups(choices: readonly Choice[], recent: readonly string[]): Group[] {
  const byId = new Map(choices.map((one) => [one.id, one]));
  const last = recent.flatMap((id) => byId.get(id) ?? []);
  const needing = choices
    .filter(({ session }) => session !== undefined && needsYou(session))
    .sort((a, b) => (a.session?.status_since ?? 0) - (b.session?.status_since ?? 0));
  const taken = new Set([...needing, ...last]);
  const isLive = ({ session }: Choice) => session !== undefined && session.status !== "ended";
  const of = (group: GroupName, max: number) =>
    choices
      .filter(
        (one) =>
          one.group === group &&
          one.verb === undefined &&
          !taken.has(one) &&
          (group !== "Sessions" || isLive(one)),
      )
      .slice(0, max);
  return filled([
    { value: "Needs you", items: needing.slice(0, GROUP_MAX) },
    { value: "Recent", items: last.filter((one) => !needing.includes(one)) },
    { value: "Sessions", items: of("Sessions", GROUP_MAX) },
    { value: "Views", items: of("Views", GROUP_MAX) },
    { value: "Actions", items: of("Actions", 12) },
  ]);
}

const RECENT_BONUS = 8;
const LIVE_BONUS = 6;
const NEEDS_BONUS = 10;

/** The group with the best match is first; full-text search is always last. */
export function foundGroups(
  query: string,
  choices: readonly Choice[],
  recent: readonly string[],
  said: readonly Choice[] = [],
): Group[] {
  const words = wordsOf(query);
  const groups = new Map<GroupName, { choice: Choice; points: number }[]>();
  for (const choice of choices) {
    const { verb } = choice;
    if (verb !== undefined && !words.some((word) => word.length > 1 && verb.startsWith(word)))
      continue;
    const points = score(words, choice.texts);
    if (points === 0) continue;
    const found = groups.get(choice.group) ?? [];
    found.push({ choice, points: points + bonusOf(choice, recent) });
    groups.set(choice.group, found);
  }
  for (const found of groups.values()) found.sort((a, b) => b.points - a.points);
  const best = [...groups].sort(([, a], [, b]) => (b[0]?.points ?? 0) - (a[0]?.points ?? 0));
  return filled([
    ...best.map(([value, found]) => ({
      value,
      items: found.slice(0, GROUP_MAX).map(({ choice }) => choice),
    })),
    { value: "Prompts and answers", items: said.slice(0, GROUP_MAX) },
    { value: "Search", items: searchChoices(query) },
  ]);
}

function bonusOf({ id, session }: Choice, recent: readonly string[]): number {
  const isRecent = recent.includes(id) ? RECENT_BONUS : 0;
  if (session === undefined) return isRecent;
  return isRecent + (needsYou(session) ? NEEDS_BONUS : session.status === "ended" ? 0 : LIVE_BONUS);
}

function searchChoices(query: string): Choice[] {
  const text = query.trim();
  const choices: Choice[] = [];
  if (ID.test(text))
    choices.push({
      id: "open",
      group: "Search",
      label: `Open session ${text}`,
      detail: "",
      texts: [],
      goal: { href: `/sessions/${encodeURIComponent(text)}` },
    });
  if (text !== "")
    choices.push({
      id: "search sessions",
      group: "Search",
      label: `Search sessions for “${text}”`,
      detail: "prompts and answers",
      texts: [],
      goal: { href: `/?q=${encodeURIComponent(text)}` },
    });
  if (text !== "")
    choices.push({
      id: "search",
      group: "Search",
      label: `Search events for “${text}”`,
      detail: "full history",
      texts: [],
      goal: { href: `/events?q=${encodeURIComponent(text)}` },
    });
  return choices;
}

function filled(groups: Group[]): Group[] {
  return groups.filter(({ items }) => items.length > 0);
}
