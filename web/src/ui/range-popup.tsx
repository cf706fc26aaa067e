/** The opened popup of a `RangePicker` or `RangeMenu`: presets, and fields for two times. */
import { Popover } from "@base-ui/react/popover";
import { useId, useState, type SubmitEvent } from "react";
import { timeZoneName } from "../domain/time-zone.ts";
import {
  fieldOf,
  rangeText,
  readFields,
  shortName,
  type Fields,
  type Range,
  type RangeName,
  type Ranges,
} from "../url/range.ts";
import type { Trigger } from "./on-demand.tsx";
import type { RangePickerProps } from "./range-picker.tsx";

interface CustomRangeProps<N extends RangeName> extends RangePickerProps<N> {
  name: string;
  trigger: Trigger;
  /** The presets are listed above the fields. */
  listed?: boolean;
}

export function RangePopup<N extends RangeName>({
  name,
  trigger,
  listed = false,
  ranges,
  range,
  onRange,
}: CustomRangeProps<N>) {
  const [open, setOpen] = useState(true);
  const choose = (next: Range<N>) => {
    setOpen(false);
    onRange(next);
  };
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger {...trigger} />
      <Popover.Portal>
        <Popover.Positioner
          sideOffset={4}
          align="start"
          collisionPadding={8}
          className="z-30 outline-none"
        >
          <Popover.Popup
            aria-label={name}
            className="w-72 max-w-[var(--available-width)] rounded-lg border border-strong-edge bg-raised p-1 shadow-over outline-none"
          >
            {(listed ? ranges.presets : []).map((preset) => (
              <button
                key={preset}
                type="button"
                aria-pressed={range.kind === "last" && range.name === preset}
                onClick={() => choose({ kind: "last", name: preset })}
                className="flex h-7 w-full items-center rounded-md px-2 text-left hover:bg-hover aria-pressed:bg-hover aria-pressed:font-medium max-md:h-9"
              >
                {rangeText({ kind: "last", name: preset })}
              </button>
            ))}
            <CustomForm ranges={ranges} range={range} onRange={choose} />
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

interface CustomFormProps {
  ranges: Pick<Ranges, "closed" | "usual">;
  range: Range;
  onRange: (range: Range<never>) => void;
}

/** Prefilled with the current range, or the last day. */
function CustomForm({ ranges, range, onRange }: CustomFormProps) {
  const [now] = useState(() => Date.now());
  const [since, setSince] = useState(() => {
    if (range.kind === "last") return fieldOf(Math.floor((now - DAY_MS) / MINUTE_MS) * MINUTE_MS);
    return range.since === null ? "" : fieldOf(range.since);
  });
  const [until, setUntil] = useState(() =>
    range.kind === "between" && range.until !== null ? fieldOf(range.until + 1) : "",
  );
  const [wrong, setWrong] = useState<Extract<Fields, { error: string }> | null>(null);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const read = readFields(since, until, Date.now());
    if ("range" in read) onRange(read.range);
    else setWrong(read);
  };
  return (
    <form noValidate onSubmit={submit} className="flex flex-col gap-2.5 p-2">
      <Moment
        label="From"
        hint={
          ranges.closed === true
            ? `empty: ${shortName(ranges.usual)} before the end`
            : "empty: the first event"
        }
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
        <span className="text-xs text-muted">{timeZoneName()}</span>
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
  hint: string;
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
        <span id={`${id}-hint`} className="text-xs">
          {hint}
        </span>
      </div>
      <input
        id={id}
        type="datetime-local"
        step={1}
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
