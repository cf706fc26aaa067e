/**
 * Write the settings that send Claude Code's events here. In: where ingestd takes events. Out: JSON
 * for `~/.claude/settings.json`.
 */

export const COMMAND_ONLY: ReadonlySet<string> = new Set(["SessionStart", "Setup"]);

/** Settings with a hook for each of these events; of all but those that must not have one when none is named. */
export function hookSettings(ingestUrl: string, missing: readonly string[]): string {
  const http = { type: "http", url: ingestUrl, timeout: 3 };
  const command = { type: "command", command: `curl -s --max-time 2 --data-binary @- ${ingestUrl} >/dev/null 2>&1 || true` };
  const events = missing.length > 0 ? missing : BASIC;
  const hooks = Object.fromEntries(events.map((event) => [event, [{ hooks: [COMMAND_ONLY.has(event) ? command : http] }]]));
  return JSON.stringify({ hooks }, null, 2) + "\n";
}

/** What a session's course is told by. */
const BASIC = [
  "SessionStart", "UserPromptSubmit", "PreToolUse", "PermissionRequest", "PermissionDenied", "PostToolUse", "PostToolUseFailure",
  "PostToolBatch", "SubagentStart", "SubagentStop", "Stop", "StopFailure", "Notification", "PreCompact", "PostCompact", "SessionEnd",
];
