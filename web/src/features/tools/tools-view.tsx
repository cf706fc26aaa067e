import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { get } from "../../api/client.ts";
import { useNoLog } from "../../ui/use-live.ts";
import { chosen, pick } from "../../url/edit.ts";
import { Stale } from "../../ui/figures/stale.tsx";
import { FiguresSkeleton } from "../../ui/figures/states.tsx";
import { offerFocus } from "../../ui/focus.ts";
import { focusRow, useListKeys } from "../../ui/list-keys.ts";
import { FilterFold } from "../../ui/filter-fold.tsx";
import { RangePicker } from "../../ui/range-picker.tsx";
import { LoadFailed } from "../../ui/states.tsx";
import { FIGURE_RANGES, rangeOf, rangeText, touchesNow, withRange } from "../../url/range.ts";
import { useWithoutSamples } from "../../ui/samples/hooks.ts";
import { Figures } from "./figures-body.tsx";
import { FILTER_KEYS, toolQuery, type ToolsSearch } from "./search.ts";
import { ToolChips, ToolFilters } from "./tool-filters.tsx";
import { ToolPanel } from "./tool-panel.tsx";
import { NoCalls } from "./tools-states.tsx";
import "./tools.css";

interface ToolsViewProps {
  search: ToolsSearch;
  onSearch: (search: ToolsSearch) => void;
}

const EVERY_MS = 4000;

export function ToolsView({ search, onSearch }: ToolsViewProps) {
  useNoLog();
  const range = rangeOf(search, FIGURE_RANGES);
  const without = useWithoutSamples();
  const asked = JSON.stringify({ ...toolQuery(search, 0), ...without });
  const query = useQuery({
    // The range in the URL is the key: "the last hour" is one query, whenever it is sent.
    queryKey: ["tool-stats", asked],
    queryFn: ({ signal }) =>
      get("/api/tools/stats", { params: { query: { ...toolQuery(search), ...without } }, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: () => (touchesNow(range) ? EVERY_MS : false),
    refetchOnWindowFocus: () => touchesNow(range),
  });
  const { tool, ...withoutTool } = search;
  const close = () => onSearch(withoutTool);
  const main = useRef<HTMLElement>(null);
  useListKeys({
    arrows: false,
    onMove: (step) => focusRow(main.current, step),
    onClose: () => {
      if (tool !== undefined) close();
      return tool !== undefined;
    },
  });
  useFocusBack(main, tool);
  const words = rangeText(range);
  return (
    <main ref={main} className="relative flex min-h-0 min-w-0 grow">
      <h1 className="sr-only">Tools</h1>
      <div className="@container flex min-h-0 min-w-0 grow flex-col">
        <div className="flex shrink-0 flex-col gap-1.5 border-b border-edge px-3 py-1.5">
          <div className="flex flex-wrap items-center gap-1.5">
            <RangePicker
              ranges={FIGURE_RANGES}
              range={range}
              onRange={(next) => onSearch(withRange(search, next, FIGURE_RANGES))}
            />
            <FilterFold active={chosen(search, FILTER_KEYS).length}>
              <ToolFilters search={search} onSearch={onSearch} stats={query.data} />
            </FilterFold>
            {query.isRefetchError ? (
              <Stale problem={query.error.message} onRetry={() => void query.refetch()} />
            ) : null}
          </div>
          <ToolChips search={search} onSearch={onSearch} />
        </div>
        {query.data === undefined ? (
          query.isError ? (
            <LoadFailed
              what="The figures"
              problem={query.error.message}
              onRetry={() => void query.refetch()}
            />
          ) : (
            <FiguresSkeleton />
          )
        ) : query.data.total.calls === 0 ? (
          <NoCalls
            range={range}
            filtered={Object.keys(pick(search, FILTER_KEYS)).length > 0}
            search={search}
            onSearch={onSearch}
          />
        ) : (
          <Figures
            stats={query.data}
            updating={query.isPlaceholderData}
            words={words}
            search={search}
            onSearch={onSearch}
          />
        )}
      </div>
      {tool === undefined ? null : (
        <ToolPanel
          name={tool}
          search={search}
          words={words}
          everyMs={touchesNow(range, query.dataUpdatedAt) ? EVERY_MS : false}
          onClose={close}
        />
      )}
    </main>
  );
}

/** When the panel is closed by keyboard, the focus returns to the row that opened it. */
function useFocusBack(main: React.RefObject<HTMLElement | null>, tool: string | undefined) {
  const before = useRef(tool);
  useEffect(() => {
    const closed = before.current;
    before.current = tool;
    if (tool !== undefined || closed === undefined) return;
    const rows = [...(main.current?.querySelectorAll<HTMLElement>("[data-figure]") ?? [])];
    offerFocus(
      rows
        .find((row) => row.dataset["figure"] === closed)
        ?.querySelector<HTMLElement>("[data-row]"),
    );
  }, [main, tool]);
}
