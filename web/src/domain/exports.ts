/** What a session or a turn can be exported as, and the address of each file. */
import { apiUrl, type ExportQuery } from "../api/client.ts";

export type ExportFormat = NonNullable<ExportQuery["as"]>;

export const EXPORT_FORMATS: readonly { as: ExportFormat; name: string; hint: string }[] = [
  { as: "markdown", name: "Markdown", hint: "To read or paste" },
  { as: "html", name: "HTML page", hint: "One file, no scripts" },
  { as: "jsonl", name: "Events", hint: "JSON lines" },
  { as: "trace", name: "Trace", hint: "Opens in Perfetto" },
];

export function exportUrl(sessionId: string, query: ExportQuery): string {
  return apiUrl("/api/sessions/{session_id}/export", { session_id: sessionId }, query);
}
