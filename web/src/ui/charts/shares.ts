/** Split a whole into its largest parts and the rest. */
import { formatPercent } from "../../domain/format.ts";

export interface Part {
  key: string;
  label: string;
  value: number;
}

export interface Share extends Part {
  /** Null for the rest. */
  place: number | null;
  percent: string;
  /** How many parts it contains. */
  parts: number;
}

/** A rest of one part is named: "other" would take as much room and say less. */
export function shares(parts: readonly Part[], most: number): Share[] {
  const some = parts
    .filter(({ value }) => value > 0)
    .sort((a, b) => b.value - a.value || (a.label < b.label ? -1 : 1));
  const total = sum(some);
  const named = some.length <= most + 1 ? some : some.slice(0, most);
  const rest = some.slice(named.length);
  const found: Share[] = named.map((part, place) => ({
    ...part,
    place,
    percent: formatPercent(part.value, total),
    parts: 1,
  }));
  if (rest.length === 0) return found;
  return [
    ...found,
    {
      key: "",
      label: `${rest.length} others`,
      value: sum(rest),
      place: null,
      percent: formatPercent(sum(rest), total),
      parts: rest.length,
    },
  ];
}

function sum(parts: readonly Part[]): number {
  return parts.reduce((total, { value }) => total + value, 0);
}
