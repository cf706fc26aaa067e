/**
 * The URL schema of a session's page. Each tab has its own keys, so that all tabs keep their state.
 */
import * as v from "valibot";
import { filterSchema } from "../../url/filters.ts";
import { omit, withToggled } from "../../url/edit.ts";
import {
  defined,
  list,
  moment,
  part,
  rowKey,
  searchSchema,
  subset,
  text,
  word,
} from "../../url/search.ts";
import {
  orderSearch,
  readSort,
  sortEntries,
  type Order,
  type SortSearch,
} from "../../url/sorting.ts";
import { OUTCOMES } from "./outcomes.ts";

export const TABS = ["activity", "tools", "files", "agents", "events", "usage"] as const;
export type Tab = (typeof TABS)[number];

/** The kinds of calls that Activity filters by. */
export const CALL_KINDS = ["failed", "edits", "asked"] as const;
export type CallKind = (typeof CALL_KINDS)[number];

const OPEN_MAX = 200;
const open = () => list(undefined, OPEN_MAX);

/** The sort of tools and usage, and of files; the tabs know which columns exist. */
const orders = v.pipe(
  v.object({ ...sortEntries, order: sortEntries.sort, order_dir: sortEntries.dir }),
  v.transform(({ sort, dir, order, order_dir }) => {
    const [tools, files] = [readOrder({ sort, dir }), readOrder({ sort: order, dir: order_dir })];
    return defined({ ...tools, order: files.sort, order_dir: files.dir });
  }),
);

/** In old URLs a column without `dir` is ascending. */
function readOrder(search: Parameters<typeof readSort>[0]) {
  const { sort, dir } = readSort(search);
  return { sort, dir: sort === undefined ? dir : (dir ?? ("asc" as const)) };
}

export const sessionSearch = searchSchema(
  // The filter of the event log, without the session, which is in the path.
  v.pipe(
    v.unknown(),
    filterSchema,
    v.transform((filter) => omit(filter, "session_id")),
  ),
  orders,
  part({
    tab: word(TABS),
    /** A selected moment. */
    at: moment(),
    /** Turns expanded by the user; with a minus, collapsed by the user. */
    turn: list(v.pipe(v.string(), v.regex(/^-?\d{1,15}$/)), OPEN_MAX),
    /** Without it only the newest turn is expanded. */
    fold: word(["all", "none"]),
    /** Open calls, by tool use id. */
    call: open(),
    /** Runs of like calls that are open, by one of their calls. */
    run: open(),
    /** Activity: only calls of these kinds, and of this time (ms since the epoch, inclusive). */
    kind: subset(CALL_KINDS),
    from: moment(),
    to: moment(),
    /** Text to find in Activity. */
    query: text(),
    /** How Activity shows calls; without it as a list. */
    view: word(["waterfall"]),
    /** Filters of the tools tab's calls. */
    tool: open(),
    outcome: subset(OUTCOMES),
    /** Part of a file's path. */
    find: text(),
    /** Open files, by path. */
    file: open(),
    /** Open subagents. */
    agent: open(),
    event: rowKey(),
    /** The rest of the header. */
    details: word(["open"]),
    /** The lanes of subagents on the timeline. */
    lanes: word(["open"]),
  }),
);
export type SessionSearch = v.InferOutput<typeof sessionSearch>;

/** `replace` adds no history entry: for typing. */
export type OnSearch = (search: SessionSearch, how?: { replace?: boolean }) => void;

export function filesOrder({ order, order_dir: dir }: SessionSearch): SortSearch {
  return defined({ sort: order, dir });
}

export function withFilesOrder(search: SessionSearch, next: Order<string>): SessionSearch {
  const { sort: order, dir: order_dir } = orderSearch(next);
  return { ...search, order, order_dir };
}

/** Open or close a row; beyond a limit the last opened rows stay open. */
export function toggled(
  search: SessionSearch,
  key: "call" | "run" | "file" | "agent",
  value: string,
): SessionSearch {
  return withToggled(search, key, value, OPEN_MAX);
}

export function withTab(search: SessionSearch, tab: Tab): SessionSearch {
  const rest: SessionSearch = omit(search, "tab");
  return tab === "activity" ? rest : { ...rest, tab };
}

/** Only the calls of a time, or of all. */
export function withRange(
  search: SessionSearch,
  range: { since: number; until: number } | null,
): SessionSearch {
  const rest: SessionSearch = omit(search, "from", "to", "at");
  return range === null ? rest : { ...rest, from: range.since, to: range.until };
}

export function withoutActivityFilter(search: SessionSearch): SessionSearch {
  return omit(search, "from", "to", "kind");
}
