/**
 * Say which hooks lead here and which events were heard. In: what Claude Code's settings hold, what
 * the views counted. Out: a row an event type, those in question first.
 */
import type { Health } from "../../api/client.ts";
import { CopyButton } from "../../ui/copy.tsx";
import { Ago } from "../../ui/time.tsx";
import { formatCount, UNKNOWN } from "../../domain/format.ts";
import { connectCommand } from "../../domain/connect-command.ts";
import { hookRows, type HookRow } from "./hooks.ts";
import { Section, Toggle, Warning } from "./section.tsx";

interface HooksSectionProps {
  health: Health;
  all: boolean;
  onAll: (all: boolean) => void;
}

export function HooksSection({ health, all, onAll }: HooksSectionProps) {
  const rows = hookRows(health);
  const shown = all ? rows : rows.filter((row) => row.installed !== null || row.count > 0);
  const command = () => connectCommand(health.ingest_url);
  return (
    <Section
      title="Hooks and events"
      aside={
        <Toggle
          on={all}
          onToggle={onAll}
          words={all ? "Show those in use" : `Show all ${rows.length} events`}
        />
      }
    >
      <p data-fact="installed" className="break-words text-muted">
        {installedWords(health)}
      </p>
      {health.installed.warnings.map((warning) => (
        <Warning key={warning}>{WARNINGS[warning]}</Warning>
      ))}
      {shown.length === 0 ? (
        <p className="mt-3">Not connected. No events received.</p>
      ) : (
        <div className="mt-2">
          <table className="health-table">
            <thead>
              <tr>
                <th scope="col">Event</th>
                <th scope="col">Hook</th>
                <th scope="col" className="at-right">
                  Last 24 h
                </th>
                <th scope="col" className="at-right">
                  Last received
                </th>
              </tr>
            </thead>
            <tbody>
              {shown.map((row) => (
                <Row key={row.eventType} row={row} readable={health.installed.state === "read"} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {health.installed.missing.length > 0 || health.installed.state === "absent" ? (
        <div className="mt-3 flex flex-wrap items-center gap-2">
          <CopyButton label="Copy connect command" text={command} />
          <span className="text-muted">
            {"Run it in Hookwatch’s folder. Shows the changes and asks first."}
          </span>
        </div>
      ) : null}
    </Section>
  );
}

function Row({ row, readable }: { row: HookRow; readable: boolean }) {
  return (
    <tr data-hook={row.eventType}>
      <td className="wrap-anywhere">
        <bdi>{row.eventType}</bdi>
      </td>
      <td className={row.installed === null ? "text-muted" : ""} title={row.note ?? undefined}>
        {row.installed ?? (readable ? "none" : UNKNOWN)}
      </td>
      <td className="at-right">{row.count24h === null ? UNKNOWN : formatCount(row.count24h)}</td>
      <td className="at-right text-muted">
        {row.lastEventAt === null ? "never" : <Ago at={row.lastEventAt} />}
      </td>
    </tr>
  );
}

const WARNINGS: Record<Health["installed"]["warnings"][number], string> = {
  all_disabled: "“disableAllHooks” is on: Claude Code runs no hooks.",
  worktree_create: "The WorktreeCreate hook keeps Claude Code from creating worktrees. Remove it.",
  http_passed_over:
    "SessionStart and Setup support command hooks only. Claude Code ignores http hooks for them.",
  unknown_kind:
    "A hook in this file has an unknown type. Clients that don’t know it drop every hook in the file.",
};

function installedWords({ installed }: Health): string {
  const { path, state, hooks } = installed;
  switch (state) {
    case "read": {
      const count = new Set(hooks.map((hook) => hook.event_type)).size;
      return `${count === 0 ? "No event has" : count === 1 ? "One event has" : `${count} events have`} a Hookwatch hook in ${path}. Projects and plugins may have more.`;
    }
    case "absent":
      return `${path} not found.`;
    case "unreadable":
      return `${path} can’t be read.`;
    case "too_large":
      return `${path} is larger than 1 MB and wasn’t read.`;
    case "not_json":
      return `${path} is not valid JSON; Claude Code ignores it too.`;
    case "not_an_object":
      return `${path} has no settings.`;
    default:
      return state satisfies never;
  }
}
