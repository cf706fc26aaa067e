/**
 * What of a session's page is in the URL, as a schema. Each tab has keys of its own, so that all of
 * them keep their place.
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

const OPEN_MAX = 200;
const open = () => list(undefined, OPEN_MAX);

/** The order of the tools and the usage, and that of the files; each tab knows its own columns. */
const orders = v.pipe(
  v.object({ ...sortEntries, order: sortEntries.sort, order_dir: sortEntries.dir }),
  v.transform(({ sort, dir, order, order_dir }) => {
    const [tools, files] = [readOrder({ sort, dir }), readOrder({ sort: order, dir: order_dir })];
    return defined({ ...tools, order: files.sort, order_dir: files.dir });
  }),
);

/** Before this page had `dir`, a column alone meant ascending. */
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
    /** A moment that was picked. */
    at: moment(),
    /** Turns unfolded by hand; with a minus, folded by hand. */
    turn: list(v.pipe(v.string(), v.regex(/^-?\d{1,15}$/)), OPEN_MAX),
    /** Without it only the newest turn is unfolded. */
    fold: word(["all", "none"]),
    /** Calls that are open, by tool use. */
    call: open(),
    /** The calls that the tools tab lists. */
    tool: open(),
    outcome: subset(OUTCOMES),
    /** Part of the path of the files wanted. */
    find: text(),
    /** Files that are open, by path. */
    file: open(),
    /** Subagents that are open. */
    agent: open(),
    event: rowKey(),
  }),
);
export type SessionSearch = v.InferOutput<typeof sessionSearch>;

/** `replace` leaves no step to go back to: for letters typed. */
export type OnSearch = (search: SessionSearch, how?: { replace?: boolean }) => void;

export function filesOrder({ order, order_dir: dir }: SessionSearch): SortSearch {
  return defined({ sort: order, dir });
}

export function withFilesOrder(search: SessionSearch, next: Order<string>): SessionSearch {
  const { sort: order, dir: order_dir } = orderSearch(next);
  return { ...search, order, order_dir };
}

/** Open a row, or close it; of very many the last ones opened stay open. */
export function toggled(
  search: SessionSearch,
  key: "call" | "file" | "agent",
  value: string,
): SessionSearch {
  return withToggled(search, key, value, OPEN_MAX);
}

export function withTab(search: SessionSearch, tab: Tab): SessionSearch {
  const rest: SessionSearch = omit(search, "tab");
  return tab === "activity" ? rest : { ...rest, tab };
}
