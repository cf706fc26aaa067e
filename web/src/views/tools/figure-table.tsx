/**
 * Groups of calls, one a row: how many, how they ended, how long they took, what failed last. In: the
 * groups, the order. Out: a table that sorts by each column; a group may be opened.
 */
import { ArrowDown, ArrowUp } from "lucide-react";
import { useState, type ReactNode } from "react";
import { EventLink } from "../parts/links.tsx";
import { Button } from "../parts/states.tsx";
import { Ago } from "../parts/time.tsx";
import { formatCount, formatDuration, formatPercent, UNKNOWN } from "../words/format.ts";
import { ended, OUTCOMES, sorted, type Column, type Direction, type Failure, type Group } from "./figures.ts";
import "../charts/charts.css";
import "./tools.css";

interface FigureTableProps {
  title: string;
  /** What a row is, as the head of the names. */
  noun: string;
  groups: readonly Group[];
  sort: Column;
  dir: Direction;
  onSort: (column: Column) => void;
  /** The group that is open, or that is filtered by. */
  chosen: readonly string[];
  /** What a click on a name does, in words. */
  act: string;
  onPick: (key: string) => void;
  mark?: (group: Group) => ReactNode;
}

const HEADS: Record<Exclude<Column, "name">, string> = {
  calls: "Calls",
  succeeded: "Succeeded",
  failed: "Failed",
  p50_ms: "p50",
  p90_ms: "p90",
  p99_ms: "p99",
  max_ms: "Max",
  waiting_ms: "Waiting",
  last_failure: "Last failure",
};
const DURATIONS = ["p50_ms", "p90_ms", "p99_ms", "max_ms", "waiting_ms"] as const;
/** Rows drawn at first, and by each further click. */
const STEP = 100;

export function FigureTable({ title, noun, groups, sort, dir, onSort, chosen, act, onPick, mark }: FigureTableProps) {
  const [most, setMost] = useState(STEP);
  const rows = sorted(groups, sort, dir);
  const largest = Math.max(1, ...groups.map(({ calls }) => calls));
  const columns = (Object.keys(HEADS) as (keyof typeof HEADS)[]).filter((column) => column !== "last_failure" || groups.some((group) => group.last_failure !== undefined));
  return (
    <section aria-label={title} className="min-w-0">
      <h2 className="flex min-h-7 items-center gap-2 font-medium">
        {title} <span className="font-normal text-muted">{formatCount(groups.length)}</span>
      </h2>
      {/* A box that scrolls must be reachable by keys. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div role="region" aria-label={`${title}, table`} tabIndex={0} className="figures overflow-x-auto rounded-md border border-edge">
        <table className="w-full">
          <thead>
            <tr>
              <Head column="name" text={noun} {...{ sort, dir, onSort }} />
              {columns.map((column) => (
                <Head key={column} column={column} text={HEADS[column]} {...{ sort, dir, onSort }} />
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, most).map((group) => (
              <tr key={group.key} data-row={group.key} aria-selected={chosen.includes(group.key)} className="border-t border-edge hover:bg-hover aria-selected:bg-hover">
                <th scope="row" className="at-name">
                  <button type="button" aria-pressed={chosen.includes(group.key)} title={`${act}: ${group.label}`} onClick={() => onPick(group.key)} className="row-button">
                    {mark?.(group)}
                    <bdi className="truncate">{group.label}</bdi>
                  </button>
                </th>
                <td className="at-calls">
                  <span className="flex items-center gap-2">
                    <span className="min-w-10 shrink-0 text-right">{formatCount(group.calls)}</span>
                    <span aria-hidden className="h-2 min-w-px rounded-[2px] bg-quiet/55" style={{ width: `calc(var(--bar) * ${group.calls / largest})` }} />
                  </span>
                </td>
                <td>
                  <span className="flex items-center justify-end gap-2">
                    <OutcomeBar group={group} />
                    <span className="w-12 text-right">{formatPercent(group.succeeded, ended(group))}</span>
                  </span>
                </td>
                <td className={group.failed > 0 ? "tone-failed toned font-medium" : "text-muted"}>{formatCount(group.failed)}</td>
                {DURATIONS.map((column) => (
                  <td key={column} className={group[column] === null ? "text-muted" : ""}>
                    {formatDuration(group[column])}
                  </td>
                ))}
                {columns.includes("last_failure") ? (
                  <td className="at-failure">
                    <LastFailure failure={group.last_failure ?? null} />
                  </td>
                ) : null}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {rows.length > most ? (
        <Button onClick={() => setMost(most + STEP)} className="mt-2">
          {`Show more: ${formatCount(rows.length - most)} left`}
        </Button>
      ) : null}
    </section>
  );
}

interface HeadProps {
  column: Column;
  text: string;
  sort: Column;
  dir: Direction;
  onSort: (column: Column) => void;
}

function Head({ column, text, sort, dir, onSort }: HeadProps) {
  const on = sort === column;
  const Arrow = dir === "asc" ? ArrowUp : ArrowDown;
  return (
    <th scope="col" aria-sort={on ? (dir === "asc" ? "ascending" : "descending") : "none"} className={`${column === "name" ? "at-name" : ""} ${column === "last_failure" ? "at-failure" : ""} bg-panel`}>
      <button type="button" onClick={() => onSort(column)} className={`inline-flex h-6 items-center gap-0.5 rounded-sm text-xs hover:text-ink ${on ? "text-ink" : "text-muted"}`}>
        {text}
        <Arrow aria-hidden size={11} className={on ? "" : "invisible"} />
      </button>
    </th>
  );
}

/** How its calls ended, in the colours of the chart above; in words on hover and beside it. */
function OutcomeBar({ group }: { group: Group }) {
  const some = OUTCOMES.filter(({ key }) => group[key] > 0);
  const words = some.map(({ key }) => `${formatCount(group[key])} ${key}`).join(", ");
  return (
    <span role="img" aria-label={words === "" ? "no calls" : words} title={words} className="flex h-2 w-(--bar) shrink-0 gap-px overflow-hidden rounded-[2px] bg-edge">
      {some.map(({ key, tone, texture }) => (
        <span key={key} className={`tone-${tone} bar-${texture} min-w-[3px]`} style={{ flexGrow: group[key] }} />
      ))}
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

/** The head of an error may be megabytes of one line, and hold colour codes. */
export function firstLine(error: string | null): string {
  if (error === null) return "no error was told";
  const plain = error.slice(0, 2000).replace(/\u001b\[[0-9;?]*[A-Za-z]|<\/?tool_use_error>/g, "");
  return plain.split("\n").map((line) => line.trim()).find((line) => line !== "")?.slice(0, 300) ?? "an empty error";
}
