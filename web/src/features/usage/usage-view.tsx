import { useRef } from "react";
import type { Filters, Usage } from "../../api/client.ts";
import {
  FilterChips,
  FilterMenus,
  projectChoices,
  sessionChoices,
  sessionLabel,
} from "../../ui/figures/filters.tsx";
import { chosen, omit, pick, withList } from "../../url/edit.ts";
import { Stale } from "../../ui/figures/stale.tsx";
import { FiguresSkeleton } from "../../ui/figures/states.tsx";
import { focusRow, useListKeys } from "../../ui/list-keys.ts";
import { useNoLog } from "../../ui/use-live.ts";
import type { Choice } from "../../ui/choice-menu.tsx";
import { FilterFold } from "../../ui/filter-fold.tsx";
import { RangePicker } from "../../ui/range-picker.tsx";
import { LoadFailed } from "../../ui/states.tsx";
import { FIGURE_RANGES, rangeOf, rangeText, withRange } from "../../url/range.ts";
import { isNothing } from "../../domain/usage/figures.ts";
import { useUsageBy } from "./hooks.ts";
import { LimitMeters } from "./limit-meters.tsx";
import { FILTER_KEYS, type FilterKey, type UsageSearch } from "./search.ts";
import { modelLabel } from "../../ui/usage/series.ts";
import { UsageBody } from "./usage-body.tsx";
import { NoUsage } from "./usage-states.tsx";

interface UsageViewProps {
  search: UsageSearch;
  onSearch: (search: UsageSearch) => void;
}

const NAMES: Record<FilterKey, string> = {
  source_app: "Project",
  session_id: "Session",
  model: "Model",
};

export function UsageView({ search, onSearch }: UsageViewProps) {
  useNoLog();
  const range = rangeOf(search, FIGURE_RANGES);
  const query = useUsageBy("model", search);
  const main = useRef<HTMLElement>(null);
  useListKeys({ arrows: false, onMove: (step) => focusRow(main.current, step) });
  const picking = {
    keys: FILTER_KEYS,
    names: NAMES,
    picked: pick(search, FILTER_KEYS),
    onPick: (key: FilterKey, values: readonly string[]) => onSearch(withList(search, key, values)),
  };
  return (
    <main ref={main} className="@container flex min-h-0 min-w-0 grow flex-col">
      <h1 className="sr-only">Usage</h1>
      <div className="flex shrink-0 flex-col gap-1.5 border-b border-edge px-3 py-1.5">
        <div className="flex flex-wrap items-center gap-1.5">
          <RangePicker
            ranges={FIGURE_RANGES}
            range={range}
            onRange={(next) => onSearch(withRange(search, next, FIGURE_RANGES))}
          />
          <FilterFold active={chosen(search, FILTER_KEYS).length}>
            <FilterMenus
              {...picking}
              choicesOf={(filters, key) => choicesOf(filters, query.data, key)}
            />
          </FilterFold>
          {query.isRefetchError ? (
            <Stale problem={query.error.message} onRetry={() => void query.refetch()} />
          ) : null}
        </div>
        <FilterChips
          {...picking}
          labelOf={labelOf}
          onClear={() => onSearch(omit(search, ...FILTER_KEYS))}
        />
      </div>
      {query.data === undefined ? (
        query.isError ? (
          <LoadFailed
            what="The usage"
            problem={query.error.message}
            onRetry={() => void query.refetch()}
          />
        ) : (
          <FiguresSkeleton />
        )
      ) : isNothing(query.data.total) ? (
        <>
          <div className="px-3 pt-3">
            <LimitMeters />
          </div>
          <NoUsage range={range} search={search} onSearch={onSearch} />
        </>
      ) : (
        <UsageBody
          usage={query.data}
          updating={query.isPlaceholderData}
          words={rangeText(range)}
          search={search}
          onSearch={onSearch}
          above={<LimitMeters />}
        />
      )}
    </main>
  );
}

function choicesOf(filters: Filters, usage: Usage | undefined, key: FilterKey): Choice[] {
  switch (key) {
    case "source_app":
      return projectChoices(filters);
    case "session_id":
      return sessionChoices(filters);
    case "model":
      return [
        ...new Set([...filters.model_names, ...(usage?.rows ?? []).map((row) => row.key ?? "")]),
      ].map((value) => ({ value, count: null, label: modelLabel(value) }));
    default:
      return key satisfies never;
  }
}

function labelOf(filters: Filters | undefined, key: FilterKey, value: string): string {
  if (key === "model") return modelLabel(value);
  if (value === "") return "none";
  return key === "session_id" ? sessionLabel(filters, value) : value;
}
