/** Find within a session: the hits, and which of them is shown. */
import { useDeferredValue, useEffect, useMemo, useState, type RefObject } from "react";
import type { Section } from "./activity-rows.ts";
import { findText, type Hit } from "./find.ts";

export interface Finder {
  query: string;
  setQuery: (query: string) => void;
  count: number;
  /** The index of the shown hit. */
  at: number;
  hit: Hit | null;
  /** All of the session is loaded, so all hits are known. */
  isComplete: boolean;
  go: (step: number) => void;
}

interface FindPorts {
  query: string;
  /** All that is loaded, unfolded; called only while something is looked for. */
  sections: () => Section[];
  isComplete: boolean;
  onQuery: (query: string) => void;
  /** Bring a hit into view. */
  onHit: (hit: Hit) => void;
}

export function useFind({ query, sections, isComplete, onQuery, onHit }: FindPorts): Finder {
  const wanted = useDeferredValue(query);
  const hits = useMemo(
    () => (wanted === "" ? [] : findText(sections(), wanted)),
    [sections, wanted],
  );
  // By key: hits that load later must not change which one is shown.
  const [shown, setShown] = useState<string | null>(null);
  const at = Math.max(
    0,
    hits.findIndex(({ key }) => key === shown),
  );
  return {
    query,
    setQuery: (text) => {
      setShown(null);
      onQuery(text);
    },
    count: hits.length,
    at,
    hit: hits[at] ?? null,
    isComplete,
    go: (step) => {
      const isFirst = shown === null || !hits.some(({ key }) => key === shown);
      const next = isFirst ? (step > 0 ? 0 : -1) : (at + step) % hits.length;
      const hit = hits.at(next);
      if (hit === undefined) return;
      setShown(hit.key);
      onHit(hit);
    },
  };
}

const NAME = "found";

/** Mark the text in what is drawn, where the browser can without changing the page. */
export function useMarks(place: RefObject<HTMLElement | null>, query: string, drawn: unknown) {
  useEffect(() => {
    const element = place.current;
    if (element === null || query.trim() === "" || !("highlights" in CSS)) return;
    const marks = new Highlight(...rangesOf(element, query.toLowerCase()));
    CSS.highlights.set(NAME, marks);
    return () => {
      CSS.highlights.delete(NAME);
    };
  }, [place, query, drawn]);
}

const MARKS_MAX = 500;

function rangesOf(element: HTMLElement, wanted: string): Range[] {
  const ranges: Range[] = [];
  const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  for (let node = texts.nextNode(); node !== null; node = texts.nextNode()) {
    const text = node.nodeValue?.toLowerCase() ?? "";
    for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length)) {
      // Some letters have another length in lower case.
      if (at + wanted.length > (node.nodeValue?.length ?? 0)) break;
      const range = document.createRange();
      range.setStart(node, at);
      range.setEnd(node, at + wanted.length);
      ranges.push(range);
      if (ranges.length >= MARKS_MAX) return ranges;
    }
  }
  return ranges;
}
