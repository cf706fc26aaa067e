/** The calls of one turn, reloaded while it runs. Loaded only once they are near the viewport. */
import { useCallback, useMemo } from "react";
import { get, type CallRow } from "../../api/client.ts";
import { SkeletonLine } from "../../ui/states.tsx";
import { CallList, CallsContext } from "./call-list.tsx";
import { useRevision, useGrowing, useSeen } from "./hooks.ts";
import { FailedLine } from "./lines.tsx";
import { nest } from "./nest.ts";
import { isOpen } from "./outcomes.ts";
import type { TurnBlockProps } from "./turn-block.tsx";

const PAGE = 200;
const LINE_PX = 28;

type TurnCallsProps = Omit<TurnBlockProps, "unfolded" | "goal" | "onFold">;

export function TurnCalls({
  sessionId,
  turn,
  loose,
  agents,
  open,
  at,
  goalId,
  onCall,
}: TurnCallsProps) {
  const { ref, seen } = useSeen<HTMLDivElement>();
  const revision = useRevision();
  const promptId = turn.prompt_id;
  const calls = useGrowing<CallRow>({
    key: ["session", sessionId, "calls", promptId],
    fetchPage: async (page, signal) => {
      const { calls: rows, next } = await get("/api/sessions/{session_id}/calls", {
        params: {
          path: { session_id: sessionId },
          query: { prompt_id: [promptId ?? ""], ...page },
        },
        signal,
      });
      return { rows, next };
    },
    pageSize: PAGE,
    // A finished turn does not change, unless a background subagent continues under its prompt.
    revision: (rows) =>
      `${turn.tool_count} ${turn.failure_count} ${turn.outcome} ${isOpen(turn.outcome) || rows.some((call) => isOpen(call.outcome)) ? revision : ""}`,
    enabled: seen && promptId !== null,
  });
  const rows = promptId === null ? NONE : calls.rows;
  const items = useMemo(() => nest([...(rows ?? []), ...loose], agents), [rows, loose, agents]);
  const hereId = at === null ? goalId : lastStarted([...(rows ?? []), ...loose], at);
  const onToggle = useCallback((call: CallRow) => onCall(turn.id, call), [onCall, turn.id]);
  const state = useMemo(() => ({ open, onToggle, hereId }), [open, onToggle, hereId]);
  return (
    <div ref={ref} className="min-w-0 md:-ml-2">
      {calls.problem === null ? null : (
        <FailedLine what="The calls" problem={calls.problem} onRetry={calls.retry} />
      )}
      {rows === null && calls.problem === null && turn.tool_count > 0 ? (
        <Waiting count={Math.min(turn.tool_count, PAGE)} />
      ) : null}
      {items.length === 0 ? null : (
        <CallsContext value={state}>
          <CallList
            items={items}
            label="Calls of the turn"
            older={{ has: calls.hasMore, busy: calls.loadingMore, load: calls.more }}
          />
        </CallsContext>
      )}
    </div>
  );
}

const NONE: CallRow[] = [];

/** The expected height, so that nothing moves when the calls load. */
function Waiting({ count }: { count: number }) {
  return (
    <div
      role="status"
      aria-label="Loading the calls"
      className="flex items-start pt-2"
      style={{ height: count * LINE_PX }}
    >
      <SkeletonLine className="late w-1/3" />
    </div>
  );
}

function lastStarted(calls: readonly CallRow[], at: number): string | null {
  let last: CallRow | null = null;
  for (const call of calls)
    if (
      call.started_at <= at &&
      (last === null ||
        call.started_at > last.started_at ||
        (call.started_at === last.started_at && call.id > last.id))
    )
      last = call;
  return last?.tool_use_id ?? null;
}
