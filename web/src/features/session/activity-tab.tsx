/** What a session did: its turns, oldest first, from the end; as a list or as a waterfall. */
import { ArrowDown, FilterX, MessagesSquare } from "lucide-react";
import {
  lazy,
  Suspense,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
  type ReactNode,
} from "react";
import { get, type AgentRow, type CallRow, type TurnRow } from "../../api/client.ts";
import { Button, Empty, LoadFailed, SkeletonLine, SkeletonRows } from "../../ui/states.tsx";
import { EventLink } from "../../ui/links.tsx";
import { omit, withList } from "../../url/edit.ts";
import {
  sectionsOf,
  type ActivityOptions,
  type ActivityRow,
  type Section,
} from "./activity-rows.ts";
import { ActivityToolbar } from "./activity-toolbar.tsx";
import { CallLine } from "./call-line.tsx";
import { AgentHead, PauseLine, RunLine } from "./call-parts.tsx";
import type { Hit } from "./find.ts";
import { useAll, useGrowing, useRevision, type Growing } from "./hooks.ts";
import { FailedLine, MoreButton } from "./lines.tsx";
import { toggled, withoutActivityFilter, type SessionSearch } from "./search.ts";
import { SectionList, type Goal, type SectionListHandle } from "./section-list.tsx";
import type { TabProps } from "./session-view.tsx";
import { CopyTurn } from "./copy-turn.tsx";
import { TurnHead } from "./turn-head.tsx";
import { isUnfolded, marked } from "./turn-summary.ts";
import { TurnAnswer, TurnPrompt } from "./turn-text.tsx";
import { useCalls, type CallQuery } from "./use-calls.ts";
import { useFind, useMarks } from "./use-find.ts";

const WaterfallAxis = lazy(() =>
  import("./waterfall.tsx").then((part) => ({ default: part.WaterfallAxis })),
);
const WaterfallBar = lazy(() =>
  import("./waterfall.tsx").then((part) => ({ default: part.WaterfallBar })),
);

const PAGE = 50;
const NO_TURNS: readonly TurnRow[] = [];
const NO_CALLS: readonly CallRow[] = [];
const ROW_PX = 28;

