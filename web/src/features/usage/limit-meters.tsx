import { useQuery } from "@tanstack/react-query";
import { get, type Limit, type Limits } from "../../api/client.ts";
import { SessionLink } from "../../ui/links.tsx";
import { Ago, useClockStep } from "../../ui/time.tsx";
import { useCommands } from "../../ui/use-installation.ts";
import { DAY_MS, formatExact, HOUR_MS } from "../../domain/dates.ts";
import { formatUsd } from "../../domain/format.ts";
import { limitText, passedOf } from "./limits.ts";

const EVERY_MS = 5000;
const STEP_MS = 15_000;
const WINDOWS = {
  five_hour: { name: "5-hour limit", ms: 5 * HOUR_MS },
  seven_day: { name: "7-day limit", ms: 7 * DAY_MS },
} as const;

export function LimitMeters() {
  const limits = useQuery({
    queryKey: ["limits"],
    queryFn: ({ signal }) => get("/api/limits", { signal }),
    refetchInterval: EVERY_MS,
  });
  if (limits.data === undefined) return null;
  return <Meters limits={limits.data} />;
}

function Meters({ limits }: { limits: Limits }) {
  const { connectStatusLine } = useCommands();
  const { five_hour: hours, seven_day: days, other, as_of: asOf, session_id: sessionId } = limits;
  return (
    <section aria-label="Plan limits" className="min-w-0">
      <h2 className="flex min-h-7 flex-wrap items-center gap-x-2 font-medium">
        Plan limits
        {asOf === null ? null : (
          <span className="flex min-w-0 items-center gap-1 text-xs font-normal text-muted">
            Updated <Ago at={asOf} />
            {sessionId === null ? null : (
              <>
                {" from"} <SessionLink id={sessionId} name={null} />
              </>
            )}
          </span>
        )}
      </h2>
      {hours === null && days === null && other.length === 0 ? (
        <p className="text-muted">
          No limits reported. They come from the status line of Claude Pro and Max sessions. Turn it
          on with{" "}
          <code className="font-mono text-xs wrap-anywhere text-ink">{connectStatusLine}</code>.
        </p>
      ) : (
        <ul className="grid grid-cols-1 gap-x-6 gap-y-1 @4xl:grid-cols-2">
          {hours === null ? null : (
            <Meter name={WINDOWS.five_hour.name} limit={hours} windowMs={WINDOWS.five_hour.ms} />
          )}
          {days === null ? null : (
            <Meter name={WINDOWS.seven_day.name} limit={days} windowMs={WINDOWS.seven_day.ms} />
          )}
          {other.map((one) => (
            <Meter
              key={one.name}
              name={one.name.replaceAll("_", " ").slice(0, 40)}
              limit={one}
              windowMs={null}
            />
          ))}
        </ul>
      )}
    </section>
  );
}

function Meter({ name, limit, windowMs }: { name: string; limit: Limit; windowMs: number | null }) {
  const now = useClockStep(STEP_MS) * STEP_MS;
  const { percent, used, tone, resets, pace, paceTone } = limitText(limit, now);
  const passed = windowMs === null ? null : passedOf(limit, windowMs, now);
  const title =
    passed === null || percent === null
      ? undefined
      : `The mark shows even use: ${Math.round(passed * 100)}% of the time has passed`;
  return (
    <li
      data-limit={name}
      className="grid grid-cols-[6rem_minmax(4rem,1fr)_3rem] items-center gap-x-3 @xl:grid-cols-[6rem_minmax(4rem,8rem)_3rem_minmax(0,1fr)]"
    >
      <span className="truncate">{name}</span>
      <span
        role="meter"
        aria-label={name}
        aria-valuemin={0}
        aria-valuemax={100}
        // What is unknown is written out.
        aria-valuenow={Math.round(percent ?? 0)}
        aria-valuetext={[used, resets, pace].filter((words) => words !== null).join(", ")}
        title={title}
        className={`tone-${tone} relative h-2.5 overflow-hidden rounded-sm bg-edge`}
      >
        <span
          className="absolute inset-y-0 left-0 bg-(--tone)"
          style={{ width: `${Math.min(100, percent ?? 0)}%` }}
        />
        {passed === null || percent === null ? null : (
          <span
            data-passed
            className="absolute inset-y-0 w-px bg-ink"
            style={{ left: `${passed * 100}%` }}
          />
        )}
      </span>
      <span
        className={`tone-${tone} text-right font-medium ${percent !== null && percent >= 80 ? "toned" : ""}`}
      >
        {used}
      </span>
      <span className="flex min-w-0 flex-wrap gap-x-2 text-muted @max-xl:col-span-3">
        {limit.used_usd === null || limit.limit_usd === null ? null : (
          <span className="text-ink">{`${formatUsd(limit.used_usd)} of ${formatUsd(limit.limit_usd)}`}</span>
        )}
        <span title={limit.resets_at === null ? undefined : formatExact(limit.resets_at)}>
          {resets}
        </span>
        {pace === null ? null : (
          <span
            title={limit.reaches_full_at === null ? undefined : formatExact(limit.reaches_full_at)}
            className={paceTone === "quiet" ? "" : `tone-${paceTone} toned font-medium`}
          >
            {pace}
          </span>
        )}
      </span>
    </li>
  );
}
