/**
 * Untrusted Markdown. Plain text is shown until the parser loads, or if it fails. A long text is
 * collapsed: parsing a megabyte would block the page.
 */
import { lazy, Suspense, useState } from "react";
import { Guard } from "./guard.tsx";
import { headOf, sizeOf, type Limit } from "../../domain/payload/fold.ts";
import "./payload.css";

const MarkdownText = lazy(() => import("./markdown-text.tsx"));

const FIRST: Limit = { lines: 120, chars: 8_000 };
/** A longer text is a dump and is shown as plain text. */
const PARSED_CHARS = 60_000;

export function Markdown({ text }: { text: string }) {
  const [whole, setWhole] = useState(false);
  const [shown, setShown] = useState(PARSED_CHARS);
  const head = whole ? headOf(text, { lines: Infinity, chars: shown }) : headOf(text, FIRST);
  const asIs = <div className="payload-text max-w-[92ch]">{head}</div>;
  const more = text.length - head.length > 1;
  return (
    <div className="min-w-0">
      {head.length > PARSED_CHARS ? (
        asIs
      ) : (
        <Guard key={head.length} otherwise={asIs}>
          <Suspense fallback={asIs}>
            <MarkdownText text={head} />
          </Suspense>
        </Guard>
      )}
      {more ? (
        <button
          type="button"
          onClick={() => (whole ? setShown(shown + 100_000) : setWhole(true))}
          className="mt-1 rounded-sm text-xs text-working underline underline-offset-2 hover:bg-hover"
        >
          {`Show ${(whole ? shown + 100_000 : PARSED_CHARS) < text.length ? "more of" : "all"} ${sizeOf(text)}`}
        </button>
      ) : null}
    </div>
  );
}
