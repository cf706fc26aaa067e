/** The icon of an event type, and the coloured square of a session, the same everywhere. */
import {
  Archive,
  ArrowRight,
  Bell,
  Bot,
  Boxes,
  Check,
  CircleDot,
  CircleSlash,
  Cpu,
  File,
  GitBranch,
  Hand,
  Layers,
  ListChecks,
  LogIn,
  MessageSquare,
  Play,
  Settings,
  Square,
  X,
  type LucideIcon,
} from "lucide-react";
import { isSample } from "../live/samples.ts";
import type { Kind, Mark } from "../domain/kinds.ts";

const ICONS: Record<Mark, LucideIcon> = {
  ask: Hand,
  start: Play,
  done: Check,
  failed: X,
  denied: CircleSlash,
  agent: Bot,
  prompt: ArrowRight,
  speech: MessageSquare,
  session: LogIn,
  end: Square,
  note: Bell,
  file: File,
  settings: Settings,
  compact: Archive,
  model: Cpu,
  task: ListChecks,
  batch: Layers,
  branch: GitBranch,
  api: Boxes,
  other: CircleDot,
};

export function KindIcon({ kind, size = 12 }: { kind: Kind; size?: number }) {
  const Icon = ICONS[kind.mark];
  return (
    <Icon
      aria-hidden
      size={size}
      strokeWidth={2.25}
      className={`tone-${kind.tone} toned shrink-0`}
    />
  );
}

export function TypeChip({ type, kind }: { type: string; kind: Kind }) {
  const loud = kind.tone !== "quiet";
  return (
    <span
      title={type}
      className={`tone-${kind.tone} inline-flex h-5 max-w-full min-w-0 items-center gap-1.5 rounded px-1.5 text-xs ${loud ? "tinted toned" : "text-muted"}`}
    >
      <KindIcon kind={kind} />
      <span className="truncate">{type}</span>
    </span>
  );
}

const KEYS = 8;

export function SessionKey({ id }: { id: string }) {
  return (
    <span
      aria-hidden
      className={`key-${hash(id) % KEYS} inline-block size-2 shrink-0 rounded-[2px]`}
    />
  );
}

/**
 * The start of the id, which users compare with their terminal; the end for samples, whose ids
 * start alike.
 */
export function shortId(id: string): string {
  if (id.length <= 8) return id;
  return isSample(id) ? id.slice(-4) : id.slice(0, 4);
}

function hash(text: string): number {
  let value = 0;
  for (const char of text) value = (value * 31 + (char.codePointAt(0) ?? 0)) >>> 0;
  return value;
}
