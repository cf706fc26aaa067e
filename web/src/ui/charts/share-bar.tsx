/** The parts of a whole as one stacked bar; the legend has their names. */
import { counted } from "../../domain/format.ts";
import type { Share } from "./shares.ts";

interface ShareBarProps {
  shares: readonly Share[];
  noun: string;
  highlighted: string | null;
  onHighlight: (key: string | null) => void;
}

export function ShareBar({ shares, noun, highlighted, onHighlight }: ShareBarProps) {
  return (
    <div className="flex h-full gap-px">
      {shares.map((share) => (
        <span
          key={share.key}
          title={`${share.label}: ${counted(share.value, noun)}, ${share.percent}`}
          style={{ flexGrow: share.value }}
          onPointerEnter={() => onHighlight(share.key)}
          onPointerLeave={() => onHighlight(null)}
          className={`bar-solid min-w-px basis-0 ${share.place === null ? "tone-quiet" : `tone-key-${share.place % 8}`} ${highlighted === null || highlighted === share.key ? "" : "opacity-35"}`}
        />
      ))}
    </div>
  );
}
