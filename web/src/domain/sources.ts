/**
 * Say where a figure comes from. In: the name of a source, as the API has it. Out: words; a source of
 * a newer server is told by its own name.
 */

const WORDS: Readonly<Record<string, string>> = {
  status_line: "the status line",
  api_request: "telemetry",
  otlp: "telemetry",
  transcript: "the transcript",
  compaction: "the compaction",
  hook: "a hook",
  mixed: "several sources",
};

export function sourceWords(source: string): string {
  return Object.hasOwn(WORDS, source) ? (WORDS[source] ?? source) : source.replaceAll("_", " ");
}

/** Where a cost comes from: a transcript holds none, so there it is tokens by the table of prices. */
export function costSourceWords(source: string | null): string {
  if (source === null) return "an unknown source";
  return source === "transcript" ? "the transcript’s tokens at list prices" : sourceWords(source);
}
