/**
 * Write numbers the way the page shows them: always with a unit, "–" when unknown.
 */

export const UNKNOWN = "–";

const count = new Intl.NumberFormat("en-US");
const cents = new Intl.NumberFormat("en-US", {
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
});
const small = new Intl.NumberFormat("en-US", {
  minimumFractionDigits: 4,
  maximumFractionDigits: 4,
});
const clock = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
  hourCycle: "h23",
});
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const whole = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

export function formatCount(value: number): string {
  return count.format(value);
}

/** "1 event", "12 events": the plural is regular wherever this is used. */
export function counted(value: number, noun: string): string {
  return `${formatCount(value)} ${noun}${value === 1 ? "" : "s"}`;
}

export function formatBytes(bytes: number | null): string {
  if (bytes === null || !Number.isFinite(bytes) || bytes < 0) return UNKNOWN;
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 ** 2) return `${(bytes / 1024).toFixed(1)} KiB`;
  if (bytes < 1024 ** 3) return `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
  return `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
}

/** The time of day; an event of another day says which. */
export function formatClock(ms: number, now = Date.now()): string {
  const time = clock.format(ms);
  return new Date(ms).toDateString() === new Date(now).toDateString()
    ? time
    : `${day.format(ms)} ${time.slice(0, 8)}`;
}

/** To the second; of another day with its day. */
export function formatSeconds(ms: number, now = Date.now()): string {
  return formatClock(ms, now).replace(/[.,]\d+$/, "");
}

export function formatExact(ms: number): string {
  return whole.format(ms);
}

export function formatAgo(ms: number, now = Date.now()): string {
  const seconds = Math.floor((now - ms) / 1000);
  // A sender's clock may run ahead of ours by a little.
  if (seconds < 1) return "now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${counted(Math.floor(seconds / 86_400), "day")} ago`;
}

/** How long ago or for how long, in the largest unit that says it: "12 s", "3 min", "2 h", "4 d". */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** How long somebody has waited, to the second: "0:48", "6:12", "1:02:03". */
export function formatWait(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return hours > 0
    ? `${hours}:${two(minutes)}:${two(seconds % 60)}`
    : `${minutes}:${two(seconds % 60)}`;
}

/** A measured duration, as queryd's words write it: "340 ms", "3.2 s", "2 min 5 s", "1 h 4 min". */
export function formatDuration(ms: number | null): string {
  if (ms === null || !Number.isFinite(ms) || ms < 0) return UNKNOWN;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  // Below this, one decimal does not round up to a whole minute.
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

/** "71 %"; a share that is not nothing is never written as 0 %, nor one that is not all as 100 %. */
export function formatPercent(part: number, whole: number): string {
  if (whole <= 0) return UNKNOWN;
  const percent = (part / whole) * 100;
  if (percent > 0 && percent < 1) return "< 1 %";
  if (percent < 100 && percent > 99) return "> 99 %";
  return `${Math.round(percent)} %`;
}

export function formatTokens(tokens: number | null): string {
  if (tokens === null) return UNKNOWN;
  if (tokens < 1000) return formatCount(tokens);
  if (tokens < 999_500) return `${(tokens / 1000).toFixed(tokens < 9_950 ? 1 : 0)} k`;
  // Rounded, 999,950,000 would be a thousand millions.
  if (tokens < 999_950_000) return `${(tokens / 1_000_000).toFixed(1)} M`;
  return `${(tokens / 1_000_000_000).toFixed(1)} B`;
}

/** "$2.50", "$0.0214": four digits only of what two would make nothing of. */
export function formatUsd(usd: number | null): string {
  if (usd === null) return UNKNOWN;
  return `$${(usd !== 0 && Math.abs(usd) < 0.1 ? small : cents).format(usd)}`;
}
