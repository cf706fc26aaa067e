/** What replaces the figures: nothing in this range, or nothing at all. */
import { useQuery } from "@tanstack/react-query";
import { Gauge } from "lucide-react";
import { get } from "../../api/client.ts";
import { omit } from "../../url/edit.ts";
import { NothingIn } from "../../ui/figures/states.tsx";
import { Command, Empty } from "../../ui/states.tsx";
import { useCommands } from "../../ui/use-installation.ts";
import { FIGURE_RANGES, withRange, type FigureRange, type Range } from "../../url/range.ts";
import { isNothing } from "../../domain/usage/figures.ts";
import { FILTER_KEYS, isFiltered, type UsageSearch } from "./search.ts";

interface NoUsageProps {
  range: Range<FigureRange>;
  search: UsageSearch;
  onSearch: (search: UsageSearch) => void;
}

export function NoUsage({ range, search, onSearch }: NoUsageProps) {
  const filtered = isFiltered(search);
  const ever = useQuery({
    queryKey: ["usage", "ever"],
    queryFn: ({ signal }) =>
      get("/api/usage", { params: { query: { by: "model", range: "all" } }, signal }),
    enabled: !filtered,
    refetchInterval: 5000,
  });
  if (!filtered && ever.data !== undefined && isNothing(ever.data.total)) return <NoUsageEver />;
  return (
    <NothingIn
      Icon={Gauge}
      nouns="requests"
      words="Data appears after the first API request."
      range={range}
      filtered={filtered}
      onRange={(next) => onSearch(withRange(search, next, FIGURE_RANGES))}
      onClear={() => onSearch(omit(search, ...FILTER_KEYS))}
    />
  );
}

function NoUsageEver() {
  const { connectAll, backfill } = useCommands();
  return (
    <Empty Icon={Gauge} title="No usage data yet">
      <p>
        Hooks do not report tokens or costs. Telemetry reports them for each request; the status
        line reports context and limits. Both stay on this machine.
      </p>
      <Command title="Turn on usage data" text={connectAll} />
      <Command title="Import usage from past transcripts" text={backfill} />
    </Empty>
  );
}
