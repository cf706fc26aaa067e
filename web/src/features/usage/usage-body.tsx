/**
 * Totals, cost or tokens over time, and tables by model, project, session and agent type, all of
 * the same requests.
 */
import { Bot } from "lucide-react";
import { useMemo, useState, type ReactNode } from "react";
import { Link } from "@tanstack/react-router";
import type { Usage, UsageFigures } from "../../api/client.ts";
import { Swatch } from "../../ui/charts/swatch.tsx";
import { TimeSeries } from "../../ui/charts/time-series.tsx";
import { PickName } from "../../ui/figures/figure-table.tsx";
import { parse } from "valibot";
import { withToggled } from "../../url/edit.ts";
import { FIGURE_RANGES, withRange } from "../../url/range.ts";
import { nextOrder, orderOf, orderSearch } from "../../url/sorting.ts";
import { Segmented } from "../../ui/segmented.tsx";
import { Totals, type TotalFigure } from "../../ui/figures/totals.tsx";
import { SampleMark } from "../../ui/sample-mark.tsx";
import { shortId } from "../../ui/marks.tsx";
import { SkeletonLine, Button } from "../../ui/states.tsx";
import { MINUTE_MS } from "../../domain/dates.ts";
import { counted, formatCount, formatTokens, formatUsd, UNKNOWN } from "../../domain/format.ts";
import { costSourceLabel } from "../../domain/sources.ts";
import {
  allTokens,
  costTitle,
  hitTitle,
  percentOf,
  reported,
  tokensTitle,
  type Group,
} from "../../domain/usage/figures.ts";
import {
  drawnModels,
  gridOf,
  inksOf,
  kindSeries,
  modelLabel,
  modelSeries,
} from "../../ui/usage/series.ts";
import { groupsOf } from "../../domain/usage/groups.ts";
import { COLUMNS, usageSearch, type FilterKey, type UsageSearch } from "./search.ts";
import { UsageTable } from "../../ui/usage/usage-table.tsx";
import { useUsageBy } from "./hooks.ts";

interface BodyProps {
  usage: Usage;
  /** The figures belong to the previous query. */
  updating: boolean;
  words: string;
  search: UsageSearch;
  onSearch: (search: UsageSearch) => void;
  above: ReactNode;
}

export function UsageBody({ usage, updating, words, search, onSearch, above }: BodyProps) {
  return (
    <div
      aria-busy={updating}
      className={`flex min-h-0 grow flex-col gap-4 overflow-y-auto p-3 ${updating ? "updating" : ""}`}
    >
      <UsageTotals words={words} total={usage.total} />
      {above}
      <Charts usage={usage} search={search} onSearch={onSearch} />
      <Tables usage={usage} search={search} onSearch={onSearch} />
    </div>
  );
}

function UsageTotals({ words, total }: { words: string; total: UsageFigures }) {
  const some = (count: number, name: string, rest: Partial<TotalFigure>): TotalFigure[] =>
    count === 0 ? [] : [{ text: formatCount(count), name, ...rest }];
  const figures: TotalFigure[] = [
    {
      text: reported(total, total.requests, formatCount),
      name: total.requests === 1 ? "request" : "requests",
    },
    {
      text: reported(total, allTokens(total), formatTokens),
      name: "tokens",
      ...(total.requests > 0 && { title: tokensTitle(total) }),
    },
    {
      text: percentOf(total.cache_hit_ratio) ?? UNKNOWN,
      name: "cache hit rate",
      title: hitTitle(total),
    },
    ...some(total.unpriced_requests, "unpriced", {
      title: "Requests from models without a known price. Not included in cost.",
    }),
    ...some(total.errors, total.errors === 1 ? "error" : "errors", { tone: "failed" }),
  ];
  return (
    <Totals
      words={words}
      first={
        <span data-total-cost title={costTitle(total)}>
          {formatUsd(total.cost_usd)}
          {total.cost_usd !== null && total.unpriced_requests > 0 ? "+" : ""}
        </span>
      }
      figures={figures}
    />
  );
}

const NOTHING: readonly string[] = [];
const SHOWN = [
  { value: "cost", label: "Cost" },
  { value: "tokens", label: "Tokens" },
] as const;

function Charts({ usage, search, onSearch }: Pick<BodyProps, "usage" | "search" | "onSearch">) {
  const { series: points, since, until, total } = usage;
  const of = search.show ?? "cost";
  const grid = useMemo(() => gridOf(usage), [usage]);
  const models = useMemo(() => modelSeries(points, grid, of), [points, grid, of]);
  const kinds = useMemo(() => kindSeries(points, grid), [points, grid]);
  const zoom = (from: number, to: number) => {
    // A selection up to the end of an open range stays open.
    const open = to >= until && search.until === undefined;
    const [first, last] = [Math.max(from, since), Math.min(to, until)];
    if (last - first < MINUTE_MS - 1) return;
    onSearch(
      withRange(
        search,
        { kind: "between", since: first, until: open ? null : last },
        FIGURE_RANGES,
      ),
    );
  };
  const { hide, as } = search;
  const set = (change: Record<string, unknown>) =>
    onSearch(parse(usageSearch, { ...search, ...change }));
  return (
    <div className="grid grid-cols-1 gap-x-6 gap-y-3 @5xl:grid-cols-[minmax(0,5fr)_minmax(0,3fr)]">
      <TimeSeries
        title={of === "cost" ? "Cost over time" : "Tokens over time"}
        of={of === "cost" ? "usd" : "tokens"}
        noun="token"
        source={of === "cost" ? `From ${costSourceLabel(total.cost_source)}` : undefined}
        aside={
          <Segmented
            label="Chart value"
            small
            className="mr-1 ml-1.5"
            segments={SHOWN}
            value={of}
            onValue={(show) => set({ show })}
          />
        }
        starts={grid.starts}
        bucketMs={grid.bucketMs}
        series={models}
        hidden={hide ?? NOTHING}
        onHidden={(keys) => set({ hide: keys })}
        asTable={as === "table"}
        onAsTable={(on) => set({ as: on ? "table" : null })}
        onZoom={zoom}
        empty={
          points.length === 0
            ? "No requests in this range"
            : of === "cost" && total.cost_usd === null
              ? "No requests with a known price in this range"
              : null
        }
      />
      <TimeSeries
        title="Tokens by kind"
        of="tokens"
        noun="token"
        starts={grid.starts}
        bucketMs={grid.bucketMs}
        series={kinds}
        onZoom={zoom}
        empty={points.length === 0 ? "No requests in this range" : null}
      />
    </div>
  );
}

