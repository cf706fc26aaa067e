import {
  Check,
  CircleHelp,
  CirclePlay,
  CirclePause,
  Hand,
  Layers,
  Moon,
  Square,
  X,
  type LucideIcon,
} from "lucide-react";
import type { Status } from "../api/client.ts";
import { statusLook } from "../domain/statuses.ts";

const ICONS: Record<Status, LucideIcon> = {
  needs_permission: Hand,
  needs_input: CircleHelp,
  working: CirclePlay,
  background: Layers,
  done: Check,
  failed: X,
  interrupted: CirclePause,
  quiet: Moon,
  ended: Square,
};

export function StatusIcon({ status, size = 13 }: { status: Status; size?: number }) {
  const { word, tone } = statusLook(status);
  const Icon = Object.hasOwn(ICONS, status) ? ICONS[status] : CircleHelp;
  return (
    <Icon
      role="img"
      aria-label={word}
      size={size}
      strokeWidth={2.25}
      className={`tone-${tone} toned shrink-0`}
    />
  );
}

export function StatusLabel({ status, reason }: { status: Status; reason?: string | null }) {
  const { word, tone } = statusLook(status);
  const Icon = Object.hasOwn(ICONS, status) ? ICONS[status] : CircleHelp;
  return (
    <span
      title={reason ?? undefined}
      data-status={status}
      className={`tone-${tone} toned inline-flex min-w-0 items-center gap-1.5 font-medium`}
    >
      <Icon aria-hidden size={13} strokeWidth={2.25} className="shrink-0" />
      <span className="truncate">{word}</span>
    </span>
  );
}
