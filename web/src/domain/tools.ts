/**
 * Tool labels for menus, which list tools without an event on the page. queryd labels them the same
 * way in summaries (`queryd/summaries/tools.py`).
 */

/** `mcp__server__tool` is shown as `server › tool`; the tool's name may contain `__`. */
export function toolLabel(name: string): string {
  const [prefix, server, ...tool] = name.split("__");
  return prefix === "mcp" && server && tool.join("__") ? `${server} › ${tool.join("__")}` : name;
}
