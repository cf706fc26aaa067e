import { useQuery, keepPreviousData } from "@tanstack/react-query";
import { FilterX, Wrench } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef } from "react";
import { get, type CallRow, type ToolRow } from "../../api/client.ts";
import { ChoiceMenu } from "../../ui/choice-menu.tsx";
import { KindIcon } from "../../ui/marks.tsx";
import { Button, Empty, LoadFailed, SkeletonRows } from "../../ui/states.tsx";
import { toolLabel } from "../../domain/tools.ts";
import { CallLine } from "./call-line.tsx";
import { useAgain, useRevision, useGrowing } from "./hooks.ts";
import { FailedLine, MoreButton } from "./lines.tsx";
import { OUTCOMES, outcomeLook } from "./outcomes.ts";
import { omit, withList } from "../../url/edit.ts";
import { toggled, type SessionSearch } from "./search.ts";
import type { TabProps } from "./session-view.tsx";
import { ToolTable } from "./tool-table.tsx";

const PAGE = 200;

export function ToolsTab({ row, search, onSearch }: TabProps) {
  const id = row.session_id;
  const revision = useRevision();
  const stats = useQuery({
    queryKey: ["session", id, "stats", row.first_event_at],
    // A sender's clock may be ahead.
    queryFn: ({ signal }) =>
      get("/api/tools/stats", {
        params: {
          query: {
            session_id: [id],
            since: row.first_event_at,
            until: Math.max(Date.now(), row.last_event_at) + 1,
          },
        },
        signal,
      }),
    staleTime: 0,
    placeholderData: keepPreviousData,
  });
  useAgain(revision, stats.data === undefined ? undefined : stats.refetch);
  if (row.tool_count === 0) {
    return (
      <Empty Icon={Wrench} title="No tool calls yet">
        <p>Tool calls show up here with counts, outcomes and durations.</p>
      </Empty>
    );
  }
  const pick = (tool: string) =>
    onSearch(
      withList(search, "tool", search.tool?.length === 1 && search.tool[0] === tool ? [] : [tool]),
    );
  return (
    <div data-scrolls="" className="min-h-0 grow overflow-y-auto overscroll-contain pb-10">
      {stats.data !== undefined ? (
        <ToolTable
          tools={stats.data.tools}
          sessionId={id}
          sort={search}
          picked={search.tool ?? []}
          onPick={pick}
          onSort={(sort) => onSearch({ ...search, ...sort })}
        />
      ) : stats.isError ? (
        <LoadFailed
          what="The tools"
          problem={stats.error.message}
          onRetry={() => void stats.refetch()}
        />
      ) : (
        <SkeletonRows label="Loading the tools" rows={5} />
      )}
      <Calls id={id} tools={stats.data?.tools ?? []} search={search} onSearch={onSearch} />
    </div>
  );
}

interface CallsProps {
  id: string;
  tools: readonly ToolRow[];
  search: SessionSearch;
  onSearch: TabProps["onSearch"];
}

function Calls({ id, tools, search, onSearch }: CallsProps) {
  const revision = useRevision();
  const { tool = [], outcome = [] } = search;
  const calls = useGrowing<CallRow>({
    key: ["session", id, "all-calls", tool, outcome],
    fetchPage: async (page, signal) => {
      const { calls: rows, next } = await get("/api/sessions/{session_id}/calls", {
        params: { path: { session_id: id }, query: { tool_name: tool, outcome, ...page } },
        signal,
      });
      return { rows, next };
    },
    pageSize: PAGE,
    revision: () => revision,
  });
  const latest = useRef(search);
  useEffect(() => {
    latest.current = search;
  });
  const onToggle = useCallback(
    (call: CallRow) => onSearch(toggled(latest.current, "call", call.tool_use_id)),
    [onSearch],
  );
  const open = useMemo(() => new Set(search.call), [search.call]);
  const menu = { loading: false, failed: false, reload: () => undefined };
  const filtered = tool.length > 0 || outcome.length > 0;
  const clear = () => onSearch(omit(search, "tool", "outcome"));
  return (
    <section aria-label="Calls" className="px-3 pt-3 max-md:px-1">
      <div className="flex flex-wrap items-center gap-1.5 pb-1.5">
        <h2 className="mr-2 font-semibold">Calls</h2>
        <ChoiceMenu
          name="Tool"
          choices={tools.map((one) => ({
            value: one.tool_name,
            label: toolLabel(one.tool_name),
            count: one.calls,
          }))}
          picked={tool}
          onPick={(values) => onSearch(withList(search, "tool", values))}
          {...menu}
        />
        <ChoiceMenu
          name="Outcome"
          choices={OUTCOMES.map((value) => ({
            value,
            label: outcomeLook(value).word,
            count: sum(tools, value),
            mark: <KindIcon kind={outcomeLook(value)} />,
          }))}
          picked={outcome}
          onPick={(values) =>
            onSearch(
              withList(
                search,
                "outcome",
                OUTCOMES.filter((one) => values.includes(one)),
              ),
            )
          }
          {...menu}
        />
        {filtered ? (
          <button
            type="button"
            onClick={clear}
            className="h-7 rounded-md px-2 text-muted hover:bg-hover hover:text-ink"
          >
            Clear
          </button>
        ) : null}
      </div>
      {calls.problem === null ? null : (
        <FailedLine what="The calls" problem={calls.problem} onRetry={calls.retry} />
      )}
      {calls.rows === null && calls.problem === null ? (
        <SkeletonRows label="Loading the calls" rows={6} />
      ) : null}
      {calls.rows?.length === 0 && filtered ? (
        <Empty Icon={FilterX} title="No matching calls">
          <p>No calls in this session have that tool and outcome.</p>
          <Button onClick={clear} className="mt-4 text-ink">
            Show all calls
          </Button>
        </Empty>
      ) : null}
      <ul aria-label="Calls, newest first">
        {calls.rows?.map((call) => (
          <li key={call.id}>
            <CallLine call={call} open={open.has(call.tool_use_id)} onToggle={onToggle} stop />
          </li>
        ))}
      </ul>
      {calls.hasMore ? (
        <MoreButton busy={calls.loadingMore} onClick={calls.more}>{`Show ${PAGE} more`}</MoreButton>
      ) : null}
    </section>
  );
}

function sum(tools: readonly ToolRow[], outcome: CallRow["outcome"]): number {
  return tools.reduce((all, tool) => all + tool[outcome], 0);
}
