/** Shares of a whole: a stacked bar, a legend, and the figures as a table. */
import { useState } from "react";
import { counted, formatCount } from "../../domain/format.ts";
import { ChartFrame } from "./chart-frame.tsx";
import { ShareBar } from "./share-bar.tsx";
import { shares, type Part, type Share as Portion } from "./shares.ts";

interface ShareProps {
  title: string;
  noun: string;
  parts: readonly Part[];
  /** How many parts are named; the rest is one part. */
  most?: number;
  onOpen: (key: string) => void;
}

export function Share({ title, noun, parts, most = 7, onOpen }: ShareProps) {
  const [highlighted, setHighlighted] = useState<string | null>(null);
  const found = shares(parts, most);
  return (
    <ChartFrame
      title={title}
      summary={found.map(({ label, percent }) => `${label} ${percent}`).join(", ")}
      table={() => ({
        heads: ["Name", `${noun}s`, "share"],
        rows: shares(parts, Infinity).map(({ label, value, percent }) => [
          label,
          formatCount(value),
          percent,
        ]),
      })}
      empty={found.length === 0 ? `No ${noun}s.` : null}
      height={40}
    >
      {(summaryId) => (
        <>
          <div role="img" aria-label={title} aria-describedby={summaryId} className="h-4">
            <ShareBar
              shares={found}
              noun={noun}
              highlighted={highlighted}
              onHighlight={setHighlighted}
            />
          </div>
          <ul className="mt-1.5 flex flex-wrap gap-x-1 gap-y-0.5">
            {found.map((share) => (
              <li key={share.key} className="min-w-0">
                <Entry share={share} noun={noun} onHighlight={setHighlighted} onOpen={onOpen} />
              </li>
            ))}
          </ul>
        </>
      )}
    </ChartFrame>
  );
}

function Entry({
  share,
  noun,
  onHighlight,
  onOpen,
}: {
  share: Portion;
  noun: string;
  onHighlight: (key: string | null) => void;
  onOpen: (key: string) => void;
}) {
  const words = (
    <>
      <span
        aria-hidden
        className={`size-2.5 shrink-0 rounded-[2px] ${share.place === null ? "bg-quiet" : `key-${share.place % 8}`}`}
      />
      <bdi className="truncate">{share.label}</bdi>
      <span className="shrink-0 text-ink">{share.percent}</span>
    </>
  );
  const look = "inline-flex h-6 max-w-60 items-center gap-1.5 rounded-md px-1.5 text-xs text-muted";
  if (share.place === null)
    return (
      <span title={counted(share.value, noun)} className={look}>
        {words}
      </span>
    );
  const highlight = (on: boolean) => onHighlight(on ? share.key : null);
  return (
    <button
      type="button"
      title={`${share.label}: ${counted(share.value, noun)}`}
      onClick={() => onOpen(share.key)}
      onPointerEnter={() => highlight(true)}
      onPointerLeave={() => highlight(false)}
      onFocus={() => highlight(true)}
      onBlur={() => highlight(false)}
      className={`${look} hover:bg-hover hover:text-ink`}
    >
      {words}
    </button>
  );
}
