/** Shared lines of the tabs: errors, "show more", long texts. */
import { RotateCw } from "lucide-react";
import { useState } from "react";
import { Markdown } from "../../ui/payload/markdown.tsx";
import { counted, formatBytes } from "../../domain/format.ts";

export function FailedLine({
  what,
  problem,
  onRetry,
}: {
  what: string;
  problem: string;
  onRetry: () => void;
}) {
  return (
    <p role="alert" className="tone-failed flex flex-wrap items-center gap-2 px-2 py-1">
      <span className="toned min-w-0 break-words">{`${what} could not be loaded: ${problem}`}</span>
      <button
        type="button"
        onClick={onRetry}
        className="inline-flex h-7 items-center gap-1 rounded-md border border-strong-edge px-2 hover:bg-hover"
      >
        <RotateCw aria-hidden size={12} /> Retry
      </button>
    </p>
  );
}

export function MoreButton({
  children,
  busy,
  onClick,
}: {
  children: string;
  busy: boolean;
  onClick: () => void;
}) {
  return (
    <button
      type="button"
      disabled={busy}
      onClick={onClick}
      className="mx-auto my-1 flex h-7 items-center rounded-md border border-edge px-3 text-muted enabled:hover:border-strong-edge enabled:hover:text-ink max-md:h-10"
    >
      {busy ? "Loading…" : children}
    </button>
  );
}

const LONG_CHARS = 1200;
const LONG_LINES = 14;
/** A longer text is shown as plain text: it is hardly Markdown written by hand. */
const MARKDOWN_MAX_CHARS = 60_000;
const PLAIN_MAX_CHARS = 200_000;

interface ProseProps {
  text: string;
  /** Names the text on the button that expands it. */
  name: string;
  /** Requests the rest of a text that the server clipped. */
  onWhole?: (() => void) | null;
  busy?: boolean;
}

/** Written text: Markdown, collapsed when long. */
export function Prose({ text, name, onWhole = null, busy = false }: ProseProps) {
  const [open, setOpen] = useState(false);
  const long = text.length > LONG_CHARS || lines(text) > LONG_LINES;
  return (
    <div dir="auto" className="min-w-0">
      <div className={long && !open ? "prose-folded" : ""}>
        {text.length > MARKDOWN_MAX_CHARS ? (
          <>
            <pre className="max-h-[70vh] overflow-auto font-mono text-xs break-words whitespace-pre-wrap">
              {text.slice(0, PLAIN_MAX_CHARS)}
            </pre>
            {text.length > PLAIN_MAX_CHARS ? (
              <p className="text-muted">{`The first ${formatBytes(PLAIN_MAX_CHARS)} of ${formatBytes(text.length)}. Open the event for the rest.`}</p>
            ) : null}
          </>
        ) : (
          <Markdown text={long && !open ? text.slice(0, 2 * LONG_CHARS) : text} />
        )}
      </div>
      {long ? (
        <button
          type="button"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          className="mt-1 rounded-sm text-working underline underline-offset-2"
        >
          {open
            ? `Collapse ${name}`
            : `Show full ${name} (${counted(lines(text), "line")}${onWhole === null ? "" : "+"})`}
        </button>
      ) : null}
      {onWhole !== null && (open || !long) ? (
        <button
          type="button"
          disabled={busy}
          onClick={onWhole}
          className="mt-1 ml-3 rounded-sm text-working underline underline-offset-2 disabled:text-muted"
        >
          {busy ? "Loading…" : `Load the rest of the ${name}`}
        </button>
      ) : null}
    </div>
  );
}

function lines(text: string): number {
  let count = 1;
  for (let at = text.indexOf("\n"); at >= 0 && count < 100_000; at = text.indexOf("\n", at + 1))
    count += 1;
  return count;
}
