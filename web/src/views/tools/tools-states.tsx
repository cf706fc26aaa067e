/**
 * What stands in the figures' place: still loading, no calls in this range, no calls at all.
 */
import { useQuery } from "@tanstack/react-query";
import { Wrench } from "lucide-react";
import { fetchFilters } from "../../api/client.ts";
import { Bone, Button, Command, Empty } from "../parts/states.tsx";
import { larger, rangeWords, type Range } from "../words/range.ts";
import { withoutFilters, withRange, type ToolsSearch } from "./search.ts";

export function ToolsSkeleton() {
  return (
    <div role="status" aria-label="Loading the figures" className="late flex grow flex-col gap-5 overflow-hidden p-3">
      <Bone className="h-4 w-2/3" />
      <div className="grid grid-cols-1 gap-6 @5xl:grid-cols-[minmax(0,5fr)_minmax(0,3fr)]">
        <Bone className="h-52 w-full" />
        <Bone className="h-52 w-full max-md:hidden" />
      </div>
      <Bone className="h-4 w-full" />
      {Array.from({ length: 8 }, (_, i) => (
        <div key={i} className="flex h-5 items-center gap-6">
          <Bone className={["w-32", "w-40", "w-24"][i % 3] ?? ""} />
          <Bone className={["w-1/3", "w-1/4", "w-1/5"][i % 3] ?? ""} />
        </div>
      ))}
    </div>
  );
}

interface NoCallsProps {
  range: Range;
  filtered: boolean;
  search: ToolsSearch;
  onSearch: (search: ToolsSearch) => void;
}

export function NoCalls({ range, filtered, search, onSearch }: NoCallsProps) {
  const filters = useQuery({ queryKey: ["filters"], queryFn: ({ signal }) => fetchFilters(signal), staleTime: 5000, refetchInterval: 5000 });
  if (!filtered && filters.data?.tool_names.length === 0) return <NoCallsEver />;
  const next = larger(range);
  return (
    <Empty Icon={Wrench} title={`No calls: ${lower(rangeWords(range))}${filtered ? ", with these filters" : ""}`}>
      <p>Figures appear here by themselves as soon as a tool is called.</p>
      <div className="mt-4 flex flex-wrap gap-2">
        {next === null ? null : <Button onClick={() => onSearch(withRange(search, next))}>{`Show ${lower(rangeWords(next))}`}</Button>}
        {filtered ? <Button onClick={() => onSearch(withoutFilters(search))}>Clear the filters</Button> : null}
      </div>
    </Empty>
  );
}

function NoCallsEver() {
  return (
    <Empty Icon={Wrench} title="No tool was called yet">
      <p>Once an agent runs a command, reads a file or asks a server, its calls are counted here: how many, how they ended, how long they took.</p>
      <Command title="See it with made sessions" text="make demo" />
    </Empty>
  );
}

function lower(words: string): string {
  return words.charAt(0).toLowerCase() + words.slice(1);
}
