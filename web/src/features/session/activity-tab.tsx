/** The turns of a session, oldest first, scrolled to the end. */
import { ArrowDown, MessagesSquare } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { get, type AgentRow, type CallRow, type TurnRow } from "../../api/client.ts";
import { Empty, LoadFailed, SkeletonRows } from "../../ui/states.tsx";
import { counted } from "../../domain/format.ts";
import { useAll, useRevision, useGrowing } from "./hooks.ts";
import { FailedLine, MoreButton } from "./lines.tsx";
import { LooseCalls } from "./loose-calls.tsx";
import { byTurn } from "./nest.ts";
import { omit, withList } from "../../url/edit.ts";
import { toggled, type SessionSearch } from "./search.ts";
import type { TabProps } from "./session-view.tsx";
import { useScroll } from "./scroll.ts";
import { TurnBlock } from "./turn-block.tsx";
import { isUnfolded, marked } from "./turn-summary.ts";

const PAGE = 50;
const NO_CALLS: CallRow[] = [];

export function ActivityTab({ row, search, onSearch }: TabProps) {
  const id = row.session_id;
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
  const agents = useAgents(row.session_id, row.agents, row.agent_count, revision);
  const loose = useLoose(id, rows, row.tool_count, revision);
  const fresh = useFresh(rows);
  const target = turnAt(rows, search.at, turns.hasMore);
  const marks = useMemo(() => new Set(search.turn), [search.turn]);
  const open = useMemo(() => new Set(search.call), [search.call]);
  const [goal] = useState(() => goalOf(search));
  const { place, content, following, onScroll, toEnd, keepPlace, leaveEnd } = useScroll({
    atEnd: search.at === undefined && goal.turn === null && goal.call === null,
    changed: rows,
  });
  useReach(turns, search);

  const latest = useRef(search);
  useEffect(() => {
    latest.current = search;
  });
  const onFold = useCallback(
    (turnId: number, unfolded: boolean) => {
      leaveEnd();
      onSearch(
        withList(latest.current, "turn", marked(latest.current.turn ?? [], turnId, unfolded)),
      );
    },
    [onSearch, leaveEnd],
  );
  const onCall = useCallback(
    (turnId: number, call: CallRow) => {
      leaveEnd();
      const next = toggled(latest.current, "call", call.tool_use_id);
      // The link must open with the call's turn expanded.
      onSearch(turnId === 0 ? next : withList(next, "turn", marked(next.turn ?? [], turnId, true)));
    },
    [onSearch, leaveEnd],
  );

  if (rows === null)
    return turns.problem === null ? (
      <SkeletonRows label="Loading the turns" />
    ) : (
      <LoadFailed what="The turns" problem={turns.problem} onRetry={turns.retry} />
    );
  const looseCalls = byTurn(
    loose,
    rows.map((turn) => turn.id),
  );
  const before = looseCalls.get(null) ?? NO_CALLS;
  if (rows.length === 0 && before.length === 0) {
    return (
      <Empty Icon={MessagesSquare} title="No prompts yet">
        <p>Each prompt starts a turn. Other events of this session are in the Events tab.</p>
      </Empty>
    );
  }
  return (
    <>
      <div className="flex h-8 shrink-0 items-center gap-1 border-b border-edge px-3 text-xs text-muted">
        <span className="grow">{counted(row.turn_count, "turn")}</span>
        <Small onClick={() => onSearch(folded(search, "all"))}>Collapse all</Small>
        <Small onClick={() => onSearch(folded(search, "none"))}>Expand all</Small>
      </div>
      <div
        ref={place}
        onScroll={onScroll}
        data-scrolls=""
        className="min-h-0 grow overflow-y-auto overscroll-contain"
      >
        <div ref={content} className="turns min-w-0 pb-10">
          {turns.hasMore ? (
            <MoreButton busy={turns.loadingMore} onClick={() => keepPlace(turns.more)}>
              Show older turns
            </MoreButton>
          ) : null}
          {turns.problem === null ? null : (
            <FailedLine what="The turns" problem={turns.problem} onRetry={turns.retry} />
          )}
          {before.length === 0 ? null : (
            <LooseCalls calls={before} agents={agents} open={open} onCall={onCall} />
          )}
          {rows.map((turn) => (
            <TurnBlock
              key={turn.id}
              sessionId={id}
              turn={turn}
              unfolded={isUnfolded(turn, marks, search.fold, fresh.has(turn.id) || turn === target)}
              loose={looseCalls.get(turn.id) ?? NO_CALLS}
              agents={agents}
              open={open}
              at={turn === target ? (search.at ?? null) : null}
              goalId={goal.call}
              goal={goal.call === null && goal.turn === turn.id}
              onFold={onFold}
              onCall={onCall}
            />
          ))}
        </div>
      </div>
      {following ? null : (
        <button
          type="button"
          onClick={toEnd}
          className="absolute right-5 bottom-3 z-20 inline-flex h-8 items-center gap-1.5 rounded-full border border-strong-edge bg-raised px-3 font-medium shadow-over hover:bg-hover max-md:h-10"
        >
          <ArrowDown aria-hidden size={14} /> Newest
        </button>
      )}
    </>
  );
}