function Tables({ usage, search, onSearch }: Pick<BodyProps, "usage" | "search" | "onSearch">) {
  const now = orderOf(search, COLUMNS, "cost");
  const order = {
    ...orderSearch(now),
    onSort: (column: typeof now.column) =>
      onSearch({ ...search, ...orderSearch(nextOrder(now, column)) }),
  };
  const pick = (key: FilterKey) => (value: string) => onSearch(withToggled(search, key, value));
  const inks = inksOf(drawnModels(usage.series).map((model) => model ?? ""));
  const models = groupsOf(usage, modelLabel);
  const projects = useUsageBy("project", search);
  const [most, setMost] = useState(SESSIONS);
  const sessions = useUsageBy("session", search, most);
  const agents = useUsageBy("agent_type", search);
  return (
    <>
      <UsageTable
        title="Models"
        noun="Model"
        groups={models}
        {...order}
        chosen={search.model ?? NOTHING}
        name={(group) => (
          <PickName
            row={group}
            on={search.model?.includes(group.key) === true}
            act="Filter by"
            onPick={pick("model")}
            mark={<Swatch tone={inks.get(group.key) ?? "quiet"} texture="soft" />}
          />
        )}
      />
      <Breakdown title="Projects" answer={projects}>
        {(answer) => (
          <UsageTable
            title="Projects"
            noun="Project"
            groups={groupsOf(answer)}
            {...order}
            chosen={search.source_app ?? NOTHING}
            name={(group) => (
              <PickName
                row={group}
                on={search.source_app?.includes(group.key) === true}
                act="Filter by"
                onPick={pick("source_app")}
              />
            )}
          />
        )}
      </Breakdown>
      <Breakdown title="Sessions" answer={sessions}>
        {(answer) => (
          <UsageTable
            title="Sessions"
            noun="Session"
            groups={groupsOf(answer)}
            {...order}
            name={(group) => <SessionName group={group} />}
            note={
              answer.next === null ? null : (
                <Further
                  shown={answer.rows.length}
                  most={most}
                  onMore={() => setMost(Math.min(SESSIONS_MAX, most + SESSIONS))}
                />
              )
            }
          />
        )}
      </Breakdown>
      <Breakdown title="Agents" answer={agents}>
        {(answer) => (
          <UsageTable
            title="Agents"
            noun="Agent type"
            groups={groupsOf(answer)}
            {...order}
            name={(group) => <AgentName group={group} />}
          />
        )}
      </Breakdown>
    </>
  );
}

/** Sessions by cost: so many at first, and with each "show more". */
const SESSIONS = 100;
/** The API's maximum. */
const SESSIONS_MAX = 1000;

function Further({ shown, most, onMore }: { shown: number; most: number; onMore: () => void }) {
  return (
    <p className="mt-1 flex items-center gap-3 text-xs text-muted">
      {`Top ${counted(shown, "session")} by cost`}
      {most < SESSIONS_MAX ? (
        <Button onClick={onMore}>Show more</Button>
      ) : (
        "Pick a filter or a shorter range to see others."
      )}
    </p>
  );
}

/** Opens the session's page. */
function SessionName({ group }: { group: Group }) {
  return (
    <Link
      to="/sessions/$sessionId"
      params={{ sessionId: group.key }}
      search={{ tab: "usage" }}
      title={`${group.label}\n${group.key}`.slice(0, 2000)}
      data-row=""
      className="row-button"
    >
      <span className="shrink-0 font-mono text-xs font-normal text-muted">
        {shortId(group.key)}
      </span>
      {group.label === group.key ? null : <bdi className="truncate">{group.label}</bdi>}
      <SampleMark sessionId={group.key} />
    </Link>
  );
}

function AgentName({ group }: { group: Group }) {
  return (
    <span className="inline-flex max-w-full items-center gap-1.5 font-medium">
      {group.key === "" ? null : (
        <Bot aria-hidden size={13} className="tone-agent toned shrink-0" />
      )}
      <bdi title={group.label} className="truncate">
        {group.label}
      </bdi>
    </span>
  );
}

function Breakdown({
  title,
  answer,
  children,
}: {
  title: string;
  answer: ReturnType<typeof useUsageBy>;
  children: (usage: Usage) => ReactNode;
}) {
  if (answer.data !== undefined) return children(answer.data);
  return (
    <section aria-label={title} className="min-w-0">
      <h2 className="flex min-h-7 items-center font-medium">{title}</h2>
      {answer.isError ? (
        <p role="alert" className="tone-failed toned">{`Couldn’t load: ${answer.error.message}`}</p>
      ) : (
        <span role="status" aria-label={`Loading ${title}`} className="late block">
          <SkeletonLine className="block h-8 w-full" />
        </span>
      )}
    </section>
  );
}
