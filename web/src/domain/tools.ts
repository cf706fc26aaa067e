/**
 * Name a tool as people say it: menus list tools that no event on the page need be of. An event's
 * own words come from queryd (`queryd/summaries/tools.py`), which names them the same way.
 */

/** `mcp__server__tool` reads as `server › tool`; what follows the server's name may hold `__` too. */
export function toolLabel(name: string): string {
  const [prefix, server, ...tool] = name.split("__");
  return prefix === "mcp" && server && tool.join("__") ? `${server} › ${tool.join("__")}` : name;
}
