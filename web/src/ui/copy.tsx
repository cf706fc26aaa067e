import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { toastStore } from "../live/toasts.ts";

const SAID_MS = 1500;

export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    toastStore.add("Couldn’t copy", "Your browser blocks clipboard access for this page.");
    return false;
  }
}

async function textOf(text: () => string | Promise<string>): Promise<string | null> {
  try {
    return await text();
  } catch (error) {
    toastStore.add("Couldn’t copy", error instanceof Error ? error.message : String(error));
    return null;
  }
}

export function CopyButton({
  label,
  text,
  compact = false,
}: {
  label: string;
  text: () => string | Promise<string>;
  compact?: boolean;
}) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    const copying = await textOf(text);
    if (copying === null || !(await copyText(copying))) return;
    setCopied(true);
    setTimeout(() => setCopied(false), SAID_MS);
  };
  const Icon = copied ? Check : Copy;
  return (
    <button
      type="button"
      aria-label={compact ? label : undefined}
      onClick={() => void copy()}
      className={
        compact
          ? "inline-grid size-6 shrink-0 place-items-center rounded-sm text-muted hover:bg-hover hover:text-ink"
          : "inline-flex h-7 items-center gap-1.5 rounded-md border border-edge px-2 text-muted hover:border-strong-edge hover:text-ink"
      }
    >
      <Icon aria-hidden size={12} className={copied ? "tone-ok toned" : ""} />
      {compact ? null : <span aria-live="polite">{copied ? "Copied" : label}</span>}
    </button>
  );
}
