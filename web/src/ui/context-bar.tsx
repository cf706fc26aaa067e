/**
 * How full a context is, with its peak and a mark where auto-compact is expected. Amber from 80 %,
 * red from 92 %.
 */
import {
  compactPercent,
  contextText,
  peakPercent,
  toneOfFill,
  usedPercent,
  AMBER_PERCENT,
  type Context,
} from "../domain/context.ts";
import { formatTokens, UNKNOWN } from "../domain/format.ts";

export function ContextBar({
  context,
  className = "w-20",
}: {
  context: Context | null;
  className?: string;
}) {
  if (context === null) return <span className="text-muted">{UNKNOWN}</span>;
  const percent = usedPercent(context);
  const title = contextText(context);
  if (percent === null)
    return <span title={title}>{`${formatTokens(context.used_tokens)} tokens`}</span>;
  const peak = peakPercent(context);
  const mark = compactPercent(context);
  return (
    <span
      title={title}
      data-context={Math.round(percent)}
      className={`tone-${toneOfFill(percent)} inline-flex items-center gap-2`}
    >
      <span
        aria-hidden
        className={`relative h-2 shrink-0 overflow-hidden rounded-sm bg-track ${className}`}
      >
        {peak === null ? null : (
          <span
            data-peak
            className="absolute bottom-0 left-0 h-0.5 bg-(--tone) opacity-60"
            style={{ width: within(peak) }}
          />
        )}
        <span
          className="absolute inset-y-0 left-0 bg-(--tone)"
          style={{ width: within(percent) }}
        />
        {mark === null ? null : (
          <span
            data-compact-mark
            className="absolute inset-y-0 w-px bg-ink"
            style={{ left: within(mark) }}
          />
        )}
      </span>
      <span
        className={`whitespace-nowrap ${percent >= AMBER_PERCENT ? "toned font-medium" : ""}`}
      >{`${Math.round(percent)}%`}</span>
    </span>
  );
}

function within(percent: number): string {
  return `${Math.min(100, Math.max(0, percent))}%`;
}
