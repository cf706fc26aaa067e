/**
 * Choose a time range: up to now, or between two local times. Errors are shown beside the field.
 */
import { CalendarRange, ChevronDown } from "lucide-react";
import { rangeText, shortName, type Range, type RangeName, type Ranges } from "../url/range.ts";
import { onDemand, PopupButton } from "./on-demand.tsx";
import { SEGMENT, Segmented } from "./segmented.tsx";

export interface RangePickerProps<N extends RangeName> {
  ranges: Ranges<N>;
  range: Range<N>;
  onRange: (range: Range<N>) => void;
}

const popup = onDemand(() => import("./range-popup.tsx").then(({ RangePopup }) => RangePopup));

/** Presets, with a custom range after the last. */
export function RangePicker<N extends RangeName>({
  label = "Time range",
  small = false,
  ranges,
  range,
  onRange,
}: RangePickerProps<N> & { label?: string; small?: boolean }) {
  const on = range.kind === "between";
  return (
    <Segmented
      label={label}
      small={small}
      segments={ranges.presets.map((name) => ({
        value: name,
        label: shortName(name),
        title: rangeText({ kind: "last", name }),
      }))}
      value={on ? null : range.name}
      onValue={(name) => onRange({ kind: "last", name })}
    >
      <PopupButton
        popup={popup}
        kind="dialog"
        props={{ name: "Custom range", ranges, range, onRange }}
        trigger={{
          "aria-label": on ? `Custom range: ${rangeText(range)}` : "Custom range",
          "aria-pressed": on,
          // On a phone two days and times may be wider than the screen.
          className: `${SEGMENT} min-w-0`,
          children: (
            <>
              <CalendarRange aria-hidden size={13} className="shrink-0" />
              <span className={on ? "truncate" : "max-md:sr-only"}>
                {on ? rangeText(range) : "Custom"}
              </span>
            </>
          ),
        }}
      />
    </Segmented>
  );
}

/** The same as a menu, where there is little room. */
export function RangeMenu<N extends RangeName>({ ranges, range, onRange }: RangePickerProps<N>) {
  const set = range.kind === "between" || range.name !== ranges.usual;
  return (
    <PopupButton
      popup={popup}
      kind="dialog"
      props={{ name: "Filter by time", listed: true, ranges, range, onRange }}
      trigger={{
        "aria-label": `Filter by time${set ? ", set" : ""}`,
        className:
          "inline-flex h-7 shrink-0 items-center gap-1 rounded-md max-md:h-9 border border-edge px-2 hover:border-strong-edge hover:bg-hover data-popup-open:border-strong-edge data-popup-open:bg-hover",
        children: (
          <>
            Time
            {set ? <span className="tone-working toned font-medium">1</span> : null}
            <ChevronDown aria-hidden size={12} className="text-muted" />
          </>
        ),
      }}
    />
  );
}