export function ActivityTab({ row, search, onSearch }: TabProps) {
  const id = row.session_id;
  const data = useActivity(id, row.agents, row.agent_count, search);
  const { turns, rows, calls, agents } = data;
  const fresh = useFresh(rows);
  const target = turnAt(rows, search.at, turns.hasMore);
  const options = useOptions({ search, fresh, target, data });
  const list = useRef<SectionListHandle>(null);
  const place = useRef<HTMLDivElement>(null);
  const [isBelow, setIsBelow] = useState(false);
  const [drawn, setDrawn] = useState<readonly ActivityRow[]>([]);

  const sections = useMemo(
    () => sectionsOf(rows ?? NO_TURNS, calls.rows ?? NO_CALLS, agents, options),
    [rows, calls.rows, agents, options],
  );
  const latest = useRef({ search, sections });
  useEffect(() => {
    latest.current = { search, sections };
  });

  const [atStart] = useState(() => goalOf(search));
  const hereId =
    search.at === undefined ? atStart.call : callAt(sections, target ?? null, search.at);
  const goalKey = goalKeyOf({ search, target, hereId, atStart, data });
  const asked = useMemo<Goal | null>(
    () =>
      goalKey === null
        ? null
        : { key: goalKey, align: goalKey.startsWith("t") ? "start" : "center" },
    [goalKey],
  );
  const [jump, setJump] = useState<{ goal: Goal; since: Goal | null } | null>(null);
  // Where the URL leads to is newer than the hit.
  const goal = jump !== null && jump.since === asked ? jump.goal : asked;

  const finder = useFind({
    query: search.query ?? "",
    isComplete: !turns.hasMore && !calls.hasMore,
    sections: useCallback(
      () =>
        sectionsOf(rows ?? NO_TURNS, calls.rows ?? NO_CALLS, agents, {
          ...options,
          isUnfolded: () => true,
          isRunOpen: () => true,
          waterfall: false,
        }),
      [rows, calls.rows, agents, options],
    ),
    onQuery: (query) => {
      const rest: SessionSearch = omit(search, "query");
      onSearch(query === "" ? rest : { ...rest, query }, { replace: true });
    },
    onHit: (hit) => {
      list.current?.leaveEnd();
      setJump({ goal: { key: hit.key, align: "center" }, since: asked });
      onSearch(unfoldedFor(search, hit), { replace: true });
    },
  });
  useReach({ data, search, sections, drawn, hereId, target, total: row.tool_count });
  useMarks(place, search.query ?? "", drawn);

  const onFold = useCallback(
    (turnId: number, unfolded: boolean) => {
      list.current?.hold(`t ${turnId}`);
      const now = latest.current.search;
      onSearch(withList(now, "turn", marked(now.turn ?? [], turnId, unfolded)));
    },
    [onSearch],
  );
  const onCall = useCallback(
    (call: CallRow) => {
      list.current?.leaveEnd();
      const { search: now, sections: shown } = latest.current;
      const next = toggled(now, "call", call.tool_use_id);
      const turn = turnOf(shown, call.tool_use_id);
      // The link must open with the call's turn expanded.
      onSearch(
        turn === null ? next : withList(next, "turn", marked(next.turn ?? [], turn.id, true)),
      );
    },
    [onSearch],
  );
  const onRun = useCallback(
    (run: readonly CallRow[]) => {
      list.current?.leaveEnd();
      const now = latest.current.search;
      const ids = new Set(run.map(({ tool_use_id }) => tool_use_id));
      const others = (now.run ?? []).filter((one) => !ids.has(one));
      const isOpen = others.length < (now.run ?? []).length;
      const first = run[0]?.tool_use_id;
      onSearch(withList(now, "run", isOpen || first === undefined ? others : [...others, first]));
    },
    [onSearch],
  );

  const open = useMemo(() => new Set(search.call), [search.call]);
  const found = finder.query === "" ? null : (finder.hit?.key ?? null);
  const draw = (one: ActivityRow): ReactNode => {
    const isHere = one.key === found || one.key === `c ${hereId ?? ""}`;
    switch (one.kind) {
      case "older":
        return <Older data={data} />;
      case "loose":
        return <h2 className="bg-ground px-3 py-2 text-muted italic">Before the first prompt</h2>;
      case "turn":
        return <TurnHead {...one} onFold={onFold} />;
      case "prompt":
        return (
          <Text isHere={isHere}>
            <TurnPrompt turn={one.turn} />
          </Text>
        );
      case "answer":
        return (
          <Text isHere={isHere}>
            <TurnAnswer turn={one.turn} />
          </Text>
        );
      case "link":
        return (
          <p className="flex items-center gap-x-3 px-3 pt-1 pb-3 pl-23 text-xs text-muted">
            <EventLink id={one.turn.id} sessionId={id}>
              View in Events
            </EventLink>
            <CopyTurn sessionId={id} turnId={one.turn.id} />
          </p>
        );
      case "pending":
        return <Pending count={one.count} calls={calls} />;
      case "call":
        return (
          <CallLine
            call={one.call}
            depth={one.depth}
            open={open.has(one.call.tool_use_id)}
            onToggle={onCall}
            here={isHere}
            stop
          />
        );
      case "run":
        return <RunLine calls={one.calls} depth={one.depth} open={one.open} onToggle={onRun} />;
      case "agent":
        return <AgentHead item={one.item} depth={one.depth} here={isHere} />;
      case "pause":
        return <PauseLine ms={one.ms} depth={one.depth} />;
      case "axis":
        return (
          <Suspense fallback={<Loading px={24} />}>
            <WaterfallAxis {...one} />
          </Suspense>
        );
      case "bar":
        return (
          <Suspense fallback={<Loading px={ROW_PX} />}>
            <WaterfallBar
              row={one}
              open={one.item.kind === "call" && open.has(one.item.call.tool_use_id)}
              here={isHere}
              onToggle={onCall}
            />
          </Suspense>
        );
      default:
        return one satisfies never;
    }
  };

  if (rows === null)
    return turns.problem === null ? (
      <SkeletonRows label="Loading the turns" />
    ) : (
      <LoadFailed what="The turns" problem={turns.problem} onRetry={turns.retry} />
    );
  const isFiltered = options.filtered !== null;
  if (rows.length === 0 && row.tool_count === 0 && !isFiltered) {
    return (
      <Empty Icon={MessagesSquare} title="No prompts yet">
        <p>Each prompt starts a turn. Other events of this session are in the Events tab.</p>
      </Empty>
    );
  }
  const isEmpty = isFiltered && calls.rows !== null && !sections.some(({ turn }) => turn !== null);
  return (
    <>
      <ActivityToolbar row={row} search={search} finder={finder} onSearch={onSearch} />
      {turns.problem === null ? null : (
        <FailedLine what="The turns" problem={turns.problem} onRetry={turns.retry} />
      )}
      {calls.problem === null ? null : (
        <FailedLine what="The calls" problem={calls.problem} onRetry={calls.retry} />
      )}
      {isEmpty ? (
        <Empty Icon={FilterX} title="No matching calls">
          <p>No calls in this session match the filters.</p>
          <Button onClick={() => onSearch(withoutActivityFilter(search))} className="mt-4 text-ink">
            Clear filters
          </Button>
        </Empty>
      ) : (
        <div ref={place} className="flex min-h-0 grow flex-col">
          <SectionList
            label="Activity"
            sections={sections}
            estimate={estimate}
            atEnd={search.at === undefined && atStart.turn === null && atStart.call === null}
            goal={goal}
            onBelow={setIsBelow}
            onDrawn={setDrawn}
            handle={list}
            sectionProps={(section) => attributesOf(section, target)}
          >
            {draw}
          </SectionList>
        </div>
      )}
      {isBelow ? (
        <button
          type="button"
          onClick={() => list.current?.toEnd()}
          className="absolute right-5 bottom-3 z-20 inline-flex h-8 items-center gap-1.5 rounded-full border border-strong-edge bg-raised px-3 font-medium shadow-over hover:bg-hover max-md:h-10"
        >
          <ArrowDown aria-hidden size={14} /> Newest
        </button>
      ) : null}
    </>
  );
}

