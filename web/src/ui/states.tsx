/** What replaces a view that has nothing to show: loading, failed or empty. */
import { CircleAlert, RotateCw, type LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { CopyButton } from "./copy.tsx";

export function Middle({ children }: { children: ReactNode }) {
  return (
    <div className="grow overflow-y-auto">
      <div className="mx-auto mt-[12vh] mb-8 max-w-xl px-4">{children}</div>
    </div>
  );
}

interface EmptyProps {
  Icon: LucideIcon;
  title: string;
  /** What it means, and what to do about it. */
  children?: ReactNode;
}

export function Empty({ Icon, title, children }: EmptyProps) {
  return (
    <Middle>
      <Icon aria-hidden size={20} className="text-muted" />
      <h2 className="mt-2 text-base font-semibold">{title}</h2>
      <div className="mt-1 text-muted">{children}</div>
    </Middle>
  );
}

export function LoadFailed({
  what,
  problem,
  onRetry,
}: {
  what: string;
  problem: string;
  onRetry: () => void;
}) {
  return (
    <Middle>
      <CircleAlert aria-hidden size={20} className="tone-failed toned" />
      <h2 className="mt-2 text-base font-semibold">{`${what} couldn’t be loaded`}</h2>
      <p className="mt-1 text-muted" role="alert">
        {problem}
      </p>
      <Button onClick={onRetry} className="mt-4">
        <RotateCw aria-hidden size={13} /> Retry
      </Button>
    </Middle>
  );
}

interface ButtonProps {
  onClick: () => void;
  children: ReactNode;
  className?: string;
  disabled?: boolean;
}

export function Button({ onClick, children, className = "", disabled = false }: ButtonProps) {
  return (
    <button
      type="button"
      disabled={disabled}
      onClick={onClick}
      className={`inline-flex h-8 shrink-0 items-center gap-1.5 rounded-md border border-strong-edge px-3 font-medium enabled:hover:bg-hover disabled:text-muted ${className}`}
    >
      {children}
    </button>
  );
}

export function Command({ title, text }: { title: string; text: string }) {
  return (
    <section className="mt-5">
      <div className="mb-1.5 flex items-end justify-between gap-3">
        <h3 className="font-medium text-ink">{title}</h3>
        <CopyButton label="Copy" text={() => text} />
      </div>
      <pre className="rounded-md border border-edge bg-panel p-3 font-mono text-xs leading-5 wrap-anywhere whitespace-pre-wrap text-ink">
        {text}
      </pre>
    </section>
  );
}

/** A grey bar in place of text. */
export function SkeletonLine({ className }: { className: string }) {
  return <span className={`pulse h-2.5 max-w-full rounded bg-edge ${className}`} />;
}

export function SkeletonRows({ label, rows = 12 }: { label: string; rows?: number }) {
  return (
    <div role="status" aria-label={label} className="late grow overflow-hidden p-3">
      {Array.from({ length: rows }, (_, i) => (
        <div key={i} className="flex h-9 items-center gap-4">
          <SkeletonLine className="w-32" />
          <SkeletonLine className="w-20" />
          <SkeletonLine className={["w-1/2", "w-1/3", "w-2/5", "w-1/4"][i % 4] ?? ""} />
        </div>
      ))}
    </div>
  );
}
