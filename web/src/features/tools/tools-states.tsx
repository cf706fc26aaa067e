/**
 * What stands in the figures' place: no calls in this range, no calls at all.
 */
import { Wrench } from "lucide-react";
import { useQuery } from "@tanstack/react-query";
import { get } from "../../api/client.ts";
import { withRange } from "../../url/picked.ts";
import { NothingIn } from "../../ui/figures/states.tsx";
import { Command, Empty } from "../../ui/states.tsx";
import type { Range } from "../../url/range.ts";
import { withoutFilters, type ToolsSearch } from "./search.ts";

interface NoCallsProps {
  range: Range;
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
      onRange={(next) => onSearch(withRange(search, next))}
      onClear={() => onSearch(withoutFilters(search))}
    />
  );
}

function NoCallsEver() {
  return (
    <Empty Icon={Wrench} title="No tool calls yet">
      <p>Tool calls show up here with counts, outcomes and durations.</p>
      <Command title="Try it with demo data" text="make demo" />
    </Empty>
  );
}
