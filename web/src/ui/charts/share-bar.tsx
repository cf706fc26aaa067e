/**
 * Draw parts of a whole as one stacked bar, on Recharts. In: the parts, which of them is lit. Out:
 * the bar with a tooltip; the names stand in the legend beside it.
 */
import { Bar, BarChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import { counted } from "../../domain/format.ts";
import type { Share } from "./shares.ts";

interface ShareBarProps {
  shares: readonly Share[];
  noun: string;
  lit: string | null;
  onLit: (key: string | null) => void;
}

export function ShareBar({ shares, noun, lit, onLit }: ShareBarProps) {
  // Names of tools may hold anything; Recharts would read dots and brackets in them as paths.
  const row = Object.fromEntries(shares.map(({ value }, i) => [`p${i}`, value]));
  const found = shares.find(({ key }) => key === lit);
  return (
    <ResponsiveContainer width="100%" height="100%">
      <BarChart
        data={[row]}
        layout="vertical"
        stackOffset="expand"
        margin={{ top: 0, right: 0, bottom: 0, left: 0 }}
        barCategoryGap={0}
        accessibilityLayer={false}
        tabIndex={-1}
      >
        <XAxis type="number" hide domain={[0, 1]} />
        <YAxis type="category" hide dataKey={() => ""} />
        <Tooltip
          cursor={false}
          isAnimationActive={false}
          allowEscapeViewBox={{ x: false, y: true }}
          offset={12}
          wrapperStyle={{ zIndex: 20 }}
          content={() => (found === undefined ? null : <Tip share={found} noun={noun} />)}
        />
        {shares.map((share, i) => (
          <Bar
            key={share.key}
            dataKey={`p${i}`}
            stackId="whole"
            isAnimationActive={false}
            fill={share.place === null ? "var(--quiet)" : `var(--key-${share.place % 8})`}
            fillOpacity={lit === null || lit === share.key ? 1 : 0.35}
            stroke="var(--ground)"
            strokeWidth={1}
            onMouseEnter={() => onLit(share.key)}
            onMouseLeave={() => onLit(null)}
          />
        ))}
      </BarChart>
    </ResponsiveContainer>
  );
}

function Tip({ share, noun }: { share: Share; noun: string }) {
  return (
    <div className="rounded-md border border-strong-edge bg-raised px-2.5 py-1.5 text-xs shadow-over">
      <p className="max-w-72 truncate font-medium">
        <bdi>{share.label}</bdi>
      </p>
      <p className="text-muted">{`${counted(share.value, noun)}, ${share.percent}`}</p>
    </div>
  );
}
