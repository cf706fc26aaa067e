/** A bar above every view after a time away. Nothing, where nothing happened. */
import { Link } from "@tanstack/react-router";
import { History } from "lucide-react";
import { useQuery } from "@tanstack/react-query";
import { get } from "../../api/client.ts";
import { formatDuration } from "../../domain/dates.ts";
import { lastSeen, type Away } from "../../live/last-seen.ts";
import { useWithoutSamples } from "../../ui/samples/hooks.ts";
import { Button } from "../../ui/states.tsx";
import { awayText } from "./away-text.ts";

export default function AwayBar({ away: { since, until } }: { away: Away }) {
  const query = { since, until, limit: 1, ...useWithoutSamples() };
  const { data } = useQuery({
    queryKey: ["digest", "away", JSON.stringify(query)],
    queryFn: ({ signal }) => get("/api/digest", { params: { query }, signal }),
    staleTime: Infinity,
  });
  const text = data === undefined ? "" : awayText(data);
  if (text === "") return null;
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-edge bg-panel px-3 py-1">
      <History aria-hidden className="size-4 shrink-0 text-muted" />
      <p className="min-w-0 grow basis-64 break-words">
        <strong className="font-semibold">{`While you were away (${formatDuration(until - since)}):`}</strong>{" "}
        {text}
      </p>
      <div className="flex items-center gap-3">
        <Link
          to="/digest"
          search={{ since }}
          onClick={lastSeen.review}
          className="rounded-sm font-medium underline underline-offset-2"
        >
          Review
        </Link>
        <Button onClick={lastSeen.dismiss}>Dismiss</Button>
      </div>
    </div>
  );
}