function Small({ onClick, children }: { onClick: () => void; children: string }) {
  return (
    <button
      type="button"
      onClick={onClick}
      className="h-6 rounded-sm px-2 hover:bg-hover hover:text-ink max-md:h-8"
    >
      {children}
    </button>
  );
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

function folded(search: SessionSearch, fold: "all" | "none"): SessionSearch {
  return { ...omit(search, "turn", "at"), fold };
}

/** What the URL opens: the last opened call, else the turn. */
function goalOf({ at, turn, call }: SessionSearch): { turn: number | null; call: string | null } {
  if (at !== undefined) return { turn: null, call: null };
  return {
    turn: Number(turn?.findLast((mark) => !mark.startsWith("-")) ?? NaN) || null,
    call: call?.at(-1) ?? null,
  };
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

/** A turn whose prompt has no id is named after its event; calls before it belong to no turn. */
function isUnnamed({ prompt_id }: TurnRow): boolean {
  return prompt_id === null || prompt_id.startsWith("event-");
}

/** Calls without a prompt: older clients do not report it. */
function useLoose(
  id: string,
  turns: readonly TurnRow[] | null,
  count: number,
  revision: number,
): readonly CallRow[] {
  const wanted =
    turns !== null && count > 0 && (turns.length === 0 || turns.some((turn) => isUnnamed(turn)));
  const loose = useGrowing<CallRow>({
    key: ["session", id, "loose"],
    fetchPage: async (page, signal) => {
      const { calls: rows, next } = await get("/api/sessions/{session_id}/calls", {
        params: { path: { session_id: id }, query: { prompt_id: [""], ...page } },
        signal,
      });
      return { rows, next };
    },
    pageSize: 500,
    revision: () => revision,
    enabled: wanted,
  });
  const oldest = turns?.[0]?.id ?? 0;
  const { hasMore, loadingMore, problem, more, rows } = loose;
  // As far as turns are visible.
  const wants =
    hasMore &&
    !loadingMore &&
    problem === null &&
    (rows?.at(-1)?.first_event_id ?? 0) > oldest &&
    (rows?.length ?? 0) < 5000;
  useEffect(() => {
    if (wants) more();
  });
  return rows ?? NO_CALLS;
}

/** Load older turns until the one that the URL names. */
function useReach(turns: ReturnType<typeof useGrowing<TurnRow>>, search: SessionSearch) {
  const oldest = turns.rows?.at(-1);
  const named = Math.min(...(search.turn ?? []).map(Number).filter((id) => id > 0));
  const wants =
    oldest !== undefined &&
    turns.hasMore &&
    !turns.loadingMore &&
    turns.problem === null &&
    (oldest.id > named || oldest.started_at > (search.at ?? Infinity));
  const { more } = turns;
  useEffect(() => {
    if (wants) more();
  });
}