function attributesOf(
  { turn, rows }: { turn?: TurnRow | null; rows: readonly ActivityRow[] },
  target: TurnRow | undefined,
) {
  if (turn == null) return {};
  const head = rows[0];
  return {
    "data-fold": "",
    "data-turn": String(turn.id),
    "data-folded": head?.kind === "turn" && !head.unfolded ? "" : undefined,
    "data-here": turn === target ? "" : undefined,
  };
}

/** Heights until they are measured. */
function estimate(row: ActivityRow): number {
  switch (row.kind) {
    case "turn":
      return row.unfolded || row.turn.answer === null ? 37 : 58;
    case "prompt":
    case "answer":
      return 96;
    case "link":
      return 32;
    case "pending":
      return row.count * ROW_PX;
    case "loose":
    case "older":
      return 36;
    case "pause":
    case "axis":
      return 24;
    case "call":
    case "run":
    case "agent":
    case "bar":
      return ROW_PX;
    default:
      return row satisfies never;
  }
}

function Text({ isHere, children }: { isHere: boolean; children: ReactNode }) {
  return (
    <div data-here={isHere || undefined} className="px-3 py-1 md:pl-23">
      {children}
    </div>
  );
}

function Loading({ px }: { px: number }) {
  return (
    <div style={{ height: px }} className="flex items-center px-3">
      <SkeletonLine className="late w-1/3" />
    </div>
  );
}

/** The expected height, so that little moves when the calls load. */
function Pending({ count, calls }: { count: number; calls: Growing<CallRow> }) {
  return (
    <div
      role="status"
      aria-label={calls.problem === null ? "Loading the calls" : "Calls are missing"}
      className="flex items-start px-3 pt-2"
      style={{ height: count * ROW_PX }}
    >
      <SkeletonLine className="late w-1/3" />
    </div>
  );
}

function Older({ data: { turns } }: { data: ActivityData }) {
  return (
    <MoreButton busy={turns.loadingMore} onClick={turns.more}>
      Show older turns
    </MoreButton>
  );
}

interface ActivityData {
  turns: Growing<TurnRow>;
  /** Oldest first. */
  rows: readonly TurnRow[] | null;
  calls: Growing<CallRow>;
  agents: readonly AgentRow[];
}

function useActivity(
  id: string,
  someAgents: readonly AgentRow[],
  agentCount: number,
  search: SessionSearch,
): ActivityData {
  const revision = useRevision();
  const turns = useGrowing<TurnRow>({
    key: ["session", id, "turns"],
    fetchPage: async (page, signal) => {
      const { turns: rows, next } = await get("/api/sessions/{session_id}/turns", {
        params: { path: { session_id: id }, query: page },
        signal,
      });
      return { rows, next };
    },
    pageSize: PAGE,
    revision: () => revision,
  });
  const rows = useMemo(() => turns.rows?.toReversed() ?? null, [turns.rows]);
  const calls = useCalls(id, queryOf(search), true);
  const agents = useAgents(id, someAgents, agentCount, revision);
  return { turns, rows, calls, agents };
}

