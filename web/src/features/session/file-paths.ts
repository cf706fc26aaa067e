import type { Event } from "../../api/client.ts";
import { fields } from "../../domain/read.ts";

export const CHANGES = ["Edit", "Write", "MultiEdit", "NotebookEdit"] as const;
export const TOUCHES = [...CHANGES, "Read"] as const;

/** Enough to find candidates, which are then compared in full. */
const TAIL_CHARS = 200;

/** The path relative to the session's folder, as folder and name. */
export function relative(path: string, cwd: string | null): { folder: string; name: string } {
  const base = cwd === null || cwd === "" ? null : cwd.replace(/[\\/]+$/, "");
  const inside =
    base !== null && base !== "" && path.startsWith(base) && /^[\\/]/.test(path.slice(base.length));
  const rest = inside ? path.slice(base.length + 1) : path;
  const end = Math.max(rest.lastIndexOf("/"), rest.lastIndexOf("\\")) + 1;
  return { folder: rest.slice(0, end), name: rest.slice(end) };
}

/** The search query: the words of the path as a phrase, without quotes, which it cannot contain. */
export function queryOf(path: string): string | null {
  const tail = path.length <= TAIL_CHARS ? path : path.slice(-TAIL_CHARS).replace(/^[^\\/]*/, "");
  const words = tail.replaceAll('"', " ");
  return /[\p{L}\p{N}]/u.test(words) ? `path:"${words}"` : null;
}

export function pathOf(event: Event): string | null {
  const given = fields(event.payload["tool_input"]);
  const path = given["file_path"] ?? given["notebook_path"];
  return typeof path === "string" ? path : null;
}
