/**
 * Score how well a query matches texts; 0 is no match. Every word of the query must match one of
 * the texts. A whole word scores above a prefix, a prefix above a substring, a substring above
 * letters in order.
 */

export type Weighted = readonly [text: string, weight: number];

const WHOLE = 100;
const START = 80;
const WORD_START = 60;
const INSIDE = 35;
const SCATTERED = 12;
/** In a long prompt, letters in order would match any query. */
const SCATTERED_MAX = 60;

export function wordsOf(query: string): string[] {
  return fold(query)
    .split(/\s+/)
    .filter((word) => word !== "");
}

/** `texts` must be normalized already: this runs on every key press. */
export function score(words: readonly string[], texts: readonly Weighted[]): number {
  let sum = 0;
  for (const word of words) {
    let best = 0;
    for (const [text, weight] of texts) best = Math.max(best, weight * scoreOne(word, text));
    if (best === 0) return 0;
    sum += best;
  }
  return sum;
}

export function fold(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

function scoreOne(word: string, text: string): number {
  if (text === word) return WHOLE;
  const at = text.indexOf(word);
  // A match covers more of a shorter text.
  const share = Math.min(1, word.length / Math.max(1, text.length)) * 10;
  if (at === 0) return START + share;
  if (at > 0) return (isWordStart(text, word, at) ? WORD_START : INSIDE) + share;
  return text.length <= SCATTERED_MAX && word.length > 1 && isScattered(word, text) ? SCATTERED : 0;
}

function isWordStart(text: string, word: string, first: number): boolean {
  for (let at = first; at >= 0; at = text.indexOf(word, at + 1)) {
    if (!/[\p{L}\p{N}]/u.test(text[at - 1] ?? " ")) return true;
  }
  return false;
}

function isScattered(word: string, text: string): boolean {
  let at = 0;
  for (const letter of word) {
    at = text.indexOf(letter, at) + 1;
    if (at === 0) return false;
  }
  return true;
}
