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
