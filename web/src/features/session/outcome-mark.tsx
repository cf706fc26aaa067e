import { KindIcon } from "../../ui/marks.tsx";
import { outcomeLook, type Outcome } from "./outcomes.ts";

export function OutcomeMark({ outcome }: { outcome: Outcome }) {
  const { word, tone, mark } = outcomeLook(outcome);
  return (
    <span
      data-outcome={outcome}
      className={`tone-${tone} toned inline-flex shrink-0 items-center gap-1 text-xs font-medium`}
    >
      <KindIcon kind={{ tone, mark }} />
      {word}
    </span>
  );
}
