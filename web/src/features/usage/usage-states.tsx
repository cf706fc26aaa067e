/**
 * What stands in the figures' place: nothing in this range, nothing at all.
 */
import { useQuery } from "@tanstack/react-query";
import { Gauge } from "lucide-react";
import { fetchUsage } from "../../api/client.ts";
import { withRange } from "../../url/picked.ts";
import { NothingIn } from "../../ui/figures/states.tsx";
import { Command, Empty } from "../../ui/states.tsx";
import type { Range } from "../../url/range.ts";
import { CONNECT_USAGE } from "../../domain/connect-command.ts";
import { isNothing } from "../../domain/usage/figures.ts";
import { isFiltered, withoutFilters, type UsageSearch } from "./search.ts";

interface NoUsageProps {
  range: Range;
  search: UsageSearch;
  onSearch: (search: UsageSearch) => void;
}

export function NoUsage({ range, search, onSearch }: NoUsageProps) {
  const filtered = isFiltered(search);
  const ever = useQuery({
    queryKey: ["usage", "ever"],
    queryFn: ({ signal }) => fetchUsage({ by: "model", range: "all" }, signal),
    enabled: !filtered,
    refetchInterval: 5000,
  });
  if (!filtered && ever.data !== undefined && isNothing(ever.data.total)) return <NoUsageEver />;
  return (
    <NothingIn
      Icon={Gauge}
      nouns="requests"
      words="Figures appear here by themselves as soon as a request is told."
      range={range}
      filtered={filtered}
      onRange={(next) => onSearch(withRange(search, next))}
      onClear={() => onSearch(withoutFilters(search))}
    />
  );
}

function NoUsageEver() {
  return (
    <Empty Icon={Gauge} title="No tokens and no costs were told yet">
      <p>
        Hooks carry neither. Claude Code’s telemetry tells each request with its tokens and its
        cost, its status line the context and the limits; both stay on this machine.
      </p>
      <Command title="Let Claude Code tell them" text={CONNECT_USAGE} />
      <Command
        title="Read what the transcripts on this disk hold of before"
        text="hookwatch backfill"
      />
    </Empty>
  );
}
