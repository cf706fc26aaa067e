import type { ReactNode } from "react";
import { FigureBar, FigureTable, type FigureColumn } from "../figures/figure-table.tsx";
import type { Direction } from "../../url/sorting.ts";
import { formatCount, formatTokens, formatUsd, UNKNOWN } from "../../domain/format.ts";
import {
  costTitle,
  hitTitle,
  percentOf,
  reported,
  valueOf,
  type Figure,
  type Group,
} from "../../domain/usage/figures.ts";

interface UsageTableProps {
  title: string;
  /** The header of the names' column. */
  noun: string;
  groups: readonly Group[];
  sort: Figure | "name";
  dir: Direction;
  onSort: (column: Figure | "name") => void;
  name: (group: Group) => ReactNode;
  chosen?: readonly string[];
  note?: ReactNode;
}

export function UsageTable({ groups, ...props }: UsageTableProps) {
  return <FigureTable rows={groups} columns={columnsOf(groups)} {...props} />;
}

type Column = FigureColumn<Group, Figure>;

function columnsOf(groups: readonly Group[]): Column[] {
  const dearest = Math.max(0, ...groups.map((group) => group.cost_usd ?? 0));
  const column = (
    key: Figure,
    head: string,
    rest: Pick<Column, "cell" | "look" | "title" | "align" | "className">,
  ): Column => ({ key, head, value: (group) => valueOf(group, key), ...rest });
  const tokens = (
    key: "input" | "output" | "cache_read" | "cache_creation",
    head: string,
    title: string,
  ) =>
    column(key, head, {
      title,
      look: (group) => (group[key] === 0 ? "text-muted" : ""),
      cell: (group) => (
        <span title={reported(group, group[key], (count) => `${formatCount(count)} tokens`)}>
          {reported(group, group[key], formatTokens)}
        </span>
      ),
    });
  return [
    column("cost", "Cost", {
      align: "left",
      className: "at-bar",
      cell: (group) => (
        <FigureBar
          text={<Cost group={group} />}
          title={costTitle(group)}
          share={dearest > 0 ? (group.cost_usd ?? 0) / dearest : 0}
        />
      ),
    }),
    column("requests", "Requests", {
      look: ({ requests }) => zeroOr(requests, ""),
      cell: (group) => reported(group, group.requests, formatCount),
    }),
    tokens("input", "Input", "Input tokens neither read from nor written to the cache"),
    tokens("output", "Output", "Output tokens"),
    tokens("cache_read", "Cache read", "Input tokens read from the cache"),
    tokens("cache_creation", "Cache write", "Input tokens written to the cache"),
    column("cache_hit", "Cache hit", {
      title: "Share of input tokens read from the cache",
      look: ({ cache_hit_ratio: ratio }) => (ratio === null ? "text-muted" : ""),
      cell: (group) => (
        <span title={hitTitle(group)}>{percentOf(group.cache_hit_ratio) ?? UNKNOWN}</span>
      ),
    }),
    column("unpriced", "No price", {
      title: "Requests from models without a known price. Not included in cost.",
      look: (group) => zeroOr(group.unpriced_requests, "font-medium"),
      cell: (group) => formatCount(group.unpriced_requests),
    }),
    column("errors", "Errors", {
      look: ({ errors }) => zeroOr(errors, "tone-failed toned font-medium"),
      cell: ({ errors }) => formatCount(errors),
    }),
  ];
}

/** An incomplete cost has a plus. */
function Cost({ group }: { group: Group }) {
  if (group.cost_usd === null)
    return <span className="inline-block min-w-14 text-muted">{UNKNOWN}</span>;
  return (
    <span className="inline-block min-w-14">
      {formatUsd(group.cost_usd)}
      {group.unpriced_requests > 0 ? "+" : ""}
    </span>
  );
}

function zeroOr(count: number, look: string): string {
  return count === 0 ? "text-muted" : look;
}
