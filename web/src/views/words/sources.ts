/**
 * Say where a figure comes from. In: the name of a source, as the API has it. Out: words; a source of
 * a newer server is told by its own name.
 */

const WORDS: Readonly<Record<string, string>> = {
  status_line: "the status line",
  api_request: "telemetry",
  otlp: "telemetry",
  transcript: "the transcript",
};

export function sourceWords(source: string): string {
  return Object.hasOwn(WORDS, source) ? (WORDS[source] ?? source) : source.replaceAll("_", " ");
}
