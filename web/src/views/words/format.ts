/**
 * Write numbers the way the page shows them: always with a unit, "–" when unknown.
 */

export const UNKNOWN = "–";

const count = new Intl.NumberFormat("en-US");
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
  return `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
}

/** The time of day; an event of another day says which. */
export function formatClock(ms: number, now = Date.now()): string {
  const time = clock.format(ms);
  return new Date(ms).toDateString() === new Date(now).toDateString() ? time : `${day.format(ms)} ${time.slice(0, 8)}`;
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
