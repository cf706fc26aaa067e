/**
 * Choose a range of time: up to now, or between two moments of local time. In: the range in force.
 * Out: the next one. What cannot be meant is said beside the field.
 */
import { Popover } from "@base-ui/react/popover";
import { CalendarRange } from "lucide-react";
import { useId, useState, type SubmitEvent } from "react";
import {
  fieldOf,
  RANGE_NAMES,
  rangeWords,
  readFields,
  shortName,
  type Range,
} from "../url/range.ts";

interface RangePickerProps {
  range: Range;
  onRange: (range: Range) => void;
}

export function RangePicker({ range, onRange }: RangePickerProps) {
  return (
    <div
      role="group"
      aria-label="Time range"
      className="inline-flex h-7 shrink-0 rounded-md border border-edge"
    >
      {RANGE_NAMES.map((name) => (
        <button
          key={name}
          type="button"
          title={rangeWords({ kind: "last", name })}
          aria-pressed={range.kind === "last" && range.name === name}
          onClick={() => onRange({ kind: "last", name })}
          className={`px-2 first:rounded-l-[5px] ${LOOK}`}
        >
          {shortName(name)}
        </button>
      ))}
      <Custom range={range} onRange={onRange} />
    </div>
  );
}

const LOOK =
  "border-r border-edge text-muted whitespace-nowrap last:border-r-0 hover:bg-hover hover:text-ink aria-pressed:bg-hover aria-pressed:font-medium aria-pressed:text-ink";

function Custom({ range, onRange }: RangePickerProps) {
  const [open, setOpen] = useState(false);
  const on = range.kind === "between";
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger
        aria-label={on ? `Custom range: ${rangeWords(range)}` : "Custom range"}
        aria-pressed={on}
        className={`inline-flex items-center gap-1.5 rounded-r-[5px] px-2 ${LOOK}`}
      >
        <CalendarRange aria-hidden size={13} />
        <span className={on ? "" : "max-md:sr-only"}>{on ? rangeWords(range) : "Custom"}</span>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner
          sideOffset={4}
          align="start"
          collisionPadding={8}
          className="z-30 outline-none"
        >
          <Popover.Popup
            aria-label="Custom range"
            className="w-72 max-w-[var(--available-width)] rounded-lg border border-strong-edge bg-raised p-3 shadow-over outline-none"
          >
            <CustomForm
              range={range}
              onRange={(next) => {
                setOpen(false);
                onRange(next);
              }}
            />
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

const DAY_MS = 86_400_000;

function CustomForm({ range, onRange }: RangePickerProps) {
  const [now] = useState(() => Date.now());
  const [since, setSince] = useState(() =>
    fieldOf((range.kind === "between" ? range.since : null) ?? now - DAY_MS),
  );
  const [until, setUntil] = useState(() =>
    range.kind === "between" && range.until !== null ? fieldOf(range.until + 1) : "",
  );
  const [wrong, setWrong] = useState<{ field: "since" | "until"; error: string } | null>(null);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const read = readFields(since, until, Date.now());
    if ("range" in read) onRange(read.range);
    else setWrong(read);
  };
  return (
    <form noValidate onSubmit={submit} className="flex flex-col gap-2.5">
      <Moment
        label="From"
        value={since}
        onValue={setSince}
        error={wrong?.field === "since" ? wrong.error : null}
      />
      <Moment
        label="To"
        hint="empty: now"
        value={until}
        onValue={setUntil}
        error={wrong?.field === "until" ? wrong.error : null}
      />
      <div className="flex items-center justify-between gap-2">
        <span className="text-xs text-muted">
          {Intl.DateTimeFormat().resolvedOptions().timeZone}
        </span>
        <button
          type="submit"
          className="h-8 rounded-md border border-strong-edge px-3 font-medium hover:bg-hover"
        >
          Apply
        </button>
      </div>
    </form>
  );
}

interface MomentProps {
  label: string;
  hint?: string;
  value: string;
  onValue: (value: string) => void;
  error: string | null;
}

function Moment({ label, hint, value, onValue, error }: MomentProps) {
  const id = useId();
  return (
    <div>
      <div className="flex items-baseline justify-between text-muted">
        <label htmlFor={id}>{label}</label>
        {hint === undefined ? null : (
          <span id={`${id}-hint`} className="text-xs">
            {hint}
          </span>
        )}
      </div>
      <input
        id={id}
        type="datetime-local"
        value={value}
        onChange={(event) => onValue(event.target.value)}
        aria-invalid={error !== null}
        aria-describedby={`${id}-hint ${id}-error`}
        className="mt-0.5 h-8 w-full rounded-md border border-strong-edge bg-ground px-2 max-md:text-[1rem] aria-invalid:border-failed"
      />
      {error === null ? null : (
        <p id={`${id}-error`} role="alert" className="tone-failed toned mt-0.5 text-xs">
          {error}
        </p>
      )}
    </div>
  );
}
