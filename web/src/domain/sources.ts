/** Name the source of a figure. A source that is unknown here shows its own name. */

const WORDS: Readonly<Record<string, string>> = {
  status_line: "the status line",
  api_request: "telemetry",
  otlp: "telemetry",
  transcript: "the transcript",
  compaction: "the compaction",
  hook: "a hook",
  mixed: "several sources",
};

export function sourceLabel(source: string): string {
  return Object.hasOwn(WORDS, source) ? (WORDS[source] ?? source) : source.replaceAll("_", " ");
}

/** The source of a cost. A transcript contains none: there it is tokens at list prices. */
export function costSourceLabel(source: string | null): string {
  if (source === null) return "an unknown source";
  return source === "transcript" ? "the transcript’s tokens at list prices" : sourceLabel(source);
}
