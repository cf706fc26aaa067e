/**
 * All calls of the range in one line. In: their sums, the range in words. Out: figures with their
 * names, those of what went wrong in their colour.
 */
import { Fragment } from "react";
import { counted, formatCount, formatDuration, formatPercent } from "../words/format.ts";
import type { Tone } from "../words/kinds.ts";
import { ended, type Summary } from "./figures.ts";

interface Figure {
  text: string;
  name: string;
  tone?: Tone;
  title?: string;
}

export function Totals({ words, total }: { words: string; total: Summary }) {
  return (
    <p aria-label="Totals" role="group" className="flex flex-wrap items-baseline gap-x-2 gap-y-0.5 text-muted">
      <span className="text-base font-semibold text-ink">{words}</span>{" "}
      <span className="text-base text-ink">{counted(total.calls, "call")}</span>{" "}
      {figures(total).map(({ text, name, tone, title }) => (
        <Fragment key={name}>
          <span aria-hidden className="text-strong-edge">
            ·
          </span>
          <span title={title}>
            <span className={`font-medium ${tone === undefined ? "text-ink" : `tone-${tone} toned`}`}>{text}</span> {name}
          </span>{" "}
        </Fragment>
      ))}
    </p>
  );
}

/** Outcomes that nobody had are left out; a duration that nobody knows says so. */
function figures(total: Summary): Figure[] {
  const some = (count: number, name: string, tone?: Tone): Figure[] => (count === 0 ? [] : [{ text: formatCount(count), name, ...(tone && { tone }) }]);
  return [
    { text: formatPercent(total.succeeded, ended(total)), name: "succeeded", title: `${formatCount(total.succeeded)} of ${counted(ended(total), "call")} that ended` },
    { text: formatCount(total.failed), name: "failed", ...(total.failed > 0 && { tone: "failed" }) },
    ...some(total.denied, "denied", "failed"),
    ...some(total.interrupted, "interrupted"),
    ...some(total.running, "running", "working"),
    { text: formatDuration(total.p50_ms), name: "p50" },
    { text: formatDuration(total.p90_ms), name: "p90" },
    { text: formatDuration(total.p99_ms), name: "p99" },
    { text: formatDuration(total.waiting_ms), name: "waiting for you", title: "For your answer, and for what else stood between the calls and their runs: the sum" },
  ];
}
