/**
 * Name a model as briefly as people do. In: the name a client sends, of whichever provider. Out: what
 * tells it from the others: "opus-4-5" for `us.anthropic.claude-opus-4-5-20251101-v1:0`.
 */

export function shortModel(name: string): string {
  const bare = name
    .replace(/^.*[/.](?=claude-)/, "")
    .replace(/^claude-/, "")
    .replace(/(?:-v\d+(?::\d+)?)?(\[[^\]]*\])?$/, "$1")
    .replace(/[-@]\d{8}(?=$|\[)/, "");
  return bare === "" ? name : bare;
}
