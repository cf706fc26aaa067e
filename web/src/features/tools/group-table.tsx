import type { ReactNode } from "react";
import {
  FigureBar,
  FigureTable,
  PickName,
  type FigureColumn,
} from "../../ui/figures/figure-table.tsx";
import type { Direction } from "../../url/sorting.ts";
import { EventLink } from "../../ui/links.tsx";
import { Ago } from "../../ui/time.tsx";
import { formatDuration } from "../../domain/dates.ts";
import { formatCount, formatPercent, UNKNOWN } from "../../domain/format.ts";
import {
  ended,
  OUTCOMES,
  sortValue,
  unfinished,
  type Column,
  type Failure,
  type Group,
} from "./figures.ts";
import "../../ui/charts/charts.css";

interface GroupTableProps {
  title: string;
  /** The header of the names' column. */
  noun: string;
  groups: readonly Group[];
  sort: Column;
  dir: Direction;
  onSort: (column: Column) => void;
  /** The group that is open or filtered by. */
  chosen: readonly string[];
  /** What a click on a name does. */
  act: string;
  onPick: (key: string) => void;
  mark?: (group: Group) => ReactNode;
}

type Figure = Exclude<Column, "name">;
const DURATIONS = {
  p50_ms: "p50",
  p90_ms: "p90",
  p99_ms: "p99",
  max_ms: "Max",
  waiting_ms: "Waiting",
} as const;

/** With those that succeeded and failed, all calls. Drawn where a row has any. */
const OTHER_OUTCOMES: readonly { key: Figure; head: string; count: (group: Group) => number }[] = [
  { key: "denied", head: "Denied", count: ({ denied }) => denied },
  { key: "interrupted", head: "Interrupted", count: ({ interrupted }) => interrupted },
  { key: "running", head: "Running", count: unfinished },
  { key: "no_result", head: "No result", count: ({ no_result: noResult }) => noResult },
];

export function GroupTable({
  title,
  noun,
  groups,
  sort,
  dir,
  onSort,
  chosen,
  act,
  onPick,
  mark,
}: GroupTableProps) {
  return (
    <FigureTable
      title={title}
      noun={noun}
      rows={groups}
      columns={columnsOf(groups)}
      sort={sort}
      dir={dir}
      onSort={onSort}
      chosen={chosen}
      name={(group) => (
        <PickName
          row={group}
          on={chosen.includes(group.key)}
          act={act}
          mark={mark?.(group)}
          onPick={onPick}
        />
      )}
    />
  );
}

function columnsOf(groups: readonly Group[]): FigureColumn<Group, Figure>[] {
  const largest = Math.max(1, ...groups.map(({ calls }) => calls));
  const column = (
    key: Figure,
    head: string,
    rest: Pick<FigureColumn<Group, Figure>, "cell" | "look" | "align" | "className">,
  ) => ({ key, head, value: (group: Group) => sortValue(group, key), ...rest });
  const columns = [
    column("calls", "Calls", {
      align: "left",
      className: "at-bar",
      cell: ({ calls }) => <FigureBar text={formatCount(calls)} share={calls / largest} />,
    }),
    column("succeeded", "Succeeded", { cell: (group) => <Succeeded group={group} /> }),
    column("failed", "Failed", {
      look: ({ failed }) => (failed > 0 ? "tone-failed toned font-medium" : "text-muted"),
      cell: ({ failed }) => formatCount(failed),
    }),
    ...OTHER_OUTCOMES.filter(({ count }) => groups.some((group) => count(group) > 0)).map(
      ({ key, head, count }) =>
        column(key, head, {
          look: (group) => (count(group) > 0 ? "" : "text-muted"),
          cell: (group) => formatCount(count(group)),
        }),
    ),
    ...(Object.keys(DURATIONS) as (keyof typeof DURATIONS)[]).map((key) =>
      column(key, DURATIONS[key], {
        look: (group) => (group[key] === null ? "text-muted" : ""),
        cell: (group) => formatDuration(group[key]),
      }),
    ),
  ];
  if (groups.every((group) => group.last_failure === undefined)) return columns;
  return [
    ...columns,
    column("last_failure", "Last failure", {
      align: "left",
      className: "at-words",
      cell: (group) => <LastFailure failure={group.last_failure ?? null} />,
    }),
  ];
}

/** Outcomes of its calls, in the colours of the chart above; as text on hover and beside it. */
function Succeeded({ group }: { group: Group }) {
  const some = OUTCOMES.filter(({ key }) => group[key] > 0);
  const words = some.map(({ key, label }) => `${formatCount(group[key])} ${label}`).join(", ");
  return (
    <span className="flex items-center justify-end gap-2">
      <span
        role="img"
        aria-label={words === "" ? "no calls" : words}
        title={words}
        className="flex h-2 w-(--bar) shrink-0 gap-px overflow-hidden rounded-[2px] bg-edge"
      >
        {some.map(({ key, tone, texture }) => (
          <span
            key={key}
            className={`tone-${tone} bar-${texture} min-w-[3px]`}
            style={{ flexGrow: group[key] }}
          />
        ))}
      </span>
      <span className="w-12 text-right">{formatPercent(group.succeeded, ended(group))}</span>
    </span>
  );
}

function LastFailure({ failure }: { failure: Failure | null }) {
  if (failure === null) return <span className="text-muted">{UNKNOWN}</span>;
  return (
    <span className="flex min-w-0 items-baseline gap-2">
      <EventLink id={failure.event_id} className="shrink-0">
        <Ago at={failure.at} />
      </EventLink>
      <bdi title={failure.error ?? undefined} className="truncate font-mono text-xs text-muted">
        {firstLine(failure.error)}
      </bdi>
    </span>
  );
}

/** An error may be megabytes in one line, with colour codes. */
export function firstLine(error: string | null): string {
  if (error === null) return "No error message";
  const plain = error.slice(0, 2000).replace(/\u001b\[[0-9;?]*[A-Za-z]|<\/?tool_use_error>/g, "");
  return (
    plain
      .split("\n")
      .map((line) => line.trim())
      .find((line) => line !== "")
      ?.slice(0, 300) ?? "Empty error message"
  );
}
