/** Counts as small bars with a text alternative. All zeros draw a flat line. */

interface SparklineProps {
  counts: readonly number[];
  label: string;
  className?: string;
}

const HEIGHT = 20;
/** One event among hundreds must stay visible. */
const LEAST = 2;

export function Sparkline({ counts, label, className = "" }: SparklineProps) {
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 100 ${HEIGHT}`}
      preserveAspectRatio="none"
      className={`h-4 w-24 ${className}`}
    >
      <title>{label}</title>
      <path
        d={`M0 ${HEIGHT - 0.5}H100`}
        className="stroke-edge"
        strokeWidth={1}
        vectorEffect="non-scaling-stroke"
      />
      <path d={bars(counts)} className="fill-quiet" />
    </svg>
  );
}

/** One path for all bars: a list draws a thousand of them. */
function bars(counts: readonly number[]): string {
  const most = Math.max(1, ...counts);
  const width = 100 / Math.max(1, counts.length);
  return counts
    .map((count, i) => {
      if (!(count > 0)) return "";
      const height = Math.max(LEAST, (count / most) * HEIGHT);
      return `M${(i * width).toFixed(2)} ${HEIGHT}v${(-height).toFixed(2)}h${(width * 0.75).toFixed(2)}V${HEIGHT}z`;
    })
    .join("");
}
