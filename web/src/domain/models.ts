/** Shorten a model's id: `us.anthropic.claude-opus-4-5-20251101-v1:0` becomes "opus-4-5". */

export function shortModel(name: string): string {
  const bare = name
    .replace(/^.*[/.](?=claude-)/, "")
    .replace(/^claude-/, "")
    .replace(/(?:-v\d+(?::\d+)?)?(\[[^\]]*\])?$/, "$1")
    .replace(/[-@]\d{8}(?=$|\[)/, "");
  return bare === "" ? name : bare;
}
