/**
 * Draw markdown that a model or a person wrote, harmless whatever it holds. In: the text. Out: the
 * same, as it was meant to look. The parser comes when the first text does; till then, and should it
 * fail, the text stands as it is. A long one is folded: parsing a megabyte would stop the page.
 */
import { lazy, Suspense, useState } from "react";
import { Guard } from "./guard.tsx";
import { headOf, sizeOf, type Limit } from "../../domain/payload/fold.ts";
import "./payload.css";

const MarkdownText = lazy(() => import("./markdown-text.tsx"));

const FIRST: Limit = { lines: 120, chars: 8_000 };
/** Beyond this a text is no answer but a dump; it is shown as it is. */
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
