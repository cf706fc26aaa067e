import {
  Check,
  CircleDashed,
  CircleHelp,
  CirclePlay,
  CircleSlash,
  Hand,
  Square,
  X,
  type LucideIcon,
} from "lucide-react";
import { OUTCOMES } from "./figures.ts";

const ICONS: Record<string, LucideIcon> = {
  succeeded: Check,
  failed: X,
  denied: CircleSlash,
  interrupted: Square,
  running: CirclePlay,
  waiting: Hand,
  no_result: CircleDashed,
};

export function OutcomeLabel({ outcome }: { outcome: string }) {
  const tone = OUTCOMES.find(({ key }) => key === outcome)?.tone ?? "quiet";
  const Icon = ICONS[outcome] ?? CircleHelp;
  return (
    <span className={`tone-${tone} toned inline-flex items-center gap-1`}>
      <Icon aria-hidden size={12} strokeWidth={2.25} className="shrink-0" />
      {OUTCOMES.find(({ key }) => key === outcome)?.label ?? outcome}
    </span>
  );
}
