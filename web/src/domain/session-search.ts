/** Search for sessions by words of their titles, prompts and answers. */
import type { SessionMatch, SessionRow } from "../api/client.ts";

const PREFIX_CHARS = 3;

/** While it is typed, the last word stands for all that begin with it. */
export function asTyped(query: string): string {
  const text = query.trim();
  const last = /(?:^|\s)([\p{L}\p{N}_]+)$/u.exec(text)?.[1] ?? "";
  return last.length >= PREFIX_CHARS ? `${text}*` : text;
}

/** Each session once, with its newest match. */
export function bySession(pages: readonly { sessions: readonly SessionMatch[] }[]): SessionMatch[] {
  const found = new Map<string, SessionMatch>();
  for (const match of pages.flatMap(({ sessions }) => sessions)) {
    const { session_id: id } = match.session;
    const before = found.get(id);
    found.set(
      id,
      before === undefined
        ? match
        : { ...before, match_count: before.match_count + match.match_count },
    );
  }
  return [...found.values()];
}

/** Whether each word is in a session's title. */
export function hasTitle({ title }: SessionRow, query: string): boolean {
  if (title === null) return false;
  const text = title.toLowerCase();
  const words = query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  return words.length > 0 && words.every((word) => text.includes(word));
}

/** The address of a session's page, open at a time. */
export function hrefAt(sessionId: string, at: number): string {
  return `/sessions/${encodeURIComponent(sessionId)}?at=${at}`;
}
