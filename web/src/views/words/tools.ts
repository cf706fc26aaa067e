/**
 * Name a tool as people say it: menus list tools that no event on the page need be of. An event's
 * own words come from queryd (`queryd/words/tools.py`), which names them the same way.
 */

/** `mcp__server__tool` reads as `server › tool`; a server's name may itself hold `__`. */
export function toolLabel(name: string): string {
  const parts = name.split("__");
  if (parts[0] !== "mcp" || parts.length < 3) return name;
  return `${parts.slice(1, -1).join("__")} › ${parts.at(-1) ?? ""}`;
}
