/** What the session asks, whole; and how its last ask ended, until that is closed or it asks again. */
import { Hand, X } from "lucide-react";
import { useState } from "react";
import type { SessionRow } from "../../api/client.ts";
import { createSeenAsks, isOpen } from "../../domain/asks.ts";
import { needsYou } from "../../live/needs-you.ts";
import { AskCard } from "../../ui/ask-card.tsx";
import { Waiting } from "../../ui/time.tsx";

export function AskBanner({ row }: { row: SessionRow }) {
  const [withTexts] = useState(createSeenAsks);
  const [closed, setClosed] = useState(0);
  const asks = withTexts(row.asks);
  const open = asks.filter(isOpen);
  const ended = asks.filter((ask) => !isOpen(ask) && ask.event_id > closed).at(-1);
  if (open.length > 0)
    return (
      <div
        data-fact="ask"
        className="mx-3 my-1.5 flex max-h-[60dvh] min-h-16 flex-col gap-1.5 overflow-y-auto overscroll-contain"
      >
        {open.map((ask) => (
          <AskCard key={ask.event_id} session={row} ask={ask} />
        ))}
      </div>
    );
  if (needsYou(row)) return <Unknown row={row} />;
  if (ended === undefined) return null;
  return (
    <div className="mx-3 my-1.5">
      <AskCard
        session={row}
        ask={ended}
        headOnly
        action={
          <button
            type="button"
            aria-label="Close"
            onClick={() => setClosed(ended.event_id)}
            className="inline-grid size-6 shrink-0 place-items-center rounded-sm text-muted hover:bg-hover hover:text-ink"
          >
            <X aria-hidden size={14} />
          </button>
        }
      />
    </div>
  );
}

/** It waits, but for no request or question that is known. */
function Unknown({ row }: { row: SessionRow }) {
  return (
    <p
      role="status"
      data-fact="ask"
      className="tone-needs mx-3 my-1.5 flex items-center gap-2 rounded-md border-l-3 border-(--tone) bg-panel px-3 py-2"
    >
      <Hand aria-hidden size={15} className="toned shrink-0" />
      <bdi className="min-w-0 grow break-words line-clamp-3">
        {row.status_reason?.slice(0, 600) ?? "Waiting for you"}
      </bdi>
      <Waiting since={row.status_since} />
    </p>
  );
}