function queryOf({ kind, from, to }: SessionSearch): CallQuery {
  return {
    ...(kind !== undefined && { kind }),
    ...(from !== undefined && { since: from }),
    ...(to !== undefined && { until: to }),
  };
}

interface OptionInputs {
  search: SessionSearch;
  fresh: ReadonlySet<number>;
  target: TurnRow | undefined;
  data: ActivityData;
}

function useOptions({ search, fresh, target, data }: OptionInputs): ActivityOptions {
  const { turn, fold, run, call, kind, from, to, view } = search;
  const hasMoreCalls = data.calls.hasMore || data.calls.rows === null;
  const oldest = data.calls.rows?.at(-1)?.first_event_id ?? Infinity;
  const hasOlderTurns = data.turns.hasMore;
  const targetId = target?.id;
  return useMemo(() => {
    const marks = new Set(turn);
    const opened = new Set([...(run ?? []), ...(call ?? [])]);
    const filtered =
      kind === undefined && from === undefined && to === undefined
        ? null
        : { kinds: kind !== undefined, since: from ?? 0, until: to ?? Infinity };
    return {
      isUnfolded: (one) =>
        isUnfolded(one, marks, fold, filtered !== null || fresh.has(one.id) || one.id === targetId),
      isRunOpen: (calls) => calls.some(({ tool_use_id }) => opened.has(tool_use_id)),
      waterfall: view === "waterfall",
      filtered,
      hasMoreCalls,
      loadedFrom: oldest,
      hasOlderTurns,
    };
  }, [
    turn,
    fold,
    run,
    call,
    kind,
    from,
    to,
    view,
    fresh,
    targetId,
    hasMoreCalls,
    oldest,
    hasOlderTurns,
  ]);
}

/** The turn that contains a time; the first one for an earlier time. */
function turnAt(
  rows: readonly TurnRow[] | null,
  at: number | undefined,
  hasOlder: boolean,
): TurnRow | undefined {
  if (at === undefined || rows === null) return undefined;
  return rows.findLast((turn) => turn.started_at <= at) ?? (hasOlder ? undefined : rows[0]);
}

/** The last call of a turn that started by then. */
function callAt(sections: readonly Section[], turn: TurnRow | null, at: number): string | null {
  let last: CallRow | null = null;
  const include = (call: CallRow) => {
    if (call.started_at > at) return;
    if (last === null || call.started_at > last.started_at || call.id > last.id) last = call;
  };
  for (const row of sections.find((section) => section.turn === turn)?.rows ?? []) {
    if (row.kind === "call") include(row.call);
    else if (row.kind === "run") row.calls.forEach(include);
    else if (row.kind === "bar" && row.item.kind === "call") include(row.item.call);
  }
  return (last as CallRow | null)?.tool_use_id ?? null;
}

function turnOf(sections: readonly Section[], toolUseId: string): TurnRow | null {
  const has = (row: ActivityRow) =>
    (row.kind === "call" && row.call.tool_use_id === toolUseId) ||
    (row.kind === "bar" && row.item.kind === "call" && row.item.call.tool_use_id === toolUseId);
  return sections.find(({ rows }) => rows.some(has))?.turn ?? null;
}

interface GoalInputs {
  search: SessionSearch;
  target: TurnRow | undefined;
  hereId: string | null;
  atStart: ReturnType<typeof goalOf>;
  data: ActivityData;
}

/** The row to which the URL leads; null until what is needed to tell is loaded. */
function goalKeyOf({ search, target, hereId, atStart, data }: GoalInputs): string | null {
  if (search.at === undefined) {
    if (atStart.call !== null) return `c ${atStart.call}`;
    return atStart.turn === null ? null : `t ${atStart.turn}`;
  }
  if (target === undefined || !reaches(data.calls, search.at)) return null;
  return hereId === null ? `t ${target.id}` : `c ${hereId}`;
}

/** Whether the calls of before a time are loaded as far as they may matter. */
function reaches(calls: Growing<CallRow>, at: number): boolean {
  if (calls.rows === null) return calls.problem !== null;
  return !calls.hasMore || (calls.rows.at(-1)?.started_at ?? Infinity) <= at;
}

