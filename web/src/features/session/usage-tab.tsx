/** Cost and tokens of the session by model and by agent, and its compactions. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Bot, Gauge } from "lucide-react";
import { useMemo } from "react";
import {
  get,
  type AgentRow,
  type Compaction,
  type SessionRow,
  type UsageBy,
  type UsageRow,
} from "../../api/client.ts";
import { Swatch } from "../../ui/charts/swatch.tsx";
import {
  FigureBar,
  FigureTable,
  type FigureColumn,
  type FigureRow,
} from "../../ui/figures/figure-table.tsx";
import { nextOrder, orderOf, orderSearch } from "../../url/sorting.ts";
import { ContextBar } from "../../ui/context-bar.tsx";
import { Usd } from "../../ui/cost-text.tsx";
import { Ago } from "../../ui/time.tsx";
import { Command, Empty, LoadFailed, SkeletonRows } from "../../ui/states.tsx";
import { usedPercent, type Context } from "../../domain/context.ts";
import { costText, type Cost, type Tokens } from "../../domain/cost.ts";
import { formatSeconds } from "../../domain/dates.ts";
import { formatCount, formatTokens, UNKNOWN } from "../../domain/format.ts";
import { shortModel } from "../../domain/models.ts";
import { FIGURES, isNothing, type Figure } from "../../domain/usage/figures.ts";
import { inksOf, modelLabel } from "../../ui/usage/series.ts";
import { groupsOf } from "../../domain/usage/groups.ts";
import { useCommands } from "../../ui/use-installation.ts";
import { UsageTable } from "../../ui/usage/usage-table.tsx";
import { useAgain, useAll, useRevision } from "./hooks.ts";
import type { TabProps } from "./session-view.tsx";
import { compactionText } from "../../domain/compaction.ts";

export function UsageTab({ row, search, onSearch }: TabProps) {
  const id = row.session_id;
  // Telemetry reports requests without an event of the session.
  const reported = `${useRevision()} ${row.cost?.usd ?? ""} ${row.tokens?.output ?? ""}`;
  const models = useUsageOf(id, "model", reported);
  const kinds = useUsageOf(id, "agent_type", reported);
  const agents = useAll<AgentRow>(
    ["session", id, "agents"],
    async (page) => {
      const { agents: rows, next } = await get("/api/sessions/{session_id}/agents", {
        params: { path: { session_id: id }, query: page },
      });
      return { rows, next };
    },
    reported,
  );
  const order = orderOf(search, ["name", ...FIGURES], "cost");
  const onSort = (column: Figure | "name") =>
    onSearch({ ...search, ...orderSearch(nextOrder(order, column)) });
  const main = kinds.data?.rows.find((one) => one.key === null);
  const threads = useMemo(() => {
    const own = main === undefined ? [] : [mainThreadOf(row, main)];
    return [...own, ...(agents.data?.rows ?? []).map(threadOf)];
  }, [main, agents.data, row]);
  if (models.data === undefined)
    return models.isError ? (
      <LoadFailed
        what="The usage"
        problem={models.error.message}
        onRetry={() => void models.refetch()}
      />
    ) : (
      <SkeletonRows label="Loading the usage" rows={5} />
    );
  if (isNothing(models.data.total) && row.compactions.length === 0 && row.cost === null)
    return <Nothing />;
  const inks = inksOf(models.data.rows.map((one) => one.key ?? ""));
  return (
    <div
      data-scrolls=""
      className="@container flex min-h-0 grow flex-col gap-4 overflow-y-auto overscroll-contain p-3 pb-10"
    >
      <UsageTable
        title="Cost by model"
        noun="Model"
        groups={groupsOf(models.data, modelLabel)}
        {...orderSearch(order)}
        onSort={onSort}
        name={(group) => (
          <Link
            to="/usage"
            search={{ session_id: [id], model: [group.key], range: "all" }}
            data-row=""
            title={group.key}
            className="row-button"
          >
            <Swatch tone={inks.get(group.key) ?? "quiet"} texture="soft" />
            <bdi className="truncate">{group.label}</bdi>
          </Link>
        )}
      />
      <ThreadTable id={id} threads={threads} />
      <Compactions compactions={row.compactions} />
    </div>
  );
}

interface Thread extends FigureRow {
  model: string | null;
  context: Context | null;
  cost: Cost | null;
  tokens: Tokens | null;
}

/** The session's usage without its subagents. */
function mainThreadOf({ model_name: model, context }: SessionRow, used: UsageRow): Thread {
  const { cost_usd: usd, cost_source: source, unpriced_requests } = used;
  return {
    key: "",
    label: "main agent",
    model,
    context,
    tokens: used.requests === 0 ? null : used,
    cost: source === null ? null : { usd, source, others: [], disagrees: false, unpriced_requests },
  };
}

