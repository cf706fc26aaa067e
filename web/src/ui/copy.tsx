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

/**
 * Copy a text that is still being requested. The promise goes to the clipboard at once: some
 * browsers refuse a copy that comes after an answer, long after the click.
 */
export async function copyLater(text: Promise<string>): Promise<boolean> {
  if (typeof ClipboardItem === "undefined") return copyText(await text);
  const blob = text.then((done) => new Blob([done], { type: "text/plain" }));
  try {
    await navigator.clipboard.write([new ClipboardItem({ "text/plain": blob })]);
    return true;
  } catch {
    // A failed request is no refused copy.
    await text;
    toastStore.add("Couldn’t copy", "Your browser blocks clipboard access for this page.");
    return false;
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
    try {
      const given = text();
      if (!(await (typeof given === "string" ? copyText(given) : copyLater(given)))) return;
    } catch (error) {
      toastStore.add("Couldn’t copy", error instanceof Error ? error.message : String(error));
      return;
    }
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
