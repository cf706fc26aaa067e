/** What replaces the figures: no calls in this range, or no calls at all. */
import { Wrench } from "lucide-react";
import { useQuery } from "@tanstack/react-query";
import { get } from "../../api/client.ts";
import { omit } from "../../url/edit.ts";
import { NothingIn } from "../../ui/figures/states.tsx";
import { Command, Empty } from "../../ui/states.tsx";
import { useCommands } from "../../ui/use-installation.ts";
import { FIGURE_RANGES, withRange, type FigureRange, type Range } from "../../url/range.ts";
import { FILTER_KEYS, type ToolsSearch } from "./search.ts";

interface NoCallsProps {
  range: Range<FigureRange>;
  filtered: boolean;
  search: ToolsSearch;
  onSearch: (search: ToolsSearch) => void;
}

export function NoCalls({ range, filtered, search, onSearch }: NoCallsProps) {
  const filters = useQuery({
    queryKey: ["filters"],
    queryFn: ({ signal }) => get("/api/filters", { signal }),
    staleTime: 5000,
    refetchInterval: 5000,
  });
  if (!filtered && filters.data?.tool_names.length === 0) return <NoCallsEver />;
  return (
    <NothingIn
      Icon={Wrench}
      nouns="calls"
      words="Data appears after the first tool call."
      range={range}
      filtered={filtered}
      onRange={(next) => onSearch(withRange(search, next, FIGURE_RANGES))}
      onClear={() => onSearch(omit(search, ...FILTER_KEYS))}
    />
  );
}

function NoCallsEver() {
  const { demo } = useCommands();
  return (
    <Empty Icon={Wrench} title="No tool calls yet">
      <p>Tool calls show up here with counts, outcomes and durations.</p>
      <Command title="Or play a demo, on a dashboard of its own" text={demo} />
    </Empty>
  );
}
