/** The whole asks of a session, below its row. */
import { memo, useEffect, useRef } from "react";
import type { SessionRow } from "../../api/client.ts";
import type { AskRow as Ask } from "../../domain/asks.ts";
import { AskCard } from "../../ui/ask-card.tsx";

interface AskCardLineProps {
  row: SessionRow;
  asks: readonly Ask[];
  /** Its height is known only once it is drawn. */
  onPx: (sessionId: string, px: number) => void;
}

export const AskCardLine = memo(function AskCardLine({ row, asks, onPx }: AskCardLineProps) {
  const place = useRef<HTMLDivElement>(null);
  const { session_id: id } = row;
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const measured = new ResizeObserver(() => onPx(id, Math.ceil(element.offsetHeight)));
    measured.observe(element);
    return () => measured.disconnect();
  }, [id, onPx]);
  return (
    <div
      ref={place}
      data-asks-of={id}
      className="flex flex-col gap-2 border-b border-edge px-3 py-2"
    >
      {asks.length === 0 ? (
        <p className="text-muted">
          <bdi className="payload-text">{row.status_reason?.slice(0, 2000) ?? "No details"}</bdi>
        </p>
      ) : (
        asks.map((ask) => <AskCard key={ask.event_id} session={row} ask={ask} />)
      )}
    </div>
  );
});
