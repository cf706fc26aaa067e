/** A bar above every view: what is wrong, and what to do. */
import { TriangleAlert, type LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { CopyButton } from "../../ui/copy.tsx";

interface BarProps {
  tone: "failed" | "needs";
  Icon?: LucideIcon;
  title: ReactNode;
  children: ReactNode;
  command?: string | null;
  /** Links and buttons at the end. */
  actions?: ReactNode;
}

export function Bar({
  tone,
  Icon = TriangleAlert,
  title,
  children,
  command = null,
  actions,
}: BarProps) {
  return (
    <div
      className={`tone-${tone} tinted flex min-h-9 flex-wrap items-center gap-x-3 gap-y-1 border-b border-edge px-3 py-0.5`}
    >
      <Icon aria-hidden className="toned size-4 shrink-0" />
      <p className="min-w-0 grow basis-64 break-words">
        <strong className="toned font-semibold">{title}.</strong> {children}
        {command === null ? null : (
          <>
            {" "}
            <code className="rounded border border-edge bg-ground px-1.5 py-0.5 font-mono text-xs wrap-anywhere text-ink max-sm:sr-only">
              {command}
            </code>
          </>
        )}
      </p>
      {command === null ? null : <CopyButton label="Copy command" text={() => command} />}
      {actions}
    </div>
  );
}

/** Present even when empty: a live region that is inserted with its text is not announced. */
export function BarPlace({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div role="status" aria-label={label} className="shrink-0">
      {children}
    </div>
  );
}

export const BAR_BUTTON =
  "inline-flex h-7 shrink-0 items-center rounded-md border border-strong-edge bg-ground px-2 font-medium text-ink hover:bg-hover";
