import { formatWeekday } from "../../domain/dates.ts";
import type { TimeTick } from "../../ui/charts/ticks.ts";
import { type Window, xOf } from "./scale.ts";

interface AxisProps {
  window: Window;
  ticks: readonly TimeTick[];
  width: number;
  now: number;
}

/** Two labels closer than this would overlap. */
const CLEAR_PX = 64;

export function Axis({ window, ticks, width, now }: AxisProps) {
  const nowX = xOf(window, width, now);
  const isNowIn = nowX >= 0 && nowX <= width;
  const shown = ticks.map((tick) => ({ ...tick, x: xOf(window, width, tick.at) }));
  const first = shown.find((it) => it.x >= 0);
  const isNowAtEnd = nowX > width - 24;
  const clearPx = isNowAtEnd ? CLEAR_PX : CLEAR_PX / 2;
  const sayDay = first === undefined || !first.day || first.x > CLEAR_PX * 1.5;
  return (
    <div aria-hidden className="relative h-full overflow-hidden text-xs text-muted">
      {shown.map(({ at, day, text, x }) =>
        (sayDay && x < CLEAR_PX * 1.3) ||
        (isNowIn && Math.abs(x - nowX) < clearPx) ||
        x > width - 24 ? null : (
          <span
            key={at}
            data-tick={at}
            style={{ left: x }}
            className={`absolute bottom-1 -translate-x-1/2 whitespace-nowrap ${day ? "font-semibold text-ink" : ""}`}
          >
            {day ? formatWeekday(at) : text}
          </span>
        ),
      )}
      {sayDay ? (
        <span className="absolute bottom-1 left-1 font-semibold whitespace-nowrap text-ink">
          {formatWeekday(window.since)}
        </span>
      ) : null}
      {isNowIn ? (
        <span
          data-now={Math.round(nowX)}
          style={{ left: nowX }}
          className={`absolute bottom-0.5 rounded-sm bg-ink px-1 font-medium text-ground ${isNowAtEnd ? "-translate-x-full" : "-translate-x-1/2"}`}
        >
          now
        </span>
      ) : null}
    </div>
  );
}