function threadOf(agent: AgentRow): Thread {
  const { agent_id: key, agent_type: type, model_name: model, context, cost, tokens } = agent;
  return { key, label: type ?? "agent", model, context, cost, tokens };
}

/** The main thread and each subagent: parts of the session's total. */
function ThreadTable({ id, threads }: { id: string; threads: readonly Thread[] }) {
  return (
    <FigureTable
      title="Cost by agent"
      noun="Agent"
      rows={threads}
      columns={columnsOf(threads)}
      sort="cost"
      dir="desc"
      name={(thread) => <ThreadName id={id} thread={thread} />}
    />
  );
}

type Column = "cost" | "input" | "output" | "cache_read" | "cache_creation" | "context";

function columnsOf(threads: readonly Thread[]): FigureColumn<Thread, Column>[] {
  const dearest = Math.max(0, ...threads.map(({ cost }) => cost?.usd ?? 0));
  const tokens = (
    key: "input" | "output" | "cache_read" | "cache_creation",
    head: string,
  ): FigureColumn<Thread, Column> => ({
    key,
    head,
    value: (thread) => thread.tokens?.[key] ?? null,
    cell: ({ tokens: used }) =>
      used === null ? (
        <span className="text-muted">{UNKNOWN}</span>
      ) : (
        <span title={`${formatCount(used[key])} tokens`}>{formatTokens(used[key])}</span>
      ),
  });
  return [
    {
      key: "cost",
      head: "Cost",
      align: "left",
      className: "at-bar",
      value: ({ cost }) => cost?.usd ?? null,
      cell: ({ cost }) => (
        <FigureBar
          text={
            <span className="inline-block min-w-14">
              <Usd cost={cost} />
            </span>
          }
          title={costText(cost, null)}
          share={dearest > 0 ? (cost?.usd ?? 0) / dearest : 0}
        />
      ),
    },
    tokens("input", "Input"),
    tokens("output", "Output"),
    tokens("cache_read", "Cache read"),
    tokens("cache_creation", "Cache write"),
    {
      key: "context",
      head: "Context",
      value: ({ context }) => (context === null ? null : usedPercent(context)),
      cell: ({ context }) => <ContextBar context={context} className="w-14" />,
    },
  ];
}

function ThreadName({ id, thread: { key, label, model } }: { id: string; thread: Thread }) {
  const words = (
    <>
      {key === "" ? null : <Bot aria-hidden size={13} className="tone-agent toned shrink-0" />}
      <bdi className="truncate">{label}</bdi>
      {model === null ? null : (
        <bdi className="shrink-0 text-xs font-normal text-muted">{shortModel(model)}</bdi>
      )}
    </>
  );
  if (key === "")
    return <span className="inline-flex max-w-full items-center gap-1.5 font-medium">{words}</span>;
  return (
    <Link
      to="/sessions/$sessionId"
      params={{ sessionId: id }}
      search={{ tab: "agents", agent: [key] }}
      data-row=""
      title={key}
      className="row-button"
    >
      {words}
    </Link>
  );
}

function Compactions({ compactions }: { compactions: readonly Compaction[] }) {
  if (compactions.length === 0) return null;
  return (
    <section aria-label="Compactions">
      <h2 className="flex min-h-7 items-center gap-2 font-medium">
        Compactions{" "}
        <span className="font-normal text-muted">{formatCount(compactions.length)}</span>
      </h2>
      <ol className="flex flex-col gap-1">
        {compactions.map((one) => (
          <li
            key={one.at}
            data-compaction={one.at}
            className="flex flex-wrap items-baseline gap-x-3"
          >
            <span className="min-w-32 font-mono text-xs">{formatSeconds(one.at)}</span>
            <span>{compactionText(one)}</span>
            <Ago at={one.at} className="text-xs text-muted" />
          </li>
        ))}
      </ol>
    </section>
  );
}

function Nothing() {
  const { connectAll, backfill } = useCommands();
  return (
    <Empty Icon={Gauge} title="No usage data for this session yet">
      <p>
        Hooks do not report tokens or costs. Claude Code’s telemetry and status line do; both stay
        on this machine.
      </p>
      <Command title="Turn on usage data" text={connectAll} />
      <Command title="Import usage from past transcripts" text={backfill} />
    </Empty>
  );
}

function useUsageOf(id: string, by: UsageBy, revision: string) {
  const query = useQuery({
    queryKey: ["session", id, "usage", by],
    queryFn: ({ signal }) =>
      get("/api/usage", { params: { query: { by, range: "all", session_id: [id] } }, signal }),
    staleTime: 0,
    placeholderData: keepPreviousData,
  });
  useAgain(revision, query.data === undefined ? undefined : query.refetch);
  return query;
}
