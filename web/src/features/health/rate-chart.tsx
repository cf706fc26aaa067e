/** Events per second over the last five minutes, as bars or as a table. */
import { useState } from "react";
import type { Health } from "../../api/client.ts";
import { Table, type Column } from "../../ui/table.tsx";
import { formatSeconds } from "../../domain/dates.ts";
import { counted, formatCount, UNKNOWN } from "../../domain/format.ts";

type Rate = Health["rate"];

const HEIGHT = 40;

export function RateChart({ rate }: { rate: Rate }) {
  const [picked, setPicked] = useState<number | null>(null);
  const { counts } = rate;
  const most = Math.max(0, ...counts.map((count) => count ?? 0));
  const move = (by: number) =>
    setPicked(Math.min(counts.length - 1, Math.max(0, (picked ?? counts.length) + by)));
  return (
    <div>
      <div
        role="slider"
        tabIndex={0}
        aria-label="Events over the last five minutes"
        aria-valuemin={0}
        aria-valuemax={counts.length - 1}
        aria-valuenow={picked ?? counts.length - 1}
        aria-valuetext={bucketText(rate, picked ?? counts.length - 1)}
        onKeyDown={(press) => {
          if (press.key !== "ArrowLeft" && press.key !== "ArrowRight") return;
          press.preventDefault();
          move(press.key === "ArrowLeft" ? -1 : 1);
        }}
        onBlur={() => setPicked(null)}
        onPointerMove={(event) => {
          const box = event.currentTarget.getBoundingClientRect();
          setPicked(
            Math.min(
              counts.length - 1,
              Math.max(0, Math.floor(((event.clientX - box.left) / box.width) * counts.length)),
            ),
          );
        }}
        onPointerLeave={() => setPicked(null)}
        className="rounded-sm border-b border-edge"
      >
        <svg
          aria-hidden
          viewBox={`0 0 ${counts.length} ${HEIGHT}`}
          preserveAspectRatio="none"
          className="rate-chart"
        >
          {picked === null ? null : (
            <rect x={picked} y={0} width={1} height={HEIGHT} className="fill-hover" />
          )}
          {counts.map((count, i) => (
            <Bar
              key={rate.start + i * rate.bucket_ms}
              at={i}
              share={count === null ? null : count / Math.max(1, most)}
              loud={picked === i}
            />
          ))}
        </svg>
      </div>
      <p className="mt-1 flex justify-between gap-2 text-xs text-muted">
        <span>{picked === null ? "5 min ago" : bucketText(rate, picked)}</span>
        <span>
          {picked === null
            ? most === 0
              ? "No events"
              : `Peak: ${counted(most, "event")} / 5 s`
            : ""}
        </span>
      </p>
    </div>
  );
}

function Bar({ at, share, loud }: { at: number; share: number | null; loud: boolean }) {
  // Nothing was counted then, which is not the same as no events.
  if (share === null)
    return <rect x={at} y={HEIGHT - 1} width={0.8} height={1} className="fill-edge" />;
  const height = share === 0 ? 0 : Math.max(1.5, share * (HEIGHT - 2));
  return (
    <rect
      x={at + 0.1}
      y={HEIGHT - height}
      width={0.8}
      height={height}
      className={loud ? "fill-ink" : "fill-working"}
    />
  );
}

const RATE_COLUMNS: readonly Column<{ start: number; count: number | null }>[] = [
  { key: "from", head: "From", cell: ({ start }) => formatSeconds(start) },
  {
    key: "events",
    head: "Events in 5 s",
    cell: ({ count }) => (count === null ? UNKNOWN : formatCount(count)),
  },
];

export function RateTable({ rate }: { rate: Rate }) {
  const rows = rate.counts
    .map((count, i) => ({ start: rate.start + i * rate.bucket_ms, count }))
    .toReversed();
  return (
    <div className="mb-2">
      <Table
        label="Events by five seconds"
        className="is-compact"
        columns={RATE_COLUMNS}
        rows={rows}
        keyOf={({ start }) => start}
      />
    </div>
  );
}

function bucketText(rate: Rate, i: number): string {
  const count = rate.counts[i];
  const start = formatSeconds(rate.start + i * rate.bucket_ms);
  return count == null
    ? `${start}  not counted yet`
    : `${start}  ${counted(count, "event")} in 5 s`;
}
