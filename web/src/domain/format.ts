/** Format numbers with their unit; "–" is unknown. */

export const UNKNOWN = "–";

const count = new Intl.NumberFormat("en-US");
const cents = new Intl.NumberFormat("en-US", {
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
});
export function formatCount(value: number): string {
  return count.format(value);
}

/** "1 event", "12 events". Only regular plurals. */
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

/** "71%". Only an exact 0 is "0%", and only an exact 1 is "100%". */
export function formatPercent(part: number, whole: number): string {
  if (whole <= 0) return UNKNOWN;
  const percent = (part / whole) * 100;
  if (percent > 0 && percent < 1) return "<1%";
  if (percent < 100 && percent > 99) return ">99%";
  return `${Math.round(percent)}%`;
}

export function formatTokens(tokens: number | null): string {
  if (tokens === null) return UNKNOWN;
  if (tokens < 1000) return formatCount(tokens);
  if (tokens < 999_500) return `${(tokens / 1000).toFixed(tokens < 9_950 ? 1 : 0)} k`;
  // Rounding would turn 999,950,000 into 1,000 million.
  if (tokens < 999_950_000) return `${(tokens / 1_000_000).toFixed(1)} M`;
  return `${(tokens / 1_000_000_000).toFixed(1)} B`;
}

/** "$2.50", "$0.08"; what would round to nothing is "<$0.01". */
export function formatUsd(usd: number | null): string {
  if (usd === null) return UNKNOWN;
  return usd > 0 && usd < 0.005 ? "<$0.01" : `$${cents.format(usd)}`;
}
