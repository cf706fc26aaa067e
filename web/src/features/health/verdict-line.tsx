import {
  CircleAlert,
  CircleCheck,
  CircleDashed,
  LoaderCircle,
  type LucideIcon,
} from "lucide-react";
import type { ReactNode } from "react";
import type { Tone } from "../../domain/kinds.ts";
import { CopyButton } from "../../ui/copy.tsx";
import type { Verdict } from "./verdict.ts";

const ICONS: Record<Tone, LucideIcon> = {
  ok: CircleCheck,
  working: LoaderCircle,
  needs: CircleAlert,
  failed: CircleAlert,
  agent: CircleDashed,
  quiet: CircleDashed,
};

export function VerdictLine({ verdict, children }: { verdict: Verdict; children?: ReactNode }) {
  const Icon = ICONS[verdict.tone];
  return (
    <div
      data-verdict={verdict.kind}
      className={`tone-${verdict.tone} tinted flex flex-wrap items-start gap-x-3 gap-y-2 rounded-lg p-3`}
    >
      <Icon aria-hidden size={18} className="toned mt-px shrink-0" />
      <div className="min-w-0 basis-64 grow">
        <p className="toned text-base font-semibold">{verdict.words}</p>
        {verdict.advice === null ? null : <p className="mt-0.5 break-words">{verdict.advice}</p>}
        {verdict.command === null ? null : (
          <p className="mt-2 flex items-center gap-2">
            <code className="min-w-0 wrap-anywhere rounded border border-edge bg-ground px-2 py-1 font-mono text-xs">
              {verdict.command}
            </code>
            <CopyButton label="Copy" text={() => verdict.command ?? ""} />
          </p>
        )}
      </div>
      {children}
      <span role="status" className="sr-only">
        {/* Announced when the verdict changes, not with every second of its age. */}
        {verdict.kind === "working" ? "Receiving events" : verdict.words}
      </span>
    </div>
  );
}
