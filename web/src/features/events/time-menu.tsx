/**
 * Choose from when to when. In: the times in force. Out: the next ones; null where there is no bound.
 */
import { Popover } from "@base-ui/react/popover";
import { ChevronDown } from "lucide-react";
import { useState } from "react";

export interface Span {
  since: number | null;
  until: number | null;
}

const HOUR_MS = 3_600_000;
const PRESETS: readonly (readonly [string, (now: number) => Span])[] = [
  ["Last 15 minutes", (now) => ({ since: now - HOUR_MS / 4, until: null })],
  ["Last hour", (now) => ({ since: now - HOUR_MS, until: null })],
  ["Last 24 hours", (now) => ({ since: now - 24 * HOUR_MS, until: null })],
  ["Today", (now) => ({ since: new Date(now).setHours(0, 0, 0, 0), until: null })],
  ["Any time", () => ({ since: null, until: null })],
];
const ITEM = "flex h-7 w-full items-center rounded-md px-2 text-left hover:bg-hover";

export function TimeMenu({ span, onSpan }: { span: Span; onSpan: (span: Span) => void }) {
  const [open, setOpen] = useState(false);
  const pick = (next: Span) => {
    setOpen(false);
    onSpan(next);
  };
  const set = span.since !== null || span.until !== null;
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger
        aria-label={`Filter by time${set ? ", set" : ""}`}
        className="inline-flex h-7 shrink-0 items-center gap-1 rounded-md border border-edge px-2 hover:border-strong-edge hover:bg-hover data-popup-open:border-strong-edge data-popup-open:bg-hover"
      >
        Time
        {set ? <span className="tone-working toned font-medium">1</span> : null}
        <ChevronDown aria-hidden size={12} className="text-muted" />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner sideOffset={4} align="start" collisionPadding={8} className="z-30">
          <Popover.Popup
            aria-label="Filter by time"
            className="w-64 rounded-lg border border-strong-edge bg-raised p-1 shadow-over outline-none"
          >
            {PRESETS.map(([name, spanOf]) => (
              <button
                key={name}
                type="button"
                onClick={() => pick(spanOf(Date.now()))}
                className={ITEM}
              >
                {name}
              </button>
            ))}
            <Custom key={`${span.since} ${span.until}`} span={span} onSpan={pick} />
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

function Custom({ span, onSpan }: { span: Span; onSpan: (span: Span) => void }) {
  const [since, setSince] = useState(fieldOf(span.since));
  const [until, setUntil] = useState(fieldOf(span.until));
  const next = { since: timeOf(since, 0), until: timeOf(until, 999) };
  const backward = next.since !== null && next.until !== null && next.since > next.until;
  return (
    <form
      className="mt-1 flex flex-col gap-1.5 border-t border-edge p-2"
      onSubmit={(submit) => {
        submit.preventDefault();
        if (!backward) onSpan(next);
      }}
    >
      <TimeField name="From" value={since} onChange={setSince} />
      <TimeField name="Until" value={until} onChange={setUntil} />
      {backward ? (
        <p role="alert" className="tone-failed toned text-xs">
          The end is before the start.
        </p>
      ) : null}
      <button
        type="submit"
        disabled={backward}
        className="h-7 self-end rounded-md border border-strong-edge px-3 font-medium enabled:hover:bg-hover disabled:text-muted"
      >
        Apply
      </button>
    </form>
  );
}

function TimeField({
  name,
  value,
  onChange,
}: {
  name: string;
  value: string;
  onChange: (value: string) => void;
}) {
  return (
    <label className="flex items-center justify-between gap-2">
      <span className="text-muted">{name}</span>
      <input
        type="datetime-local"
        step={1}
        value={value}
        onChange={(change) => onChange(change.target.value)}
        className="h-7 rounded-md border border-edge bg-ground px-1.5 max-md:text-[1rem]"
      />
    </label>
  );
}

/** The field's own way of writing a time: local, to the second. */
function fieldOf(ms: number | null): string {
  if (ms === null || ms > 8.64e15) return "";
  return new Date(ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

/** A second that is written includes all of itself. */
function timeOf(value: string, restMs: number): number | null {
  const ms = value === "" ? NaN : new Date(value).getTime();
  return Number.isNaN(ms) ? null : Math.floor(ms / 1000) * 1000 + restMs;
}
