/**
 * Toasts over the page. Their live regions are always present: one that is inserted with its text
 * is not announced.
 */
import { CircleAlert, Info, RotateCw, X, type LucideIcon } from "lucide-react";
import { useSyncExternalStore, type ReactNode } from "react";
import { toastStore, type Toast } from "../live/toasts.ts";
import type { Tone } from "../domain/kinds.ts";

export function Toasts({ children }: { children?: ReactNode }) {
  const toasts = useSyncExternalStore(toastStore.subscribe, toastStore.get);
  return (
    // On a phone above the bar of views, elsewhere above a view's own corner controls.
    <div className="pointer-events-none fixed inset-x-3 bottom-[calc(4.5rem+env(safe-area-inset-bottom))] z-40 flex flex-col items-end gap-2 md:bottom-20">
      <div role="status" className="contents">
        {children}
      </div>
      <div role="alert" className="contents">
        <ToastCards toasts={toasts.filter(({ kind }) => kind === "failure")} />
      </div>
      <div role="status" className="contents">
        <ToastCards toasts={toasts.filter(({ kind }) => kind === "confirmation")} />
      </div>
    </div>
  );
}

function ToastCards({ toasts }: { toasts: readonly Toast[] }) {
  return toasts.map((toast) => <ToastCard key={toast.id} toast={toast} />);
}

function ToastCard({ toast }: { toast: Toast }) {
  const dismiss = () => toastStore.dismiss(toast.id);
  const retry = () => {
    dismiss();
    toast.retry?.();
  };
  const isFailure = toast.kind === "failure";
  return (
    <Card
      tone={isFailure ? "failed" : "quiet"}
      Icon={isFailure ? CircleAlert : Info}
      title={toast.title}
      detail={toast.detail}
      action={toast.retry === null ? null : { name: "Retry", run: retry }}
      onDismiss={dismiss}
    />
  );
}

interface CardProps {
  tone: Tone;
  Icon: LucideIcon;
  title: string;
  detail: string;
  action: { name: string; run: () => void } | null;
  onDismiss: () => void;
}

export function Card({ tone, Icon, title, detail, action, onDismiss }: CardProps) {
  return (
    <div
      className={`tone-${tone} pointer-events-auto flex w-full max-w-96 items-start gap-2 rounded-lg border border-strong-edge bg-raised p-3 shadow-over`}
    >
      <Icon aria-hidden size={16} className="toned mt-px shrink-0" />
      <div className="min-w-0 grow">
        <p className="font-medium">{title}</p>
        {detail === "" ? null : <p className="break-words text-muted">{detail}</p>}
        {action === null ? null : (
          <button
            type="button"
            onClick={action.run}
            className="mt-2 inline-flex h-7 items-center gap-1.5 rounded-md border border-strong-edge px-2 font-medium hover:bg-hover"
          >
            <RotateCw aria-hidden size={12} /> {action.name}
          </button>
        )}
      </div>
      <button
        type="button"
        aria-label="Dismiss"
        onClick={onDismiss}
        className="-m-1 grid size-6 place-items-center rounded-sm text-muted hover:bg-hover hover:text-ink"
      >
        <X aria-hidden size={14} />
      </button>
    </div>
  );
}