/** What the URL opens: the last opened call, else the turn. */
function goalOf({ at, turn, call }: SessionSearch): { turn: number | null; call: string | null } {
  if (at !== undefined) return { turn: null, call: null };
  return {
    turn: Number(turn?.findLast((mark) => !mark.startsWith("-")) ?? NaN) || null,
    call: call?.at(-1) ?? null,
  };
}

/** The URL with the turn and the run of a hit open. */
function unfoldedFor(search: SessionSearch, { turnId, toolUseId }: Hit): SessionSearch {
  const open =
    turnId === null ? search : withList(search, "turn", marked(search.turn ?? [], turnId, true));
  if (toolUseId === null || open.run?.includes(toolUseId) === true) return omit(open, "at");
  return omit(withList(open, "run", [...(open.run ?? []), toolUseId]), "at");
}

/**
 * The newest turn expands by itself, and stays expanded for a user who saw it when the next one
 * starts.
 */
function useFresh(rows: readonly TurnRow[] | null): ReadonlySet<number> {
  const [fresh, setFresh] = useState<ReadonlySet<number>>(new Set());
  const newest = rows?.at(-1)?.id;
  if (newest !== undefined && !fresh.has(newest)) setFresh(new Set([...fresh, newest]));
  return fresh;
}

/**
 * A session's row carries the most recently seen agents; when there are more, all are requested.
 */
function useAgents(
  id: string,
  some: readonly AgentRow[],
  count: number,
  revision: number,
): readonly AgentRow[] {
  const all = useAll<AgentRow>(
    ["session", id, "agents"],
    async (page) => {
      const { agents: rows, next } = await get("/api/sessions/{session_id}/agents", {
        params: { path: { session_id: id }, query: page },
      });
      return { rows, next };
    },
    revision,
    { enabled: count > some.length },
  );
  return all.data === undefined || count <= some.length ? some : all.data.rows;
}

interface ReachInputs {
  data: ActivityData;
  search: SessionSearch;
  sections: readonly Section[];
  drawn: readonly ActivityRow[];
  hereId: string | null;
  target: TurnRow | undefined;
  /** All calls of the session. */
  total: number;
}

/** Load older turns and calls as far as they are drawn, looked for, or named by the URL. */
function useReach({ data, search, sections, drawn, hereId, target, total }: ReachInputs) {
  const { turns, calls, rows } = data;
  const isFinding = search.query !== undefined;
  const isFiltered = (search.kind ?? search.from ?? search.to) !== undefined;
  const oldest = turns.rows?.at(-1);
  const named = Math.min(...(search.turn ?? []).map(Number).filter((id) => id > 0));
  const oldestCall = calls.rows?.at(-1);
  // What was drawn before the last page came says nothing of the next one.
  const isDrawn = (kind: ActivityRow["kind"]) =>
    drawn.some(
      (row) => row.kind === kind && sections.some(({ rows: current }) => current.includes(row)),
    );
  const wantsTurns =
    oldest !== undefined &&
    (oldest.id > named ||
      oldest.started_at > (search.at ?? Infinity) ||
      isFinding ||
      // The filtered calls of turns that are not loaded.
      (isFiltered && (oldestCall?.first_event_id ?? Infinity) < oldest.id) ||
      isDrawn("older"));
  const isNear = drawn[0] !== undefined && drawn[0] === sections[0]?.rows[0];
  const isNamed = search.call !== undefined && hereId !== null && search.at === undefined;
  const hasNamed = calls.rows?.some(({ tool_use_id }) => tool_use_id === hereId) === true;
  const inTurns = (rows ?? NO_TURNS).reduce((sum, turn) => sum + turn.tool_count, 0);
  const wantsCalls =
    calls.rows !== null &&
    (isFinding ||
      isDrawn("pending") ||
      (isFiltered && isNear) ||
      (isNamed && !hasNamed) ||
      (target !== undefined && !reaches(calls, search.at ?? 0)) ||
      // Calls of before the first prompt.
      (isNear && !turns.hasMore && inTurns < total));
  useMore(turns, wantsTurns);
  useMore(calls, wantsCalls);
}

function useMore(list: Growing<unknown>, wanted: boolean) {
  const wants = wanted && list.hasMore && !list.loadingMore && list.problem === null;
  const { more } = list;
  useEffect(() => {
    if (wants) more();
  });
}
